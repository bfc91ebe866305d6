//! The folder by which the peers get the cases of a run: `bench/peers/quality.py` describes it.

use super::super::npy;
use super::cases::{Stocks, answers};
use super::rank::{Case, RankScores, rank_scores};
use anyhow::{Context as _, ensure};
use artifact_core::schema::SplitPlan;
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// The values of the test cases, in units of the training labels' standard deviation, and their decision rows. No peer
/// reads them.
const VALUES: &str = "answers_y.npy";
const ROWS: &str = "answers_row.npy";

/// How many cases each part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    train: usize,
    validation: usize,
    test: usize,
    /// The number of columns.
    features: usize,
}

/// Writes the arrays into a folder, which is made if need be: of each case the features of its decision row, as a window
/// of one row.
///
/// # Errors
///
/// If windows are scaled by their own values, or a file cannot be written.
pub(super) fn write(
    stocks: &Stocks,
    split: &SplitPlan,
    seeds: &[u64],
    folder: &Path,
) -> anyhow::Result<Counts> {
    ensure!(
        !stocks.scales_windows(),
        "the run scales windows by their own values, but the peers see one row; set scaler.kind = \"standard\""
    );
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut counts = Counts { train: 0, validation: 0, test: 0, features: 0 };
    let parts = [
        ("train", &split.train, &mut counts.train),
        ("validation", &split.validation, &mut counts.validation),
        ("test", &split.test, &mut counts.test),
    ];
    for (name, sequences, count) in parts {
        let cases = stocks.cases(sequences);
        let path = |array: &str| folder.join(format!("{name}_{array}.npy"));
        *count = cases.samples().len();
        counts.features = cases.feature_count();
        let decisions = (0..*count).flat_map(|sample| {
            let window = cases.unscaled_window(sample);
            &window[window.len() - cases.feature_count()..]
        });
        npy::write_f32(&path("x"), &[*count, 1, counts.features], decisions)?;
        let values = answers(&cases).map(|(_, value)| value);
        if name == "test" {
            npy::write_f32(&folder.join(VALUES), &[*count], values)?;
            npy::write_i64(&folder.join(ROWS), &[*count], answers(&cases).map(|(row, _)| row as i64))?;
        } else {
            npy::write_f32(&path("y"), &[*count], values)?;
            npy::write_f32(&path("w"), &[*count], std::iter::repeat_n(1.0f32, *count))?;
        }
    }
    let meta = folder.join("meta.json");
    std::fs::write(&meta, json!({ "task": "value", "seeds": seeds }).to_string())
        .with_context(|| format!("cannot write {}", meta.display()))?;
    Ok(counts)
}

/// The scores of a peer's predictions of the test cases in a folder that [`write()`] wrote.
///
/// # Errors
///
/// If a file cannot be read, or there is not one prediction per test case, or one is not finite.
pub(super) fn score(folder: &Path, predictions: &Path) -> anyhow::Result<RankScores> {
    let (_, rows) = npy::read_i64(&folder.join(ROWS))?;
    let (expected, values) = npy::read_f32(&folder.join(VALUES))?;
    let (shape, predicted) = npy::read_f32(predictions)?;
    ensure!(shape == expected, "{} has the shape {shape:?}, not {expected:?}", predictions.display());
    let cases = rows.into_iter().zip(values).zip(predicted).map(|((row, value), predicted)| {
        anyhow::Ok(Case { row: row.try_into()?, predicted: predicted.into(), value: value.into() })
    });
    rank_scores(&cases.collect::<Result<Vec<_>, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::super::cases::tests::{LISTED, close, stocks};
    use super::*;

    #[test]
    fn the_arrays_hold_the_decision_rows_of_each_case() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (stocks, split) = stocks()?;
        let counts = write(&stocks, &split, &[3, 4], folder.path())?;
        // Training has rows 0 to 35: the third ticker has a label on those up to 32, the last one on those from 20 on.
        assert_eq!(counts, Counts { train: 36 + 36 + 33 + 16, validation: 8 * 4 - 2, test: 40, features: 1 });
        let (shape, x) = npy::read_f32(&folder.path().join("train_x.npy"))?;
        assert_eq!(shape, [counts.train, 1, 1]);
        // Scaled alike over all tickers: the closes up to a shift and a factor. The rows before the last ticker's first one
        // have three each.
        let place = 3 * LISTED;
        let [base, other] = [(0, 0), (1, 0)].map(|(ticker, row)| close(ticker, row).unwrap_or(f64::NAN));
        for (ticker, value) in x[place..place + 4].iter().enumerate() {
            let scaled = f64::from(value - x[0]) / f64::from(x[1] - x[0]);
            let expected = (close(ticker, LISTED).unwrap_or(f64::NAN) - base) / (other - base);
            assert!((scaled - expected).abs() < 1e-4, "ticker {ticker}: {scaled}, not {expected}");
        }
        for (name, count) in
            [("train_y", counts.train), ("train_w", counts.train), ("validation_y", counts.validation)]
        {
            let (shape, values) = npy::read_f32(&folder.path().join(format!("{name}.npy")))?;
            assert!(shape == [count] && values.iter().all(|value| value.is_finite()), "{name}");
        }
        let meta: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("meta.json"))?)?;
        assert_eq!(meta, json!({ "task": "value", "seeds": [3, 4] }));
        Ok(())
    }

    #[test]
    fn the_answers_score_1() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (stocks, split) = stocks()?;
        write(&stocks, &split, &[1], folder.path())?;
        let found = score(folder.path(), &folder.path().join(VALUES))?;
        assert_eq!((found.cases, found.dates), (40, 10));
        assert!((found.ic - 1.0).abs() < 1e-9 && (found.rank_ic - 1.0).abs() < 1e-9, "{found:?}");
        assert!(score(folder.path(), &folder.path().join("train_y.npy")).is_err(), "another shape");
        Ok(())
    }
}
