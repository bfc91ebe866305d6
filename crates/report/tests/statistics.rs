//! The statistics agree with the Python package purgedcv to within 1e-9: `parity/make_reference.py` runs it and writes
//! `parity/statistics.json`.

use report::statistics::{deflated_sharpe_ratio, probability_of_overfitting};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    deflated_sharpe: Vec<Deflated>,
    overfitting: Vec<Overfitting>,
}

#[derive(Deserialize)]
struct Deflated {
    name: String,
    returns: Vec<f64>,
    trials: u64,
    variance: f64,
    probability: f64,
    benchmark: f64,
    sharpe: f64,
    skewness: f64,
    kurtosis: f64,
}

#[derive(Deserialize)]
struct Overfitting {
    name: String,
    returns: Vec<Vec<f64>>,
    blocks: usize,
    probability: f64,
    slope: Option<f64>,
    loss: f64,
    combinations: usize,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("parity/statistics.json")).unwrap()
}

#[track_caller]
fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

#[test]
fn deflated_sharpe_ratios_match_purgedcv() {
    let cases = reference().deflated_sharpe;
    assert!(cases.len() >= 7);
    for case in cases {
        let found = deflated_sharpe_ratio(&case.returns, case.trials, Some(case.variance)).unwrap();
        let name = &case.name;
        close(&format!("{name}: probability"), found.probability, case.probability);
        close(&format!("{name}: benchmark"), found.benchmark, case.benchmark);
        close(&format!("{name}: sharpe"), found.moments.sharpe, case.sharpe);
        close(&format!("{name}: skewness"), found.moments.skewness, case.skewness);
        close(&format!("{name}: kurtosis"), found.moments.kurtosis, case.kurtosis);
    }
}

#[test]
fn probabilities_of_overfitting_match_purgedcv() {
    let cases = reference().overfitting;
    assert!(cases.len() >= 6);
    for case in cases {
        let candidates: Vec<&[f64]> = case.returns.iter().map(Vec::as_slice).collect();
        let found = probability_of_overfitting(&candidates, case.blocks).unwrap();
        let name = &case.name;
        close(&format!("{name}: probability"), found.probability, case.probability);
        close(&format!("{name}: loss"), found.loss, case.loss);
        assert_eq!(found.combinations, case.combinations, "{name}");
        assert_eq!(found.slope.is_some(), case.slope.is_some(), "{name}");
        close(&format!("{name}: slope"), found.slope.unwrap_or(0.0), case.slope.unwrap_or(0.0));
    }
}
