//! A real Optuna on our studies: it reads, judges and continues them, and we continue its work.
//!
//! These tests need Python: see `tests::study::python`.

use artifact_core::files;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use test_support::wait_until;
use tests::study::{finished, postgres_database, postgres_rows, python, rows, still_runs_after};
use tests::{QUICK, Sandbox};
use views::TrialResults;

/// A study, with the two names of its database.
struct Studied {
    sandbox: Sandbox,
    python: PathBuf,
    /// As our `--storage` has it; `None` for the default file.
    storage: Option<String>,
    /// As Optuna has it.
    url: String,
}

impl Studied {
    /// A frozen workspace whose study will be in a file.
    fn in_file(python: PathBuf) -> Self {
        let sandbox = Sandbox::new(QUICK);
        sandbox.run_phases(1);
        let url = format!("sqlite:///{}", sandbox.run().study_database().display());
        Self { sandbox, python, storage: None, url }
    }

    /// A frozen workspace whose study will be on a server.
    fn on_server(python: PathBuf, storage: String) -> Self {
        let url = storage.replace("postgresql://", "postgresql+psycopg2://");
        let sandbox = Sandbox::new(QUICK);
        sandbox.run_phases(1);
        Self { sandbox, python, storage: Some(storage), url }
    }

    /// What a command of `study.py` prints.
    fn optuna(&self, command: &[&str]) -> Json {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("optuna/study.py");
        let output = Command::new(&self.python).arg(script).arg(&self.url).args(command).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
    }

    fn command(&self, command: &[&str]) -> Vec<String> {
        let storage = self.storage.iter().flat_map(|storage| ["--storage", storage]);
        command.iter().copied().chain(storage).map(str::to_owned).collect()
    }

    fn tuner(&self, command: &[&str]) -> String {
        let command = self.command(command);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        self.sandbox.succeeds("tuner", &command).stdout
    }

    fn json(&self, command: &[&str]) -> Json {
        serde_json::from_str(&self.tuner(command)).unwrap()
    }

    fn view(&self) -> TrialResults {
        files::read_json(&self.sandbox.run().trial_results()).unwrap()
    }

    fn rows(&self) -> Vec<tests::study::Row> {
        match &self.storage {
            None => rows(&self.sandbox.run().study_database()),
            Some(url) => postgres_rows(url),
        }
    }
}

#[test]
fn optuna_and_we_take_turns_on_a_file() {
    let Some(python) = python() else { return };
    take_turns(&Studied::in_file(python));
}

#[test]
fn optuna_and_we_take_turns_on_a_server() {
    let Some(python) = python() else { return };
    let Some(url) = postgres_database("optuna") else { return };
    take_turns(&Studied::on_server(python, url));
}

fn take_turns(study: &Studied) {
    study.tuner(&["run"]);
    optuna_reads_what_we_wrote(study);
    the_dashboard_serves_it(study);

    // Optuna's turn: four trials, of which one fails and one is pruned, and a configuration for us.
    let before = study.view();
    let states = study.optuna(&["optimize", "4"]);
    assert_eq!(states, json!(["COMPLETE", "FAIL", "PRUNED", "COMPLETE"]));
    study.optuna(&["enqueue", r#"{"d_model": 16, "learning_rate": 0.004}"#]);
    study.optuna(&["enqueue", r#"{"d_model": 1000}"#]);

    // Our turn: of 14 trials 8 are ours and 3 are scored ones of Optuna's, so 3 are missing.
    let ended = study.json(&["run", "--trials", "14", "--json"]);
    assert_eq!((&ended["trials"], &ended["new_trials"]), (&json!(11), &json!(3)));
    let view = study.view();
    assert_eq!(view.trials[..8], before.trials[..], "what was finished stays as it is");
    let enqueued = &view.trials[8];
    assert_eq!((enqueued.stage.as_str(), enqueued.params.model.size("d_model")), ("enqueued", Some(16)));
    assert_eq!(enqueued.params.model.float("learning_rate"), Some(0.004));
    assert_eq!(finished(&study.rows()), (0..11).collect::<Vec<_>>());
    assert!(study.rows().iter().all(|row| row.state != "RUNNING" && row.state != "WAITING"));
    let status = study.json(&["status", "--json"]);
    assert_eq!((&status["finished"], &status["external"]), (&json!(14), &json!(3)));
    let exported = study.json(&["export", "--json"]);
    let external: Vec<&Json> =
        exported.as_array().unwrap().iter().filter(|trial| trial["stage"] == "external").collect();
    assert_eq!(external.len(), 3);
    assert!(external.iter().all(|trial| trial["seen_from"] == 8), "{external:?}");

    // Optuna's scores steer our sampler: without them the same trials would try other values.
    let alone = Studied::in_file(study.python.clone());
    alone.tuner(&["run"]);
    alone.tuner(&["enqueue", "d_model=16", "learning_rate=0.004"]);
    alone.tuner(&["run", "--trials", "11"]);
    let without = alone.view();
    assert_eq!(without.trials[..8], view.trials[..8]);
    assert_ne!(without.trials[10].params, view.trials[10].params);

    // And Optuna reads all of it again.
    let shown = study.optuna(&["show"]);
    let trials = shown["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 8 + 4 + 2 + 2, "two of our three went into rows of their own");
    let refused = trials.iter().find(|trial| trial["system"]["fixed_params"]["d_model"] == 1000).unwrap();
    assert_eq!(refused["state"], "FAIL");
    assert!(refused["attributes"]["holdfast:error"].as_str().unwrap().contains("one of 8, 16"));
    study.sandbox.succeeds("extended-trainer", &["run"]);
}

fn optuna_reads_what_we_wrote(study: &Studied) {
    let (view, best, shown) = (study.view(), study.json(&["best", "--json"]), study.optuna(&["show"]));
    assert_eq!((&shown["direction"], &shown["metric"]), (&json!("MAXIMIZE"), &json!(["mcc"])));
    assert_eq!(shown["attributes"]["holdfast:study_key"], view.study_key.to_string());
    assert_eq!(shown["best"]["number"], best["number"]);
    assert_eq!(shown["best"]["value"], best["objective"], "to the last bit");
    assert_eq!(shown["best"]["params"]["learning_rate"], best["params"]["learning_rate"]);
    assert_eq!(shown["best"]["params"]["d_model"], best["params"]["d_model"]);
    let trials = shown["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 8);
    for (ours, theirs) in view.trials.iter().zip(trials) {
        let metrics = ours.metrics.as_ref().unwrap();
        assert_eq!(theirs["number"], ours.trial_number);
        assert_eq!(theirs["state"], "COMPLETE");
        assert_eq!(theirs["value"], metrics.objective_value);
        assert_eq!(theirs["params"]["dropout_rate"], *ours.params.model.get("dropout_rate").unwrap());
        assert_eq!(theirs["attributes"]["holdfast:artifact_id"], ours.id.to_string());
        assert_eq!(theirs["attributes"]["holdfast:stage"], ours.stage);
        assert_eq!(theirs["timed"], true);
        let curve = theirs["intermediate"].as_object().unwrap();
        assert_eq!(curve.len(), metrics.history.len());
        for record in &metrics.history {
            assert_eq!(curve[&record.epoch.to_string()], record.objective.unwrap());
        }
    }
    let ours = study.json(&["importance", "--json"]);
    assert_eq!(ours.as_object().unwrap().len(), 7);
    for (name, share) in shown["importances_by_default"].as_object().unwrap() {
        let difference = (ours[name].as_f64().unwrap() - share.as_f64().unwrap()).abs();
        assert!(difference < 1e-6, "{name}: {} and {share}", ours[name]);
    }
    let importances = shown["importances"].as_object().unwrap();
    assert_eq!(importances.len(), 7, "one for each hyperparameter that is searched: {importances:?}");
    let sum: f64 = importances.values().filter_map(Json::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
}

fn the_dashboard_serves_it(study: &Studied) {
    let (view, served) = (study.view(), study.optuna(&["dashboard"]));
    assert_eq!(served["name"], view.study_key.short());
    assert_eq!(served["directions"], json!(["maximize"]));
    assert_eq!(served["metrics"], json!(["mcc"]));
    let trials = served["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 8);
    for (ours, theirs) in view.trials.iter().zip(trials) {
        assert_eq!((&theirs["number"], &theirs["state"]), (&json!(ours.trial_number), &json!("Complete")));
        assert_eq!(theirs["values"][0], ours.metrics.as_ref().unwrap().objective_value);
    }
    let parameters = served["parameters"].as_array().unwrap();
    assert!(parameters.contains(&json!("learning_rate")) && parameters.contains(&json!("num_heads")));
}

#[test]
fn trials_that_optuna_gives_up_run_again() {
    let Some(python) = python() else { return };
    let study = Studied::in_file(python);
    let mut killed = study.sandbox.command("tuner", &["run", "--trials", "5000"]);
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    still_runs_after(2, &study.sandbox.run(), &mut killed);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let running = |rows: &[tests::study::Row]| rows.iter().filter(|row| row.state == "RUNNING").count();
    let left = running(&study.rows());
    // Optuna gives a trial up once it has been silent for longer than its grace.
    wait_until(&format!("Optuna has given up {left} trials"), || {
        !study.optuna(&["fail_stale"]).as_array().unwrap().contains(&json!("RUNNING"))
    });
    let done = finished(&study.rows()).len() as u64;
    study.tuner(&["run", "--trials", &(done + 3).to_string()]);
    assert_eq!(finished(&study.rows()), (0..done + 3).collect::<Vec<_>>());
    let unbroken = Studied::in_file(study.python.clone());
    unbroken.tuner(&["run", "--trials", &(done + 3).to_string()]);
    let ids = |study: &Studied| study.view().trials.iter().map(|trial| trial.id).collect::<Vec<_>>();
    assert_eq!(ids(&study), ids(&unbroken));
}
