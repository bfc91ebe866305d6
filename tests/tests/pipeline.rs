//! All phases on the embedded sample, with the real binaries.

use artifact_core::schema::{BestConfiguration, ModelBundle, Seal, TrialState};
use artifact_core::{Id, Phase, files, load};
use std::process::Stdio;
use tests::{PHASES, QUICK, Sandbox, binary, ended};
use views::{TrialResults, read_best_configuration};

#[test]
fn every_file_is_written_and_a_second_run_does_nothing() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let run = sandbox.run();
    for path in [
        run.trial_results(),
        run.study_database(),
        run.checkpoints().join("best_trial.safetensors"),
        run.extended_results(),
        run.best_configuration(),
        run.final_model().join("model.safetensors"),
        run.final_model().join("config.json"),
        run.final_model().join("preprocessing.json"),
        run.final_model().join("metrics.json"),
        run.final_model().join("README.md"),
        run.report(),
        run.record_path(),
        sandbox.path("workspace/ledger/test-access.jsonl"),
    ] {
        assert!(path.is_file(), "{}", path.display());
    }
    let modified = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let before = [run.trial_results(), run.best_configuration(), run.report()].map(modified);
    for (name, command) in PHASES {
        let again = sandbox.succeeds(name, command);
        let idle = again.stdout.contains("nothing to do") || again.stdout.contains("up to date");
        assert!(idle, "{name}: {}", again.stdout);
    }
    assert_eq!([run.trial_results(), run.best_configuration(), run.report()].map(modified), before);
    let entries = sandbox.workspace().ledger().entries().unwrap();
    assert_eq!(entries.len(), 2, "one opening and one score");
}

#[test]
fn every_phase_uses_what_the_first_one_fixed() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(4);
    let (store, record) = (sandbox.workspace().store(), sandbox.record());
    let seal_id = record.output(Phase::Data, "seal").unwrap();
    let seal: Seal = load(&store, Id::new(seal_id)).unwrap();
    let (best_id, best) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    let stored: BestConfiguration = load(&store, best_id).unwrap();
    assert_eq!(stored, best);
    assert_eq!(best.seal.digest(), seal_id);
    assert_eq!(best.snapshot, seal.snapshot);

    let trials: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    assert_eq!(trials.trials.len(), 8);
    let trial = &trials.trials[best.trial_number as usize];
    assert_eq!(best.trial, trial.id.into());
    assert_eq!(trial.params, best.params);
    let artifacts = trial.artifacts.as_ref().unwrap();
    assert_eq!(artifacts.preprocessing, best.cv_results.preprocessing);
    assert_eq!(load(&store, artifacts.preprocessing).unwrap(), best.preprocessing);
    assert_eq!(load(&store, artifacts.split).unwrap(), best.split);
    for trial in &trials.trials {
        let split = load(&store, trial.artifacts.as_ref().unwrap().split).unwrap();
        assert_eq!(split.split_row, seal.split_row, "every geometry has the same boundary");
        assert_eq!(split.development_snapshot, seal.development);
    }
    let digests: std::collections::BTreeSet<_> =
        best.cv_results.folds.iter().map(|fold| fold.initial_weights).collect();
    assert_eq!(digests.len(), best.cv_results.folds.len(), "every fold starts from its own weights");

    let bundle_id = record.output(Phase::Final, "model_bundle").unwrap();
    let bundle: ModelBundle = load(&store, Id::new(bundle_id)).unwrap();
    assert_eq!(bundle.best_configuration, best_id);
    assert_eq!(bundle.epochs_trained, best.epochs_to_train);
    let weights = std::fs::read(sandbox.run().final_model().join("model.safetensors")).unwrap();
    let weights = trainer_core::Weights::from_safetensors(&weights).unwrap();
    assert_ne!(weights.digest(), bundle.initial_weights, "training changes the weights");
}

#[test]
fn predictions_are_those_of_the_frozen_model() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(4);
    let sample = |ticker: &str| {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/sample").join(format!("{ticker}.csv"))
    };
    let predict = |tickers: &[&str]| {
        let mut command = binary("final-trainer");
        command.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model()).arg("--bars");
        ended(command.args(tickers.iter().map(|ticker| sample(ticker))).output().unwrap())
    };
    let right = predict(&["AAPL", "GOOG", "IBM", "MSFT"]);
    assert_eq!(right.code, 0, "{}", right.stderr);
    let predictions: serde_json::Value = serde_json::from_str(&right.stdout).unwrap();
    let predictions = predictions.as_array().unwrap();
    assert_eq!(predictions.len(), 4);
    for prediction in predictions {
        assert_eq!(prediction["date"], "2013-03-01");
        let sum: f64 =
            prediction["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{prediction}");
    }
    assert_eq!(predict(&["AAPL", "GOOG", "IBM", "MSFT"]).stdout, right.stdout);

    // One set of weights serves all tickers, in whatever order.
    assert_eq!(predict(&["GOOG", "AAPL", "IBM", "MSFT"]).stdout, right.stdout);
    let refused = predict(&["AAPL", "GOOG", "IBM"]);
    assert_eq!(refused.code, 1);
    for part in ["belong to AAPL, GOOG, IBM,", "fitted on AAPL, GOOG, IBM, MSFT", "--other-tickers"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    let mut command = binary("final-trainer");
    command.args(["predict", "--json", "--other-tickers", "--model"]).arg(sandbox.run().final_model());
    // A ticker that the model was not fitted on: the same bars under another name.
    let stranger = sandbox.path("NEW.csv");
    std::fs::copy(sample("IBM"), &stranger).unwrap();
    let other = ended(command.arg("--bars").args([sample("AAPL"), stranger]).output().unwrap());
    assert_eq!(other.code, 0, "{}", other.stderr);
    let other: serde_json::Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(other[0], predictions[0]);
    assert_eq!(
        (&other[1]["ticker"], &other[1]["probabilities"]),
        (&"NEW".into(), &predictions[2]["probabilities"])
    );

    // A weights file that is not the one the bundle names is refused.
    let weights = sandbox.run().final_model().join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let damaged = predict(&["AAPL", "GOOG", "IBM", "MSFT"]);
    assert_eq!(damaged.code, 3, "{}", damaged.stderr);
}

#[test]
fn lost_views_are_rebuilt_from_the_store_without_opening_the_test_set_again() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let run = sandbox.run();
    let before = [
        sandbox.view(|run| run.best_configuration()),
        sandbox.view(|run| run.extended_results()),
        sandbox.view(|run| run.trial_results()),
        sandbox.view(|run| run.final_model().join("metrics.json")),
        sandbox.view(|run| run.final_model().join("README.md")),
    ];
    for path in [run.best_configuration(), run.extended_results(), run.trial_results(), run.report()] {
        std::fs::remove_file(path).unwrap();
    }
    std::fs::remove_dir_all(run.final_model()).unwrap();
    sandbox.run_phases(5);
    let after = [
        sandbox.view(|run| run.best_configuration()),
        sandbox.view(|run| run.extended_results()),
        sandbox.view(|run| run.trial_results()),
        sandbox.view(|run| run.final_model().join("metrics.json")),
        sandbox.view(|run| run.final_model().join("README.md")),
    ];
    assert_eq!(before, after);
    assert_eq!(sandbox.workspace().ledger().entries().unwrap().len(), 2);
}

#[test]
fn more_trials_continue_the_study() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(2);
    let before: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    sandbox.write("run.toml", &QUICK.replace("trials = 1, epochs = 3", "trials = 3, epochs = 3"));
    sandbox.run_phases(4);
    let after: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    assert_eq!(after.trials.len(), 10);
    assert_eq!(after.trials[..8], before.trials[..]);
}

#[test]
fn a_second_look_at_the_test_set_is_recorded_and_reported() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    // Another cross-validation gives another best configuration, and so another final model.
    sandbox.write("run.toml", &QUICK.replace("folds = 3", "folds = 4"));
    sandbox.run_phases(5);
    assert_eq!(sandbox.workspace().ledger().entries().unwrap().len(), 4);
    let card = sandbox.view(|run| run.final_model().join("README.md"));
    assert!(card.contains("Its test rows were looked at once before"), "{card}");
    let page = sandbox.view(|run| run.report());
    assert!(page.contains("no longer untouched"), "the report says so too");
}

#[test]
fn every_trial_ever_finished_counts_even_if_deleted() {
    let sandbox = Sandbox::new(QUICK);
    let count = || {
        let mut process = binary("artifact");
        let ended = ended(
            process
                .args(["trials", "--json", "--workspace"])
                .arg(sandbox.path("workspace"))
                .output()
                .unwrap(),
        );
        let counts: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(counts.as_array().unwrap().len(), 1, "all on the same rows");
        (counts[0]["trials"].as_u64().unwrap(), counts[0]["studies"].as_u64().unwrap())
    };
    sandbox.run_phases(2);
    assert_eq!(count(), (8, 1));
    // The same study in a fresh run has the same trials; another seed gives other ones.
    let delete = || {
        std::fs::remove_dir_all(sandbox.run().directory()).unwrap();
        std::fs::remove_dir_all(sandbox.path("workspace/store")).unwrap();
    };
    delete();
    assert_eq!(count(), (8, 1));
    sandbox.run_phases(2);
    assert_eq!(count(), (8, 1));
    delete();
    sandbox.write("run.toml", &format!("seed = 43\n{QUICK}"));
    sandbox.run_phases(5);
    assert_eq!(count(), (16, 2));
    let page = sandbox.view(|run| run.report());
    assert!(page.contains("16 trials in 2 studies have been finished on these development rows"), "{page}");
    assert!(page.contains("Best Sharpe ratio to expect from 16 trials without skill"));

    // A removed line is noticed.
    let log = sandbox.path("workspace/ledger/trials.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let fsck = || {
        let mut process = binary("artifact");
        ended(process.args(["fsck", "--workspace"]).arg(sandbox.path("workspace")).output().unwrap())
    };
    assert_eq!(fsck().code, 0);
    std::fs::write(&log, text.split_inclusive('\n').skip(1).collect::<String>()).unwrap();
    let found = fsck();
    assert_eq!(found.code, 3);
    assert!(found.stdout.contains("ledger: line 1 of the trial log"), "{}", found.stdout);
}

#[test]
fn combinations_of_groups_cross_validate_too() {
    let combinations = "method = \"combinatorial_purged\"\ntest_groups = 2\nfolds = 4";
    let sandbox =
        Sandbox::new(&format!("{}\n[split]\nembargo = 3\n", QUICK.replace("folds = 3", combinations)));
    sandbox.run_phases(2);
    let ended = sandbox.succeeds("extended-trainer", &["run", "--json"]);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    for (name, expected) in [("folds", 6), ("paths", 3), ("label_overlap", 0)] {
        assert_eq!(printed[name], expected, "{name}");
    }
    sandbox.run_phases(5);
    let id = sandbox.record().output(Phase::CrossValidation, "best_configuration").unwrap();
    let store = sandbox.workspace().store();
    let best: BestConfiguration = load(&store, Id::new(id)).unwrap();
    artifact_core::verify::verify(&store, id).unwrap();
    artifact_core::verify::verify(&store, best.cross_validation.digest()).unwrap();
    let folds = &best.cv_results.folds;
    for sequence in best.split.development.iter() {
        assert_eq!(folds.iter().filter(|fold| fold.evaluated.contains(sequence)).count(), 3);
    }
    assert!(
        folds.iter().any(|fold| fold.evaluated.ranges().count() == 2),
        "several blocks are evaluated at once"
    );
    let page = sandbox.view(|run| run.report());
    assert!(page.contains("up to 3 times each in 6 folds (combinatorial_purged(folds=4))"), "{page}");
    sandbox.audited();
}

#[test]
fn a_mistake_in_the_settings_of_a_later_phase_stops_the_pipeline_before_the_first() {
    for (mistake, expected) in [
        ("[extended.pruner]\nkind = 'wilcoxon'\np_threshold = 2\n", "extended.pruner.p_threshold"),
        ("[tuner.search_space]\nlearning_rat = 0.1\n", "learning_rat"),
        ("[training]\nobjective = 'sharp'\n", "training.objective"),
    ] {
        let sandbox = Sandbox::new(mistake);
        let refused = sandbox.phase("holdfast", &["pipeline", "--preset", "smoke"]);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("run.toml, line") && refused.stderr.contains(expected),
            "{}",
            refused.stderr
        );
        assert!(!sandbox.path("workspace").exists(), "nothing is written");
    }
}

#[test]
fn a_reader_that_stops_reading_stops_no_phase() {
    let sandbox = Sandbox::new(QUICK);
    // Nor does a name that looks like an option.
    let mut process = sandbox.command("holdfast", &["pipeline", "--run=-mine"]);
    let mut child = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(sandbox.run().report().exists());
}

#[test]
fn every_command_explains_itself() {
    let help = |command: &[&str]| {
        let ended = self::ended(binary("holdfast").args(command).output().unwrap());
        assert_eq!(ended.code, 0, "{command:?}: {}", ended.stderr);
        ended.stdout
    };
    for command in
        ["freeze", "tune", "validate", "finalize", "predict", "audit", "report", "artifact", "pipeline"]
    {
        assert_eq!(help(&["help", command]), help(&[command, "--help"]), "{command}");
    }
    assert!(help(&["tune", "--help"]).contains("importance"), "the commands of tuning are listed");
    assert!(help(&["tune", "run", "--help"]).contains("--workers"));
    assert!(help(&["tune", "help", "status"]).contains("progress of the study"));
    assert!(help(&["help", "help"]).contains("help"));
}

#[test]
fn phases_out_of_order_say_what_to_run_first() {
    let sandbox = Sandbox::new(QUICK);
    for (name, command, remedy) in [
        ("tuner", &["run"][..], "holdfast freeze"),
        ("extended-trainer", &["run"], "holdfast freeze"),
        ("final-trainer", &["run"], "holdfast validate"),
    ] {
        let refused = sandbox.phase(name, command);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(remedy), "{}", refused.stderr);
    }
}

#[test]
fn a_run_in_use_is_left_alone() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(1);
    let _lock = sandbox.run().lock().unwrap();
    let refused = sandbox.phase("tuner", &["run"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("in use by another process"), "{}", refused.stderr);
}

#[test]
fn failed_trials_are_recorded_with_their_error_and_never_as_a_score() {
    // With the absurd rate every weight overflows in the first steps.
    let config = QUICK.replacen(
        "[tuner.search_space]",
        "[tuner.search_space]\nlearning_rate = { choices = [1e-3, 1e30] }",
        1,
    );
    let sandbox = Sandbox::new(&config);
    sandbox.run_phases(4);
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    assert_eq!(view.trials.len(), 8);
    let (failed, complete): (Vec<_>, Vec<_>) =
        view.trials.iter().partition(|trial| trial.params.model.float("learning_rate") > Some(1.0));
    assert!(!failed.is_empty() && !complete.is_empty());
    for trial in failed {
        assert_eq!((trial.state, &trial.metrics), (TrialState::Failed, &None));
        assert!(trial.error.as_ref().unwrap().contains("expected a finite number"), "{:?}", trial.error);
    }
    assert!(complete.iter().all(|trial| trial.metrics.is_some() && trial.error.is_none()));

    // A study in which every trial fails is an error.
    let hopeless = Sandbox::new(&config.replace("choices = [1e-3, 1e30]", "choices = [1e30]"));
    hopeless.run_phases(1);
    let ended = hopeless.phase("tuner", &["run"]);
    assert_eq!(ended.code, 1);
    let failure = "none of the 8 trials completed; the first failure: ";
    assert!(ended.stderr.contains(failure), "{}", ended.stderr);
    assert!(ended.stderr.contains("expected a finite number"), "{}", ended.stderr);
}
