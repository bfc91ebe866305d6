//! Data of which figures would mean little: what the console says of them, and what is not printed.

use serde_json::Value;
use tests::{Sandbox, csv};

const FEW: &str = "
[data]
source = 'csv'
period = 'max'
files = ['AAA.csv', 'FLAT.csv']
[labels]
time_window = 5
rule = { name = 'horizon', threshold = 0.001 }
[training]
model = 'linear'
objective = 'mcc'
[tuner]
startup_trials = 1
stages = [{ sampler = 'random', trials = 2, epochs = 1 }]
[tuner.search_space]
time_window = { choices = [3, 5] }
seq_length = 5
[extended]
top_n = 1
folds = 2
epochs = 1
";

/// Bars whose close never changes.
fn flat(rows: usize) -> String {
    let constant = |line: &str| format!("{},10,10,10,10,1000\n", line.split(',').next().unwrap_or_default());
    let bars = csv(rows, 0.0);
    let (head, lines) = bars.split_once('\n').unwrap();
    format!("{head}\n{}", lines.lines().map(constant).collect::<String>())
}

#[test]
fn a_run_on_few_rows_warns_and_prints_no_figure() {
    let sandbox = Sandbox::new(FEW);
    sandbox.write("AAA.csv", &csv(110, 0.0));
    sandbox.write("FLAT.csv", &flat(110));
    sandbox.run_phases(1);
    let warned = sandbox.succeeds("tuner", &["run"]).stderr;
    for part in [
        "the close of FLAT never changes before the test rows",
        "independent decision rows with time_window = 5, fewer than 10",
    ] {
        assert!(warned.contains(part), "{part:?} is not in {warned}");
    }
    let best = sandbox.succeeds("tuner", &["best", "--json"]).stdout;
    let best: Value = serde_json::from_str(&best).unwrap();
    let objective = &best["figures"][0];
    assert_eq!((&objective["figure"], &objective["value"]), (&"objective_value".into(), &Value::Null));
    assert!(objective["why_absent"].as_str().unwrap().contains("independent row"), "{objective}");
    let validated = sandbox.succeeds("extended-trainer", &["run"]).stdout;
    assert!(validated.contains("these figures say nothing"), "{validated}");
    assert!(validated.contains("at least 30 independent rows are needed"), "{validated}");
    let printed = sandbox.succeeds("final-trainer", &["run"]).stdout;
    assert!(printed.contains("nothing can be said from so few"), "{printed}");
    assert!(printed.contains("at least 10 independent rows are needed"), "{printed}");
    let card = sandbox.view(|run| run.final_model().join("README.md"));
    assert!(card.contains("Cross-validation on development rows: n/a"), "{card}");
    let json = sandbox.succeeds("final-trainer", &["run", "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verdict"]["outcome"], "too_few");
    for figure in json["figures"]["model"].as_array().unwrap() {
        let counted = ["strategy.trades", "strategy.turnover"].contains(&figure["figure"].as_str().unwrap());
        assert_eq!(figure["value"].is_null(), !counted, "{figure}");
        assert_eq!(figure["why_absent"].is_string(), !counted, "{figure}");
    }
}
