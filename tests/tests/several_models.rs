//! A study over several models, through all phases with the real binaries.

use artifact_core::schema::{BestConfiguration, CrossValidation, TrialState};
use artifact_core::{Id, Phase, files, load};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use tests::{QUICK, Sandbox};
use views::TrialResults;

const MODELS: [&str; 3] = ["gbdt", "gru", "linear"];

/// [`QUICK`] over three models, with `sections` at its end.
fn config(sections: &str) -> String {
    let space = "[tuner.search_space]\ngbdt.max_leaves = { choices = [4, 8] }\ngbdt.rows = 2\n";
    let quick =
        QUICK.replace("[tuner.search_space]\n", space).replace("startup_trials = 2", "startup_trials = 5");
    let model = "[training]\nmodel = ['gbdt', { name = 'gru', weight_decay = 0.0 }, 'linear']\n";
    format!("{}\n{sections}", quick.replacen("[tuner]", &format!("{model}[tuner]"), 1))
}

fn trials(sandbox: &Sandbox) -> TrialResults {
    files::read_json(&sandbox.run().trial_results()).unwrap()
}

fn tuner(sandbox: &Sandbox, command: &[&str]) -> Json {
    serde_json::from_str(&sandbox.succeeds("tuner", command).stdout).unwrap()
}

#[test]
fn every_phase_works_with_the_model_of_the_trial() {
    let sandbox = Sandbox::new(&config(""));
    sandbox.run_phases(5);
    let results = trials(&sandbox);
    let models: Vec<&str> = results.trials.iter().map(|trial| trial.model.name.as_str()).collect();
    assert_eq!(models[..5], ["gbdt", "gru", "linear", "gbdt", "gru"], "they take turns");
    for trial in &results.trials {
        assert_eq!(trial.state, TrialState::Complete, "{:?}", trial.error);
        let names: BTreeSet<&str> = trial.params.model.names().collect();
        assert!(names.iter().all(|name| !name.contains('.') && *name != "model"), "{names:?}");
        assert_eq!(names.contains("max_leaves"), trial.model.name == "gbdt");
        assert_eq!(names.contains("d_model"), trial.model.name == "gru");
        assert_eq!(names.is_empty(), trial.model.name == "linear");
    }
    let defaults = &results.trials[0].params;
    assert_eq!((defaults.seq_length, defaults.model.float("learning_rate")), (8, Some(0.05)));
    assert_eq!(results.trials[1].params.model.float("weight_decay"), Some(0.0), "given with the model");

    let (store, record) = (sandbox.workspace().store(), sandbox.record());
    let id = record.output(Phase::CrossValidation, "best_configuration").unwrap();
    let best: BestConfiguration = load(&store, Id::new(id)).unwrap();
    let candidates = best.candidates.iter().map(|&id| load(&store, id).unwrap());
    let candidates: Vec<CrossValidation> = candidates.collect();
    let names: BTreeSet<&str> = candidates.iter().map(|cv| cv.model.name.as_str()).collect();
    assert_eq!((names.len(), candidates.len()), (2, 2), "two places go to two models");
    assert_eq!(best.training.model, best.model);
    assert_eq!(results.trials[best.trial_number as usize].model, best.model);

    let status = tuner(&sandbox, &["status", "--json"]);
    assert_eq!(status["models"], json!(MODELS));
    let top = tuner(&sandbox, &["best", "--json"]);
    assert_eq!(status["best_trial"]["model"], top["model"]["name"]);
    let shares = tuner(&sandbox, &["importance", "--json"]);
    assert!(shares.get("model").is_some() && shares.get("gbdt.max_leaves").is_some(), "{shares}");
    let exported = sandbox.succeeds("tuner", &["export"]).stdout;
    assert!(exported.lines().nth(2).unwrap().contains(",gru,"), "{exported}");
    let report = sandbox.view(|run| run.report());
    assert!(report.contains("The models") && MODELS.iter().all(|model| report.contains(model)));

    let audited = sandbox.audited();
    assert!(audited.contains("6 proven, 2 unknown"), "{audited}");
}

#[test]
fn the_trials_are_the_same_after_an_interruption_and_from_any_number_of_workers() {
    let tuned = |steps: &[&[&str]]| {
        let sandbox = Sandbox::new(&config("[tuner.pruner]\nname = 'asha'\nmin_epochs = 1\nreduction = 2\n"));
        sandbox.run_phases(1);
        steps.iter().for_each(|step| drop(sandbox.succeeds("tuner", step)));
        trials(&sandbox)
    };
    let whole = tuned(&[&["run", "--workers", "1"]]);
    assert_eq!(tuned(&[&["run", "--trials", "3"], &["run", "--trials", "6"], &["run"]]), whole);
    assert_eq!(tuned(&[&["run", "--workers", "3"]]), whole);
}

#[test]
fn a_configuration_of_one_model_can_be_enqueued() {
    let sandbox = Sandbox::new(&config(""));
    sandbox.run_phases(1);
    let enqueue = |values: &[&str]| {
        let command: Vec<&str> = ["enqueue"].iter().chain(values).copied().collect();
        sandbox.phase("tuner", &command)
    };
    for values in [&["gbdt.max_leaves=8", "gru.learning_rate=1e-3"][..], &["model=gru", "gbdt.max_leaves=8"]]
    {
        let refused = enqueue(values);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains("max_leaves"), "{}", refused.stderr);
    }
    assert_eq!(enqueue(&["max_leaves=8"]).code, 2, "of which model?");
    assert_eq!(enqueue(&["model=linear", "seq_length=12"]).code, 0);
    assert_eq!(enqueue(&["gru.learning_rate=2e-3"]).code, 0);
    sandbox.succeeds("tuner", &["run"]);
    let results = trials(&sandbox);
    let (first, second) = (&results.trials[0], &results.trials[1]);
    assert_eq!((first.model.name.as_str(), first.params.seq_length), ("linear", 12));
    assert_eq!((second.model.name.as_str(), second.params.model.float("learning_rate")), ("gru", Some(2e-3)));
    assert_eq!(results.trials[2].model.name, "linear", "its turn");
}
