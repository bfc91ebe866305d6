//! Legacy results through the pipeline: imported, matched by shape, cross-validated on frozen bars, and trained.

use artifact_core::{Run, files};
use serde_json::{Value, json};
use std::fs;
use tests::{Ended, QUICK, Sandbox, binary, ended};
use views::{ExtendedResults, read_best_configuration};

/// One trial as older pipelines wrote it: the list of sequences cut in two, one scaler for all closes.
fn trial(number: u64, seq_length: u64, accuracy: f64, development: Option<u64>) -> Value {
    let tickers = json!(["AAPL", "GOOG", "IBM", "MSFT"]);
    let artifacts = development.map(|end| {
        json!({
            "train_indices": (0..end).collect::<Vec<u64>>(),
            "test_indices": (end..end + 200).collect::<Vec<u64>>(),
            "scaler_mean": 250.5, "scaler_std": 120.25,
            "alpha_weights": [0.2, 0.3, 0.5], "class_counts": [500, 300, 200],
            "split_date": "2012-03-01", "data_period": "5y", "tickers": tickers,
            "seq_length": seq_length, "time_window": 5, "train_test_split_ratio": 0.8,
        })
    });
    json!({
        "trial_number": number,
        "params": {
            "learning_rate": 0.001, "dropout_rate": 0.1, "weight_decay": 0.0001, "time_window": 5,
            "seq_length": seq_length, "num_layers": 1, "d_model": 8, "num_heads": 2, "d_ff": 16, "batch_size": 64,
            "train_test_split_ratio": 0.8, "data_period": "5y", "tickers": tickers, "optimizer": "AdamW",
        },
        "metrics": {
            "validation_accuracy": accuracy, "final_loss": 0.9, "training_loss": 1.0, "best_epoch": 3,
            "checkpoint_path": null,
        },
        "artifacts": artifacts,
        "timestamp": "2024-03-01T12:34:56.789012",
    })
}

struct Older {
    sandbox: Sandbox,
}

impl Older {
    /// A workspace that has imported these trials as run `old`.
    fn import(trials: &[Value]) -> Self {
        let sandbox = Sandbox::new(QUICK);
        let results = sandbox.path("older/hyperparameter_tuning_results");
        fs::create_dir_all(&results).unwrap();
        fs::write(results.join("trial_results.json"), json!(trials).to_string()).unwrap();
        let older = Self { sandbox };
        older.artifact(&["import", older.sandbox.path("older").to_str().unwrap(), "--run", "old"], 0);
        older
    }

    fn artifact(&self, arguments: &[&str], code: i32) -> Ended {
        let mut command = binary("artifact");
        command.args(arguments).arg("--workspace").arg(self.sandbox.path("workspace"));
        let ended = ended(command.output().unwrap());
        assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        ended
    }

    /// Runs a phase on run `old`.
    fn phase(&self, name: &str, command: &[&str], code: i32) -> Ended {
        let ended = self.sandbox.phase(name, &[command, &["--run", "old"]].concat());
        assert_eq!(ended.code, code, "{name}: {}", ended.stderr);
        ended
    }

    fn run(&self) -> Run {
        self.sandbox.workspace().run("old")
    }
}

#[test]
fn imported_trials_are_cross_validated_on_regenerated_artifacts_and_finally_trained() {
    let older = Older::import(&[
        trial(0, 8, 0.40, Some(800)),
        trial(1, 12, 0.55, None),
        trial(2, 12, 0.0, None),
        trial(3, 12, 0.45, Some(700)),
    ]);
    let early = older.phase("extended-trainer", &["run"], 2);
    assert!(early.stderr.contains("holdfast freeze"), "{}", early.stderr);
    older.phase("data-loader", &["freeze"], 0);

    let refused = older.phase("extended-trainer", &["run", "--require-artifacts"], 1);
    for part in ["imported trial 1 cannot be reused", "leave out --require-artifacts"] {
        assert!(refused.stderr.contains(part), "{part:?} is not in {}", refused.stderr);
    }

    let made = older.phase("extended-trainer", &["run"], 0);
    // Trial 1 has no artifacts and is matched with trial 3 by shape, whose list of sequences was cut elsewhere.
    for part in ["imported trial 2", "no score", "imported trial 1", "[0, 700)", "regenerated"] {
        assert!(made.stderr.contains(part), "{part:?} is not in {}", made.stderr);
    }
    let view: ExtendedResults = files::read_json(&older.run().extended_results()).unwrap();
    let numbers: Vec<u64> = view.results.iter().map(|result| result.trial_number).collect();
    assert_eq!(numbers.len(), 4, "two candidates and the baselines");
    assert!(numbers.contains(&1) && numbers.contains(&3) && numbers[2] == 1, "{numbers:?}");
    assert!(view.results.iter().all(|result| result.cv_results.regenerated));

    let (id, best) = read_best_configuration(&older.run().best_configuration()).unwrap();
    assert!(best.regenerated);
    let lineage = older.artifact(&["lineage", &id.to_string()], 0).stdout;
    for part in ["imported_study", "imported_trial", "seal", "split_plan", "cross_validation"] {
        assert!(lineage.contains(part), "{part:?} is not in {lineage}");
    }
    older.phase("final-trainer", &["run"], 0);
    older.phase("report", &[], 0);
    let card = fs::read_to_string(older.run().final_model().join("README.md")).unwrap();
    assert!(card.contains("Regenerated"), "{card}");
    let again = older.phase("extended-trainer", &["run"], 0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(older.artifact(&["fsck"], 0).stdout.ends_with("sound\n"));
    let out = older.sandbox.path("back");
    let exported = older.artifact(&["export", "old", "--format", "v1", "--out", out.to_str().unwrap()], 0);
    assert!(exported.stdout.contains("phases of this program"), "{}", exported.stdout);
}

#[test]
fn imported_trials_are_ranked_within_the_window_that_most_of_them_have() {
    let mut other = trial(0, 12, 0.70, None);
    other["params"]["time_window"] = json!(7);
    let older = Older::import(&[other, trial(1, 12, 0.40, None), trial(2, 8, 0.45, None)]);
    older.phase("data-loader", &["freeze"], 0);
    let made = older.phase("extended-trainer", &["run"], 0);
    for part in
        ["1 of 3 scored trials are left out", "1 with time_window = 7", "only those with time_window = 5"]
    {
        assert!(made.stderr.contains(part), "{part:?} is not in {}", made.stderr);
    }
    let view: ExtendedResults = files::read_json(&older.run().extended_results()).unwrap();
    let mut candidates: Vec<u64> = view.results[..2].iter().map(|result| result.trial_number).collect();
    candidates.sort_unstable();
    assert_eq!(candidates, [1, 2], "not the one with the highest accuracy");
}

#[test]
fn a_shape_with_different_artifacts_is_an_error_that_lists_them() {
    let older =
        Older::import(&[trial(0, 8, 0.50, None), trial(1, 8, 0.40, Some(800)), trial(2, 8, 0.30, Some(810))]);
    older.phase("data-loader", &["freeze"], 0);
    let refused = older.phase("extended-trainer", &["run"], 1);
    for part in ["imported trial 0", "trial 1 (", "trial 2 (", "810 development", "seq_length 8", "import"] {
        assert!(refused.stderr.contains(part), "{part:?} is not in {}", refused.stderr);
    }
    assert!(!older.run().extended_results().exists());
}

#[test]
fn artifacts_that_the_frozen_bars_reproduce_bit_for_bit_are_the_trials_own() {
    let older = Older { sandbox: Sandbox::new(QUICK) };
    older.sandbox.run_phases(2);
    let native = older.sandbox.run().name().to_owned();
    let out = older.sandbox.path("older");
    older.artifact(&["export", &native, "--format", "v1", "--out", out.to_str().unwrap()], 0);
    older.artifact(&["import", out.to_str().unwrap(), "--run", "old"], 0);
    older.phase("data-loader", &["freeze"], 0);
    let made = older.phase("extended-trainer", &["run", "--require-artifacts"], 0);
    assert!(!made.stderr.contains("regenerated"), "{}", made.stderr);
    let (_, best) = read_best_configuration(&older.run().best_configuration()).unwrap();
    assert!(!best.regenerated);
    assert!(older.artifact(&["fsck"], 0).stdout.ends_with("sound\n"));

    // Other bars do not reproduce them.
    older.artifact(&["import", out.to_str().unwrap(), "--run", "elsewhere"], 0);
    older.sandbox.write("run.toml", &QUICK.replacen("[tuner]", "[data]\nperiod = \"4y\"\n[tuner]", 1));
    let on = |name: &str, command: &[&str]| {
        older.sandbox.phase(name, &[command, &["--run", "elsewhere"]].concat())
    };
    assert_eq!(on("data-loader", &["freeze"]).code, 0);
    let refused = on("extended-trainer", &["run", "--require-artifacts"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("artifacts.development"), "{}", refused.stderr);
}
