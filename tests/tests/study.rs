//! Studies: the same trials from any number of workers and processes, exactly as many as asked for, and no row left
//! running, whatever is killed, stopped or added meanwhile.

use artifact_core::schema::{Seal, SealId, TrialId};
use artifact_core::{MemoryStore, Run, Workspace, files};
use data_loader::{DataParts, Dataset, freeze};
use settings::{Config, Preset};
use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use test_support::wait_until;
use tests::study::{Row, done_trials, finished, postgres_database, postgres_rows, rows, still_runs_after};
use tests::{Ended, QUICK, Sandbox, ended};
use trainer_core::ModelParts;
use trainer_core::{CheckpointError, EpochRecord};
use tuner::{
    Location, SearchParts, Searched, StudyDatabase, StudyEnd, StudyObserver, StudyRunner, study_identity,
};
use views::TrialResults;

/// A frozen workspace.
fn frozen() -> Sandbox {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(1);
    sandbox
}

fn tune(sandbox: &Sandbox, options: &[&str]) -> Ended {
    sandbox.succeeds("tuner", &[&["run"], options].concat())
}

fn start(sandbox: &Sandbox, options: &[&str]) -> Child {
    let mut command = sandbox.command("tuner", &[&["run"], options].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The trials' ids: they cover every bit of every trial.
fn ids(sandbox: &Sandbox) -> Vec<TrialId> {
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    view.trials.iter().map(|trial| trial.id).collect()
}

/// Exactly these trials are finished, each once, and nothing runs or waits.
fn is_whole(rows: &[Row], trials: u64) {
    assert_eq!(finished(rows), (0..trials).collect::<Vec<_>>());
    let open: Vec<&Row> = rows.iter().filter(|row| ["RUNNING", "WAITING"].contains(&&*row.state)).collect();
    assert_eq!(open, Vec::<&Row>::new());
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (0..rows.len() as i64).collect::<Vec<_>>(), "Optuna's numbers count the rows");
}

/// Kills a process; returns whether it was still running.
fn kill(mut process: Child) -> bool {
    let running = process.try_wait().unwrap().is_none();
    process.kill().unwrap();
    process.wait().unwrap();
    running
}

/// Runs a study in two processes at a time and keeps killing them: the second each time that one more trial is done and
/// some more rows have changed, and the first at the end of each round. Returns how many were killed at work.
fn tune_under_fire(sandbox: &Sandbox, options: &[&str], rows: &dyn Fn() -> Vec<Row>) -> usize {
    let options = [options, &["--grace", "2s"]].concat();
    let mut kills = 0;
    for _ in 0..3 {
        let steady = start(sandbox, &options);
        for changes in 0..4 {
            let mut victim = start(sandbox, &options);
            still_runs_after(done_trials(&sandbox.run()) + 1, &sandbox.run(), &mut victim);
            for _ in 0..changes {
                let seen = rows();
                let ended = |victim: &mut Child| victim.try_wait().unwrap().is_some();
                wait_until("a row changes", || rows() != seen || ended(&mut victim));
            }
            kills += usize::from(kill(victim));
        }
        kills += usize::from(kill(steady));
    }
    let (left, right) = (start(sandbox, &options), start(sandbox, &options));
    for process in [left, right] {
        let ended = ended(process.wait_with_output().unwrap());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    kills
}

#[test]
fn workers_processes_and_kills_change_nothing() {
    let trials = ["--trials", "24"];
    let alone = frozen();
    tune(&alone, &[&trials[..], &["--workers", "1"]].concat());
    is_whole(&rows(&alone.run().study_database()), 24);
    for workers in ["2", "8"] {
        let other = frozen();
        tune(&other, &[&trials[..], &["--workers", workers]].concat());
        assert_eq!(ids(&other), ids(&alone), "{workers} workers");
    }
    let broken = frozen();
    let kills = tune_under_fire(&broken, &trials, &|| rows(&broken.run().study_database()));
    assert!(kills > 0, "at least one process must have been killed");
    assert_eq!(ids(&broken), ids(&alone));
    is_whole(&rows(&broken.run().study_database()), 24);
    let view = |sandbox: &Sandbox| sandbox.view(|run| run.trial_results());
    assert_eq!(view(&broken), view(&alone));
    let checkpoint = |sandbox: &Sandbox| {
        std::fs::read(sandbox.run().checkpoints().join("best_trial.safetensors")).unwrap()
    };
    assert_eq!(checkpoint(&broken), checkpoint(&alone));
}

#[test]
fn a_server_keeps_the_same_study_as_a_file() {
    let Some(url) = postgres_database("study") else { return };
    let trials = ["--trials", "12"];
    let (file, server) = (frozen(), frozen());
    tune(&file, &trials);
    let options = [&trials[..], &["--storage", &url]].concat();
    tune_under_fire(&server, &options, &|| postgres_rows(&url));
    assert_eq!(ids(&server), ids(&file));
    is_whole(&postgres_rows(&url), 12);
    assert!(!server.run().study_database().exists());
    // Another workspace has other objects: its worker says so and breaks nothing.
    let stranger = frozen();
    let refused = stranger.phase("tuner", &[&["run"], &options[..]].concat());
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("the same --workspace"), "{}", refused.stderr);
    is_whole(&postgres_rows(&url), 12);
}

/// A study within this process.
struct InProcess {
    config: Config,
    store: MemoryStore,
    seal_id: SealId,
    seal: Seal,
    dataset: Dataset,
    directory: TempDir,
}

impl InProcess {
    fn new(config: &str) -> Self {
        let config = Config::from_toml(Preset::Empty, config, "test").unwrap();
        let store = MemoryStore::default();
        let (seal_id, seal): (_, Seal) = freeze(&store, &config, &DataParts::builtin()).unwrap();
        let dataset =
            Dataset::development(&store, &seal, &DataParts::builtin().recipe(&config).unwrap()).unwrap();
        Self { config, store, seal_id, seal, dataset, directory: tempfile::tempdir().unwrap() }
    }

    /// The run of the study `name`.
    fn run_of(&self, name: &str) -> Run {
        Workspace::new(self.directory.path().join(name)).run("r")
    }

    /// Runs or resumes the study `name` up to `total` trials.
    fn tune(
        &self,
        name: &str,
        (total, workers): (u64, usize),
        stop: &AtomicBool,
        observer: &dyn StudyObserver,
    ) -> StudyEnd {
        let run = self.run_of(name);
        std::fs::create_dir_all(run.checkpoints()).unwrap();
        let searched = Searched::new(&ModelParts::builtin(), &self.config).unwrap();
        let identity = study_identity(&self.config, &searched, self.seal.development).unwrap();
        let database = StudyDatabase::open(&Location::Sqlite(run.study_database()), &identity).unwrap();
        let runner = StudyRunner {
            run: &run,
            store: &self.store,
            config: &self.config,
            parts: &SearchParts::builtin(),
            searched: &searched,
            seal_id: self.seal_id,
            seal: &self.seal,
            dataset: &self.dataset,
            total,
            workers,
            worker: "a test",
            grace: Duration::from_secs(60),
            clock: &chrono::Utc::now,
            stop: &|| stop.load(Ordering::Relaxed),
            observer,
        };
        runner.run(database).unwrap()
    }
}

/// Holds one trial of each group back until the last of the group is in its second epoch, so that results arrive in
/// another order.
struct Holds {
    group: u64,
    overtaken: Mutex<BTreeSet<u64>>,
}

impl StudyObserver for Holds {
    fn epoch(&self, number: u64, record: &EpochRecord) {
        match record.epoch {
            1 if number.is_multiple_of(self.group) => {
                let last = number + self.group - 1;
                wait_until(&format!("trial {last} overtakes"), || {
                    self.overtaken.lock().unwrap().contains(&last)
                });
            }
            2 => _ = self.overtaken.lock().unwrap().insert(number),
            _ => {}
        }
    }
}

#[test]
fn the_order_of_results_changes_nothing() {
    let study = InProcess::new(&QUICK.replace("parallelism = 3", "parallelism = 8"));
    let tune = |name: &str, workers: usize, observer: &dyn StudyObserver| {
        let end = study.tune(name, (16, workers), &AtomicBool::new(false), observer);
        assert_eq!((end.done, end.new_trials), (16, 16));
        end.finished.unwrap()
    };
    let first = tune("in order", 1, &());
    // A trial is suggested once all trials up to the eighth before it are done, so the last of a group of eight can
    // still start while the first is held back.
    for (workers, group) in [(2, 2), (2, 4), (8, 4), (8, 8)] {
        let name = format!("{workers} workers, groups of {group}");
        let other = tune(&name, workers, &Holds { group, overtaken: Mutex::default() });
        assert_eq!(other.id, first.id, "{name}");
    }
}

/// Stops the study after the first epoch of a trial, and records which fits resume from where.
struct StopsIn<'a> {
    trial: u64,
    stop: &'a AtomicBool,
    resumed: Mutex<Vec<(u64, Option<u64>)>>,
}

impl StudyObserver for StopsIn<'_> {
    fn epoch(&self, number: u64, record: &EpochRecord) {
        if (number, record.epoch) == (self.trial, 1) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn resumed(&self, number: u64, from: Result<u64, &CheckpointError>) {
        self.resumed.lock().unwrap().push((number, from.ok()));
    }
}

#[test]
fn a_stopped_study_resumes_from_the_epochs_that_its_fits_had_reached() {
    // No fit is long enough to be saved for another reason.
    let study = InProcess::new(&format!("{QUICK}\n[checkpoints]\nepochs = 1000\n"));
    let whole = study.tune("whole", (16, 1), &AtomicBool::new(false), &()).finished.unwrap();
    let run = study.run_of("stopped");
    let left = || std::fs::read_dir(run.checkpoints()).unwrap().count();
    let best = 1;
    for trial in [2, 9] {
        let stop = AtomicBool::new(false);
        let observer = StopsIn { trial, stop: &stop, resumed: Mutex::default() };
        let end = study.tune("stopped", (16, 1), &stop, &observer);
        assert!(end.finished.is_none() && end.done == trial);
        assert_eq!(left(), best + 1, "the fit of trial {trial} is saved");
        let view: TrialResults = files::read_json(&run.trial_results()).unwrap();
        assert_eq!(view.trials.len() as u64, trial);
        if trial == 9 {
            assert_eq!(*observer.resumed.lock().unwrap(), [(2, Some(1))]);
        }
    }
    let never = AtomicBool::new(false);
    let observer = StopsIn { trial: 99, stop: &never, resumed: Mutex::default() };
    let end = study.tune("stopped", (16, 1), &never, &observer);
    assert_eq!(*observer.resumed.lock().unwrap(), [(9, Some(1))]);
    assert_eq!((end.finished.unwrap().id, left()), (whole.id, best));
}

#[test]
fn the_view_of_a_stopped_study_has_every_trial() {
    let study = InProcess::new(&format!("{QUICK}\n[training]\nmodel = \"linear\"\n"));
    // By then the view is no longer written after every trial.
    for trial in [131, 132] {
        let stop = AtomicBool::new(false);
        let observer = StopsIn { trial, stop: &stop, resumed: Mutex::default() };
        let end = study.tune("stopped", (200, 1), &stop, &observer);
        assert_eq!(end.done, trial);
        let view: TrialResults = files::read_json(&study.run_of("stopped").trial_results()).unwrap();
        assert_eq!(view.trials.len() as u64, trial);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_after_the_epoch_and_the_study_resumes() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = frozen();
        let mut child = start(&sandbox, &["--trials", "5000"]);
        still_runs_after(3, &sandbox.run(), &mut child);
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let stopped = ended(child.wait_with_output().unwrap());
        assert_eq!(stopped.code, code, "{}", stopped.stderr);
        let name = sandbox.run().name().to_owned();
        for part in ["stopped", "finished and saved", &format!("holdfast tune --run {name}")] {
            assert!(stopped.stderr.contains(part), "{}", stopped.stderr);
        }
        let left = rows(&sandbox.run().study_database());
        assert!(left.iter().all(|row| row.state != "RUNNING"), "{left:?}");

        let done = finished(&left).len() as u64;
        let total = (done + 2).to_string();
        tune(&sandbox, &["--trials", &total]);
        is_whole(&rows(&sandbox.run().study_database()), done + 2);
        let unbroken = frozen();
        tune(&unbroken, &["--trials", &total]);
        assert_eq!(ids(&sandbox), ids(&unbroken));
    }
}

#[test]
fn trials_done_within_the_time_limit_are_a_study() {
    let sandbox = frozen();
    let ended = tune(&sandbox, &["--trials", "5000", "--max-time", "6s"]);
    assert!(ended.stderr.contains("time limit reached"), "{}", ended.stderr);
    let kept = ids(&sandbox);
    assert!(!kept.is_empty() && kept.len() < 5000);
    let left = rows(&sandbox.run().study_database());
    assert!(left.iter().all(|row| row.state != "RUNNING"));
    // It is the study of that many trials, and the next phase can use it.
    let other = frozen();
    tune(&other, &["--trials", &kept.len().to_string()]);
    assert_eq!(sandbox.view(|run| run.trial_results()), other.view(|run| run.trial_results()));
    sandbox.succeeds("extended-trainer", &["run"]);
}

#[test]
fn enqueued_configurations_are_tried_next() {
    let sandbox = frozen();
    let refused = |values: &[&str], parts: &[&str]| {
        let ended = sandbox.phase("tuner", &[&["enqueue"], values].concat());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        for part in parts {
            assert!(ended.stderr.contains(part), "{}", ended.stderr);
        }
    };
    refused(&["d_model=64"], &["d_model is 64", "one of 8, 16", "tuner.search_space.d_model"]);
    refused(&["width=8"], &["width is not a hyperparameter", "d_model"]);
    refused(&["d_model"], &["NAME=VALUE"]);
    sandbox.succeeds("tuner", &["enqueue", "learning_rate=0.001", "d_model=16", "num_heads=4"]);
    let known = r#"[{"learning_rate": 0.002}, {"d_model": 8, "d_ff": 16, "seq_length": 12}]"#;
    sandbox.write("known.json", known);
    let file = sandbox.path("known.json").display().to_string();
    let json = sandbox.succeeds("tuner", &["enqueue", "--json", "--file", &file]).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["waiting"], 3);
    tune(&sandbox, &[]);
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    let tried: Vec<_> = view
        .trials
        .iter()
        .map(|trial| (trial.stage.as_str(), trial.params.model.float("learning_rate")))
        .collect();
    assert_eq!(tried[0], ("enqueued", Some(0.001)));
    assert_eq!(tried[1], ("enqueued", Some(0.002)));
    assert_eq!(
        (tried[2].0, view.trials[2].params.model.size("d_ff_multiple"), view.trials[2].params.seq_length),
        ("enqueued", Some(2), 12)
    );
    let first = &view.trials[0].params.model;
    assert_eq!((first.size("d_model"), first.size("num_heads")), (Some(16), Some(4)));
    assert!(tried[3..].iter().all(|(stage, _)| *stage != "enqueued"));
    is_whole(&rows(&sandbox.run().study_database()), 8);
    let full = sandbox.succeeds("tuner", &["enqueue", "d_model=8"]);
    assert!(full.stdout.contains("holdfast tune --trials 9"), "{}", full.stdout);
    tune(&sandbox, &["--trials", "9"]);
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    assert_eq!(view.trials[8].stage, "enqueued");
}

#[test]
fn the_study_can_be_inspected() {
    let sandbox = frozen();
    let before = sandbox.phase("tuner", &["status"]);
    assert_eq!(before.code, 1);
    assert!(before.stderr.contains("holdfast tune"), "{}", before.stderr);
    tune(&sandbox, &[]);
    let json = |command: &[&str]| -> serde_json::Value {
        serde_json::from_str(&sandbox.succeeds("tuner", command).stdout).unwrap()
    };
    let status = json(&["status", "--json"]);
    assert_eq!((&status["finished"], &status["budget"]), (&8.into(), &8.into()));
    assert_eq!(status["running"], serde_json::json!([]));
    let best = json(&["best", "--json"]);
    assert_eq!(best["number"], status["best_trial"]["number"]);
    let importance = json(&["importance", "--json"]);
    let sum: f64 = importance.as_object().unwrap().values().filter_map(serde_json::Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{importance}");
    let exported = json(&["export", "--json"]);
    let exported = exported.as_array().unwrap();
    assert_eq!(exported.len(), 8);
    let number = best["number"].as_u64().unwrap() as usize;
    assert_eq!(exported[number]["objective"], best["objective"]);
    assert_eq!(exported[number]["params"], best["params"]);
    let out = sandbox.path("trials.csv");
    sandbox.succeeds("tuner", &["export", "--out", &out.display().to_string()]);
    let table = std::fs::read_to_string(out).unwrap();
    assert_eq!(table.lines().count(), 9);
    assert!(table.starts_with("number,row,state,stage,model,objective,"), "{table}");
    let text = sandbox.succeeds("tuner", &["status"]).stdout;
    assert!(text.contains("8 of 8 finished"), "{text}");
}
