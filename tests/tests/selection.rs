//! How much of a result is selection, and how sure its probabilities may be, through all phases and the audit, with the real
//! binaries.

use artifact_core::load;
use artifact_core::schema::{BestConfiguration, CrossValidation, Measure, ModelBundle};
use serde_json::Value;
use tests::Sandbox;

/// A model that is too sure of itself: there is no signal. Five groups of sequences, two of which each of ten folds evaluates: four backtest paths.
const SETTINGS: &str = "
[data]
source = 'synthetic'
synthetic = { signal = false }
[training]
model = { name = 'gbdt', rounds_per_epoch = 20, learning_rate = 0.3 }
decision = 'tuned'
calibration = 'CALIBRATION'
[tuner]
parallelism = 2
stages = [{ sampler = 'random', trials = 3, epochs = 4 }]
[tuner.search_space]
seq_length = { choices = [3, 5] }
[extended]
method = { name = 'combinatorial_purged', folds = 5, test_groups = 2 }
top_n = 2
epochs = 3
";

/// Runs three phases and the audit.
fn run(calibration: &str) -> (Sandbox, ModelBundle, BestConfiguration) {
    let sandbox = Sandbox::new(&SETTINGS.replace("CALIBRATION", calibration));
    let (bundle, best) = sandbox.tested();
    (sandbox, bundle, best)
}

#[test]
fn luck_among_candidates_and_paths_is_told_and_a_temperature_changes_probabilities_alone() {
    let (plain, before, best) = run("none");
    let tests: Vec<(Measure, &str)> =
        best.superior_ability.iter().map(|own| (own.of, own.benchmark.as_str())).collect();
    let by_loss = ["none", "linear", "gbdt"].map(|name| (Measure::Loss, name));
    assert_eq!(tests, [&by_loss[..], &[(Measure::Return, "none")]].concat());
    for cv in best.candidates.iter().chain([&best.baseline.cross_validation]) {
        let cv: CrossValidation = load(&plain.workspace().store(), *cv).unwrap();
        assert_eq!((cv.paths.len(), cv.temperature), (4, None));
        let bars: Vec<u64> = cv.paths.iter().map(|path| path.returns.as_ref().unwrap().bars).collect();
        assert!(bars.iter().all(|own| *own == bars[0] && *own > 100), "{bars:?}");
        let objectives: Vec<f64> = cv.paths.iter().map(|path| path.objective.unwrap()).collect();
        assert!(objectives.iter().any(|own| *own != objectives[0]), "{objectives:?}");
    }
    let said = plain.succeeds("extended-trainer", &["run"]).stdout;
    for part in ["Hansen's test for superior predictive ability", "Along the 4 backtest paths"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    let json: Value =
        serde_json::from_str(&plain.succeeds("extended-trainer", &["run", "--json"]).stdout).unwrap();
    assert_eq!(json["superior_ability"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["backtest_paths"].as_array().map(Vec::len), Some(4));
    plain.succeeds("report", &[]);
    let page = plain.view(|run| run.report());
    for part in
        ["Tests against luck among candidates", "Backtest paths", "epoch is chosen by the rows that score it"]
    {
        assert!(page.contains(part), "{part:?} is not in the page");
    }

    let (hot, after, best) = run("temperature");
    let temperature = best.cv_results.temperature.unwrap();
    assert!(temperature != 1.0 && best.baseline.temperature.is_some(), "{temperature}");
    let (one, other) = (&before.test.model, &after.test.model);
    assert_eq!((one.confusion, &one.strategy), (other.confusion, &other.strategy), "the same decisions");
    assert!(one.log_loss != other.log_loss, "other probabilities");
    let config: Value = serde_json::from_str(&hot.view(|run| run.final_model().join("config.json"))).unwrap();
    assert_eq!(config["temperature"].as_f64(), Some(temperature));
    let card = hot.view(|run| run.final_model().join("README.md"));
    assert!(card.contains("scaled by the temperature"), "{card}");
}
