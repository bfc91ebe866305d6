//! Scalers that work within windows, through all phases.

use artifact_core::Component;
use tests::{Sandbox, binary, csv, csv_config, ended};
use views::read_best_configuration;

/// Prices alone, so that the model knows nothing but what the scaler leaves of them.
fn config(scaler: &str, model: &str) -> String {
    let parts = format!(
        "[features]\nset = [\"close\", {{ name = \"expression\", formula = \"high\" }}]\n[scaler]\nkind = {scaler}\n[training]\nmodel = {model}\n[tuner]"
    );
    csv_config(&["AAA.csv", "BBB.csv"]).replacen("[tuner]", &parts, 1)
}

/// The same bars at another level of prices.
fn times(csv: &str, factor: f64) -> String {
    let line = |(number, line): (usize, &str)| {
        let cell = |(place, cell): (usize, &str)| match cell.parse::<f64>() {
            Ok(price) if number > 0 && (1..=4).contains(&place) => (price * factor).to_string(),
            _ => cell.to_owned(),
        };
        line.split(',').enumerate().map(cell).collect::<Vec<_>>().join(",") + "\n"
    };
    csv.lines().enumerate().map(line).collect()
}

fn predicted(sandbox: &Sandbox, factor: f64) -> String {
    let files = ["AAA", "BBB"].map(|ticker| {
        let text = std::fs::read_to_string(sandbox.path(&format!("{ticker}.csv"))).unwrap();
        let name = format!("{factor}/{ticker}.csv");
        std::fs::create_dir_all(sandbox.path(&factor.to_string())).unwrap();
        sandbox.write(&name, &times(&text, factor));
        sandbox.path(&name)
    });
    let mut process = binary("final-trainer");
    process.args(["predict", "--model"]).arg(sandbox.run().final_model()).arg("--bars").args(files);
    let output = ended(process.output().unwrap());
    assert_eq!(output.code, 0, "{}", output.stderr);
    output.stdout
}

/// Runs all phases and returns what is predicted for the bars, and for the same bars at four times the price.
fn both(scaler: &str, model: &str, expected: &Component) -> [String; 2] {
    let sandbox = Sandbox::new(&config(scaler, model));
    sandbox.write("AAA.csv", &csv(200, 0.0));
    sandbox.write("BBB.csv", &csv(200, 1.0));
    sandbox.run_phases(5);
    let (_, best) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    let fitted = &best.preprocessing.scaler;
    assert_eq!(&fitted.kind, expected);
    if expected.name != "standard" {
        assert_eq!((&fitted.mean, &fitted.std), (&vec![0.0; 4], &vec![1.0; 4]));
    }
    let audited = sandbox.audited();
    assert!(audited.contains("of 8 kinds of leakage 6 proven, 2 unknown"), "{audited}");
    [1.0, 4.0].map(|factor| predicted(&sandbox, factor))
}

#[test]
fn a_window_looks_the_same_at_every_level_of_prices() {
    let [here, higher] = both("\"window_zscore\"", "\"gru\"", &Component::new("window_zscore", 1));
    assert_eq!(here, higher);
    let [here, higher] = both("\"by_last\"", "\"gbdt\"", &Component::new("by_last", 1));
    assert_eq!(here, higher);
    // Only then do these predictions show anything.
    let [here, higher] = both("\"standard\"", "\"gru\"", &Component::new("standard", 1));
    assert_ne!(here, higher);
}

#[test]
fn a_scaler_of_other_columns_is_refused_before_anything_runs() {
    let sandbox = Sandbox::new(&config("{ name = \"by_last\", columns = \"close; low\" }", "\"gru\""));
    sandbox.write("AAA.csv", &csv(200, 0.0));
    sandbox.write("BBB.csv", &csv(200, 1.0));
    let refused = ended(sandbox.command("data-loader", &["freeze"]).output().unwrap());
    assert_ne!(refused.code, 0);
    let expected = "scaler.kind: columns names \"low\", which is no feature column; they are close; high";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
}
