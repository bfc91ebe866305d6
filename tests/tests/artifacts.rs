//! Lost, damaged and forged artifacts.

use artifact_core::{Digest, files};
use std::path::PathBuf;
use tests::{QUICK, Sandbox};
use views::{TrialResults, read_best_configuration};

/// The object of the best trial's preprocessing, on disk.
fn best_preprocessing(sandbox: &Sandbox) -> (Digest, PathBuf) {
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    let score = |trial: &views::TrialResult| trial.metrics.as_ref().map(|m| m.objective_value);
    let best = view.trials.iter().max_by(|a, b| score(a).partial_cmp(&score(b)).unwrap()).unwrap();
    let id = best.artifacts.as_ref().unwrap().preprocessing.digest();
    (id, sandbox.workspace().store().path(&id))
}

#[test]
fn missing_artifacts_are_rebuilt_with_a_warning() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(2);
    let (_, path) = best_preprocessing(&sandbox);
    let sound = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();

    let refused = sandbox.phase("extended-trainer", &["run", "--require-artifacts"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("the split or scaler of trial"), "{}", refused.stderr);

    let made = sandbox.succeeds("extended-trainer", &["run"]);
    assert!(
        made.stderr.contains("WARN") && made.stderr.contains("both came out the same"),
        "{}",
        made.stderr
    );
    assert_eq!(std::fs::read(&path).unwrap(), sound, "the same rules make the same object");
    let view = sandbox.view(|run| run.extended_results());
    // A mark would say that later results rest on another split or scaler.
    assert!(view.contains("\"regenerated\": false"));
}

#[test]
fn damaged_artifacts_are_not_treated_as_missing() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(2);
    let (id, path) = best_preprocessing(&sandbox);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&path, bytes).unwrap();
    let ended = sandbox.phase("extended-trainer", &["run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains(&id.to_string()) && ended.stderr.contains("damaged"), "{}", ended.stderr);
}

#[test]
fn a_forged_best_configuration_is_refused_before_the_test_set_is_opened() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(3);
    let path = sandbox.run().best_configuration();
    let sound = std::fs::read_to_string(&path).unwrap();
    let (_, best) = read_best_configuration(&path).unwrap();
    let epochs = format!("\"epochs_to_train\": {}", best.epochs_to_train);
    std::fs::write(&path, sound.replace(&epochs, "\"epochs_to_train\": 1000")).unwrap();
    let ended = sandbox.phase("final-trainer", &["run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("best_configuration_artifacts.json"), "{}", ended.stderr);
    assert_eq!(sandbox.workspace().ledger().entries().unwrap(), []);
}

#[test]
fn a_broken_ledger_stops_the_final_phase() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(4);
    let path = sandbox.path("workspace/ledger/test-access.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("quick", "slow", 1)).unwrap();
    sandbox.write("run.toml", &QUICK.replace("folds = 3", "folds = 4"));
    sandbox.run_phases(3);
    let ended = sandbox.phase("final-trainer", &["run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("line 1 of the test ledger"), "{}", ended.stderr);
}
