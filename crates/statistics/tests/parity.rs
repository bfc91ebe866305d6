//! The statistics agree with the Python packages purgedcv, arch and scipy to within 1e-9: `parity/make_reference.py` runs them
//! and writes `parity/statistics.json`.

use serde::Deserialize;
use statistics::{
    Moments, Resamples, block_length, clustered_trials, deflated_sharpe_ratio, minimum_track_record,
    probabilistic_sharpe_ratio, probability_of_overfitting, signed_rank, superior_predictive_ability,
    uncorrelated_trials,
};

#[derive(Deserialize)]
struct Reference {
    deflated_sharpe: Vec<Deflated>,
    probabilistic_sharpe: Vec<Probabilistic>,
    overfitting: Vec<Overfitting>,
    ordered: Vec<Ordered>,
    clustered: Vec<Clustered>,
    block_length: Vec<Blocks>,
    superior: Vec<Superior>,
    signed_rank: Vec<Signed>,
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

#[derive(Deserialize)]
struct Probabilistic {
    name: String,
    returns: Vec<f64>,
    benchmark: f64,
    confidence: f64,
    probability: f64,
    least: Option<f64>,
}

#[derive(Deserialize)]
struct Ordered {
    name: String,
    scores: Vec<f64>,
    effective: usize,
}

#[derive(Deserialize)]
struct Clustered {
    name: String,
    trials: Vec<Vec<f64>>,
    groups: usize,
}

#[derive(Deserialize)]
struct Blocks {
    name: String,
    values: Vec<f64>,
    stationary: f64,
}

#[derive(Deserialize)]
struct Superior {
    name: String,
    trials: Vec<Vec<f64>>,
    block: f64,
    resamples: Vec<Vec<usize>>,
    statistic: f64,
    best: usize,
    lower: f64,
    consistent: f64,
    upper: f64,
}

#[derive(Deserialize)]
struct Signed {
    name: String,
    first: Vec<f64>,
    second: Vec<f64>,
    p_value: f64,
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

#[test]
fn probabilistic_sharpe_ratios_match_purgedcv() {
    let cases = reference().probabilistic_sharpe;
    assert!(cases.len() >= 7);
    for case in cases {
        let (moments, name) = (Moments::of(&case.returns).unwrap(), &case.name);
        let found = probabilistic_sharpe_ratio(&moments, case.benchmark).unwrap();
        close(&format!("{name}: probability"), found, case.probability);
        let least = minimum_track_record(&moments, case.benchmark, case.confidence).unwrap();
        assert_eq!(least, case.least, "{name}");
    }
}

#[test]
fn effective_numbers_of_trials_match_purgedcv_and_scipy() {
    let Reference { ordered, clustered, .. } = reference();
    assert!(ordered.len() >= 6 && clustered.len() >= 5);
    for case in ordered {
        assert_eq!(uncorrelated_trials(&case.scores).unwrap(), case.effective, "{}", case.name);
    }
    for case in clustered {
        let trials: Vec<&[f64]> = case.trials.iter().map(Vec::as_slice).collect();
        assert_eq!(clustered_trials(&trials).unwrap(), case.groups, "{}", case.name);
    }
}

#[test]
fn block_lengths_match_arch() {
    let cases = reference().block_length;
    assert!(cases.len() >= 5);
    for case in cases {
        // A block has at least one row here.
        close(&case.name, block_length(&case.values).unwrap(), case.stationary.max(1.0));
    }
}

#[test]
fn tests_for_superior_ability_match_arch() {
    let cases = reference().superior;
    assert!(cases.len() >= 5);
    for case in cases {
        let differences: Vec<&[f64]> = case.trials.iter().map(Vec::as_slice).collect();
        let resamples = Resamples::given(&case.resamples).unwrap();
        let found = superior_predictive_ability(&differences, &resamples, case.block).unwrap();
        let name = &case.name;
        close(&format!("{name}: statistic"), found.statistic, case.statistic);
        assert_eq!(found.best, case.best, "{name}");
        close(&format!("{name}: lower"), found.lower, case.lower);
        close(&format!("{name}: consistent"), found.p_value, case.consistent);
        close(&format!("{name}: upper"), found.upper, case.upper);
    }
}

#[test]
fn signed_rank_tests_match_scipy() {
    let cases = reference().signed_rank;
    assert!(cases.len() >= 3);
    for case in cases {
        close(&case.name, signed_rank::worse(&case.first, &case.second), case.p_value);
    }
}
