//! The presets that search among several models, through all phases with the real binaries.

use std::collections::BTreeSet;
use tests::{Ended, Sandbox, binary, csv, csv_rows, ended};

/// Less of everything that only costs time.
const SETTINGS: &str = "
[data]
source = 'csv'
period = 'max'
files = ['AAA.csv', 'BBB.csv']
[tuner]
parallelism = 2
stages = [{ sampler = 'random', trials = 9, epochs = 1 }]
[tuner.search_space]
seq_length = 20
[extended]
folds = 2
epochs = 1
";

const ROWS: usize = 300;
const FILES: [(&str, f64); 2] = [("AAA.csv", 0.0), ("BBB.csv", 1.0)];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(SETTINGS);
    for (name, phase) in FILES {
        sandbox.write(name, &csv(ROWS, phase));
    }
    sandbox
}

/// The models that the study of the only run tried.
fn models(sandbox: &Sandbox) -> BTreeSet<String> {
    let trials: serde_json::Value = serde_json::from_str(&sandbox.view(|run| run.trial_results())).unwrap();
    let trials = trials["trials"].as_array().unwrap();
    assert!(trials.iter().all(|trial| trial["error"].is_null()), "{trials:?}");
    trials.iter().map(|trial| trial["model"]["name"].as_str().unwrap().to_owned()).collect()
}

/// A prediction from the newest `rows` rows.
fn predicted(sandbox: &Sandbox, rows: usize) -> Ended {
    // The name of a file is that of its ticker.
    std::fs::create_dir_all(sandbox.path("newest")).unwrap();
    for (name, phase) in FILES {
        sandbox.write(&format!("newest/{name}"), &csv_rows(ROWS - rows..ROWS, phase));
    }
    let mut command = binary("holdfast");
    command.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model()).arg("--bars");
    ended(command.args(FILES.map(|(name, _)| sandbox.path(&format!("newest/{name}")))).output().unwrap())
}

/// The probabilities of all tickers, one after the other.
fn probabilities(predicted: &Ended) -> Vec<f64> {
    assert_eq!(predicted.code, 0, "{}", predicted.stderr);
    let predictions: Vec<serde_json::Value> = serde_json::from_str(&predicted.stdout).unwrap();
    let of = |prediction: &serde_json::Value| prediction["probabilities"].as_array().unwrap().clone();
    predictions.iter().flat_map(of).map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn the_default_preset_searches_among_its_models_and_predicts_from_enough_bars() {
    let sandbox = sandbox();
    sandbox.succeeds("holdfast", &["pipeline", "--preset", "default"]);
    assert_eq!(models(&sandbox), ["gbdt", "gru", "linear"].map(str::to_owned).into());
    sandbox.audited();

    // The model reads 20 rows, and the returns over 25 rows read as many before the first of them.
    let short = predicted(&sandbox, 44);
    assert_eq!(short.code, 1, "{}{}", short.stdout, short.stderr);
    for part in ["44 rows are too few", "reads 20 rows", "read 25 rows before it", "at least 45 rows"] {
        assert!(short.stderr.contains(part), "{}", short.stderr);
    }
    let (enough, all) = (probabilities(&predicted(&sandbox, 45)), probabilities(&predicted(&sandbox, ROWS)));
    assert_eq!(all.len(), 6);
    assert!(enough.iter().zip(&all).all(|(enough, all)| (enough - all).abs() < 1e-4), "{enough:?} {all:?}");
}

#[test]
fn the_full_preset_searches_among_the_same_models() {
    let sandbox = sandbox();
    sandbox.succeeds("data-loader", &["freeze", "--preset", "full"]);
    sandbox.succeeds("tuner", &["run", "--preset", "full"]);
    assert_eq!(models(&sandbox), ["gbdt", "gru", "linear"].map(str::to_owned).into());
}
