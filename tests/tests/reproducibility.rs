//! The same bits: from any number of threads, after any interruption, whatever the test rows hold.

use artifact_core::schema::{Seal, TrialId};
use artifact_core::{Id, ObjectStore as _, Phase, files, load};
use std::process::Stdio;
use tests::study::{finished, rows, still_runs_after};
use tests::{PHASES, QUICK, Sandbox, csv, csv_config};
use views::TrialResults;

/// Everything that the tuner and the extended trainer concluded, as text.
fn conclusions(sandbox: &Sandbox) -> [String; 2] {
    [sandbox.view(|run| run.trial_results()), sandbox.view(|run| run.extended_results())]
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run_with = |threads: &str| {
        let sandbox = Sandbox::new(QUICK);
        for (name, command) in &PHASES[..4] {
            let mut process = sandbox.command(name, command);
            assert!(process.env("RAYON_NUM_THREADS", threads).output().unwrap().status.success());
        }
        sandbox
    };
    let (one, two, five) = (run_with("1"), run_with("2"), run_with("5"));
    let weights =
        |sandbox: &Sandbox| std::fs::read(sandbox.run().final_model().join("model.safetensors")).unwrap();
    for other in [&two, &five] {
        assert_eq!(conclusions(&one), conclusions(other));
        assert_eq!(weights(&one), weights(other));
        let metrics = |sandbox: &Sandbox| sandbox.view(|run| run.final_model().join("metrics.json"));
        assert_eq!(metrics(&one), metrics(other));
    }
}

#[test]
fn another_seed_gives_another_study() {
    let (one, other) = (Sandbox::new(QUICK), Sandbox::new(&format!("seed = 43\n{QUICK}")));
    one.run_phases(2);
    other.run_phases(2);
    let params = |sandbox: &Sandbox| {
        let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
        view.trials.into_iter().map(|trial| trial.params).collect::<Vec<_>>()
    };
    assert_ne!(params(&one), params(&other));
}

#[test]
fn a_killed_study_resumes_as_if_nothing_had_happened() {
    let unbroken = Sandbox::new(QUICK);
    unbroken.run_phases(3);

    let broken = Sandbox::new(QUICK);
    broken.run_phases(1);
    let mut kills = 0;
    for enough in 1..=4 {
        let mut process = broken.command("tuner", &["run"]);
        let mut child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed at an arbitrary moment, once a few more trials are done.
        kills += usize::from(still_runs_after(enough, &broken.run(), &mut child));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(kills > 0, "at least one run must have been interrupted");
    broken.run_phases(3);
    assert_eq!(conclusions(&unbroken), conclusions(&broken));
    let logged = |sandbox: &Sandbox| {
        let entries = sandbox.workspace().trial_log().entries().unwrap().into_iter().map(|entry| entry.event);
        let mut trials: Vec<_> = entries.map(|trial| (trial.number, trial.trial, trial.sharpe)).collect();
        trials.sort_by_key(|(number, ..)| *number);
        trials
    };
    assert_eq!(logged(&broken).len(), 8, "every trial counts once, however often it was started");
    assert_eq!(logged(&unbroken), logged(&broken));

    let rows = rows(&broken.run().study_database());
    assert_eq!(finished(&rows), (0..8).collect::<Vec<_>>(), "no trial twice, none left out");
    let left = rows.iter().filter(|row| row.state == "RUNNING" || row.state == "WAITING");
    assert_eq!(left.count(), 0, "none is left running");
    let interrupted = rows.iter().filter(|row| row.state == "FAIL" && row.artifact.is_none());
    assert_eq!(interrupted.count(), rows.len() - 8, "the others are interrupted attempts");
}

#[test]
fn tuning_and_cross_validation_do_not_depend_on_the_test_rows() {
    let rows = 240;
    let split_row = 192;
    let run_with = |corrupt: bool| {
        let sandbox = Sandbox::new(&csv_config(&["AAA.csv", "BBB.csv"]));
        for (name, phase) in [("AAA.csv", 0.0), ("BBB.csv", 1.0)] {
            let text = csv(rows, phase);
            let line = |(number, line): (usize, &str)| {
                // The header is line 0, row r is line r + 1.
                let fields: Vec<&str> = line.split(',').collect();
                if !corrupt || number <= split_row {
                    return format!("{line}\n");
                }
                format!("{},{n},{n},{n},{n},{n}\n", fields[0], n = 7 * number)
            };
            sandbox.write(name, &text.lines().enumerate().map(line).collect::<String>());
        }
        sandbox.run_phases(3);
        sandbox
    };
    let (sound, corrupted) = (run_with(false), run_with(true));
    let seal = |sandbox: &Sandbox| -> Seal {
        load(&sandbox.workspace().store(), Id::new(sandbox.record().output(Phase::Data, "seal").unwrap()))
            .unwrap()
    };
    let (left, right) = (seal(&sound), seal(&corrupted));
    assert_eq!(left.split_row, split_row);
    assert_ne!(left.snapshot, right.snapshot, "the test rows really differ");
    assert_eq!(left.development, right.development);
    let trials = |sandbox: &Sandbox| {
        let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
        view.trials.iter().map(|trial| trial.id).collect::<Vec<TrialId>>()
    };
    assert_eq!(trials(&sound), trials(&corrupted), "the ids cover every bit of every trial");
    // Only the study's own id depends on the seal, and through it on the test rows.
    let without_study = |sandbox: &Sandbox| {
        let mut view: serde_json::Value =
            serde_json::from_str(&sandbox.view(|run| run.extended_results())).unwrap();
        view.as_object_mut().unwrap().remove("study");
        view
    };
    assert_eq!(without_study(&sound), without_study(&corrupted));
}

#[test]
fn tuner_and_extended_trainer_run_without_the_test_rows_on_disk() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(1);
    let store = sandbox.workspace().store();
    let seal: Seal = load(&store, Id::new(sandbox.record().output(Phase::Data, "seal").unwrap())).unwrap();
    let (all, development) = (load(&store, seal.snapshot).unwrap(), load(&store, seal.development).unwrap());
    let kept: Vec<_> = development.chunks.iter().map(|chunk| chunk.blob).collect();
    let test_only: Vec<_> =
        all.chunks.iter().map(|chunk| chunk.blob).filter(|blob| !kept.contains(blob)).collect();
    assert!(!test_only.is_empty());
    for blob in &test_only {
        std::fs::remove_file(store.path(blob)).unwrap();
        assert!(!store.contains(blob).unwrap());
    }
    sandbox.succeeds("tuner", &["run"]);
    sandbox.succeeds("extended-trainer", &["run"]);
    let last = sandbox.phase("final-trainer", &["run"]);
    assert_eq!(last.code, 1);
    assert!(last.stderr.contains("is not in the store"), "{}", last.stderr);
}
