//! The figures agree with scikit-learn and quantstats to within 1e-9: `parity/make_reference.py` runs them and writes
//! `parity/figures.json`.

use artifact_core::IndexSet;
use data_loader::{Market, Panel, SequenceSet, Windows};
use ndarray::{Array2, Array3};
use serde::Deserialize;
use trainer_core::{Costs, Scoring, buy_and_hold, calibration, evaluate};

#[derive(Deserialize)]
struct Reference {
    predictions: Vec<Predicted>,
    held: Vec<Held>,
}

#[derive(Deserialize)]
struct Predicted {
    name: String,
    labels: Vec<Vec<i8>>,
    probabilities: Vec<Vec<[f32; 3]>>,
    mcc: f64,
    mcc_pooled: f64,
    accuracy: f64,
    balanced_accuracy: f64,
    macro_f1: f64,
    /// Absent where a probability is 0, which each treats in its own way.
    log_loss: Option<f64>,
    /// By class.
    calibration: [Bins; 3],
}

#[derive(Deserialize)]
struct Bins {
    frequency: Vec<f64>,
    mean: Vec<f64>,
    samples: Vec<u64>,
}

#[derive(Deserialize)]
struct Held {
    name: String,
    prices: Vec<Vec<f64>>,
    sharpe: f64,
    max_drawdown: f64,
    volatility: f64,
    mean: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("parity/figures.json")).unwrap()
}

#[track_caller]
fn agree(case: &str, name: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{case}: {name} {found}, expected {expected}");
}

#[test]
fn figures_of_predictions_are_those_of_scikit_learn() {
    for case in reference().predictions {
        let (rows, tickers) = (case.labels.len(), case.labels[0].len());
        let labels = Array2::from_shape_fn((rows, tickers), |(row, ticker)| case.labels[row][ticker]);
        let values = Array3::from_shape_fn((rows, tickers, 3), |(row, ticker, class)| {
            case.probabilities[row][ticker][class]
        });
        let (features, returns) = (Array2::zeros((rows, 1)), Array2::zeros((rows, tickers)));
        let indices = IndexSet::from_range(0..rows);
        let windows = Windows { seq_length: 1, time_window: 1 };
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
        let found = evaluate(values.view(), &set, &Scoring::plain(Costs::FREE));
        for (name, found, expected) in [
            ("mcc", found.mcc.unwrap(), case.mcc),
            ("mcc_pooled", found.mcc_pooled, case.mcc_pooled),
            ("accuracy", found.accuracy, case.accuracy),
            ("balanced_accuracy", found.balanced_accuracy, case.balanced_accuracy),
            ("macro_f1", found.macro_f1, case.macro_f1),
            ("log_loss", found.log_loss, case.log_loss.unwrap_or(found.log_loss)),
        ] {
            agree(&case.name, name, found, expected);
        }
        let found = calibration(values.view(), &set).unwrap();
        for (class, expected) in case.calibration.iter().enumerate() {
            let bins: Vec<_> = found.bins.iter().filter(|bin| bin.class == class).collect();
            assert_eq!(
                bins.iter().map(|bin| bin.samples).collect::<Vec<_>>(),
                expected.samples,
                "{}",
                case.name
            );
            for (place, bin) in bins.iter().enumerate() {
                agree(&case.name, "frequency", bin.frequency, expected.frequency[place]);
                agree(&case.name, "probability", bin.probability, expected.mean[place]);
            }
        }
    }
}

#[test]
fn figures_of_returns_are_those_of_quantstats() {
    for case in reference().held {
        let (rows, tickers) = (case.prices.len(), case.prices[0].len());
        let values = Array3::from_shape_fn((rows, tickers, 5), |(row, ticker, _)| case.prices[row][ticker]);
        let names = (0..tickers).map(|ticker| format!("T{ticker}")).collect();
        let dates = chrono::NaiveDate::default().iter_days().take(rows).collect();
        let panel = Panel::new(names, dates, values).unwrap();
        let all: Vec<usize> = (1..rows).collect();
        let (_, found) = buy_and_hold(&Market::of(&panel), &all, Costs::FREE).unwrap();
        for (name, found, expected) in [
            ("sharpe", found.sharpe.unwrap(), case.sharpe),
            ("max_drawdown", found.max_drawdown, case.max_drawdown),
            ("volatility", found.volatility, case.volatility),
            ("mean_return", found.mean_return, case.mean),
        ] {
            agree(&case.name, name, found, expected);
        }
    }
}
