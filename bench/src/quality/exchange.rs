//! The folder by which the peers get their data: `bench/peers/quality.py` describes it.

use super::npy;
use super::panels::{Panel, THRESHOLD, Ticker};
use super::scores::{Case, class_scores, highest_mcc};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::ops::{Range, RangeInclusive};
use std::path::Path;

/// The rows of a window.
const WINDOW: usize = 40;
/// Log return, log(high / low), log(open / previous close) and the change of the log volume.
const FEATURES: usize = 4;

/// The rows that the features of a last row look back.
const SPANS: [usize; 3] = [5, 10, 20];
/// For each span: log return, log volume less its mean, and mean log(high / low).
const LAST: usize = 3 * SPANS.len();

/// The factors by which the most probable class is decided for.
pub(crate) const MOST_PROBABLE: [f64; 3] = [1.0; 3];

/// The cases of one part of the split: ticker and row, ordered by row, then ticker.
type Cases = Vec<(usize, usize)>;

/// The first rows of training, validation and test, and the row after the last one of test: 60 %, 20 % and 20 % of the
/// rows that have a full window and a label.
pub(super) fn bounds(rows: usize) -> [usize; 4] {
    let (first, end) = (WINDOW, rows.saturating_sub(1));
    let usable = end.saturating_sub(first);
    [first, first + usable * 6 / 10, first + usable * 8 / 10, end]
}

/// The settings of a run with the same labels, and the same first rows of validation and test.
pub(crate) fn settings(panel: &Panel) -> Value {
    let rows = panel.dates.len();
    let [_, validation, test, _] = bounds(rows).map(|row| row as f64);
    // Half a row more: both boundaries are rounded down.
    json!({
        "threshold": THRESHOLD,
        "train_test_split_ratio": (test + 0.5) / rows as f64,
        "validation_ratio": 1.0 - (validation + 0.5) / test,
    })
}

/// The cases of training, validation and test.
///
/// The last row of a part is left out: the label of that row is known only in the next one.
fn split(panel: &Panel) -> [Cases; 3] {
    let bounds = bounds(panel.dates.len());
    let part = |from: usize, to: usize| {
        let rows = from..to.max(from + 1) - 1;
        rows.flat_map(|row| (0..panel.tickers.len()).map(move |ticker| (ticker, row))).collect()
    };
    [part(bounds[0], bounds[1]), part(bounds[1], bounds[2]), part(bounds[2], bounds[3] + 1)]
}

/// The features of one row from 1 on.
fn features(ticker: &Ticker, row: usize) -> [f64; FEATURES] {
    let bars = &ticker.bars;
    [
        libm::log(bars.close[row] / bars.close[row - 1]),
        libm::log(bars.high[row] / bars.low[row]),
        libm::log(bars.open[row] / bars.close[row - 1]),
        libm::log(bars.volume[row] / bars.volume[row - 1]),
    ]
}

/// The features of a last row, from row 20 on. Someone who gives tables to a model would add the like: a tree cannot
/// sum lags by itself.
fn last_features(ticker: &Ticker, row: usize) -> [f64; LAST] {
    let bars = &ticker.bars;
    let mean = |rows: usize, value: &dyn Fn(usize) -> f64| {
        (row + 1 - rows..=row).map(value).sum::<f64>() / rows as f64
    };
    let volume = |row: usize| libm::log(bars.volume[row]);
    std::array::from_fn(|place| {
        let rows = SPANS[place / 3];
        match place % 3 {
            0 => libm::log(bars.close[row] / bars.close[row - rows]),
            1 => volume(row) - mean(rows, &volume),
            _ => mean(rows, &|row| libm::log(bars.high[row] / bars.low[row])),
        }
    })
}

/// Writes the arrays of a panel into a folder, which is made if need be.
///
/// Features are pooled over the tickers and scaled to mean 0 and standard deviation 1 over the rows before the end of
/// training.
///
/// # Errors
///
/// If the panel has fewer than 60 rows, or a file cannot be written.
pub(crate) fn write(panel: &Panel, seeds: &[u64], folder: &Path) -> anyhow::Result<()> {
    let rows = panel.dates.len();
    ensure!(rows >= 60, "the panel has {rows} rows; windows of {WINDOW} and a split need 60 or more");
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let [train, validation, test] = split(panel);
    let last = train.last().map_or(WINDOW, |&(_, row)| row);
    let row_scales = scales(panel, 1..=last, features);
    let last_scales = scales(panel, WINDOW..=last, last_features);
    for (name, cases) in [("train", &train), ("validation", &validation), ("test", &test)] {
        let path = |array: &str| folder.join(format!("{name}_{array}.npy"));
        let shape = [cases.len(), WINDOW, FEATURES];
        npy::write_f32(&path("x"), &shape, windows(panel, cases, &row_scales))?;
        let each = cases.iter().map(|&(ticker, row)| (&panel.tickers[ticker], row));
        let lasts = each.clone().flat_map(|(ticker, row)| scaled(last_features(ticker, row), &last_scales));
        npy::write_f32(&path("last"), &[cases.len(), LAST], lasts)?;
        if name == "test" {
            continue;
        }
        let labels = each.filter_map(|(ticker, row)| Some(ticker.label(row)? as i64));
        npy::write_i64(&path("y"), &shape[..1], labels)?;
        npy::write_f32(&path("w"), &shape[..1], std::iter::repeat_n(1.0f32, cases.len()))?;
    }
    let meta = json!({ "task": "classes", "classes": 3, "seeds": seeds, "threshold": THRESHOLD });
    std::fs::write(folder.join("meta.json"), meta.to_string())
        .with_context(|| format!("cannot write {}", folder.join("meta.json").display()))
}

/// The mean and the standard deviation of each feature over some rows of all tickers.
fn scales<const N: usize>(
    panel: &Panel,
    rows: RangeInclusive<usize>,
    features: impl Fn(&Ticker, usize) -> [f64; N],
) -> [(f64, f64); N] {
    let features = &features;
    let known: Vec<[f64; N]> =
        panel.tickers.iter().flat_map(|ticker| rows.clone().map(move |row| features(ticker, row))).collect();
    std::array::from_fn(|column| moments(known.iter().map(move |row| row[column])))
}

/// Values with their means subtracted, over their standard deviations.
fn scaled<const N: usize>(values: [f64; N], scales: &[(f64, f64); N]) -> [f32; N] {
    std::array::from_fn(|column| ((values[column] - scales[column].0) / scales[column].1) as f32)
}

/// The scaled features of the rows of each case's window, in order.
fn windows(panel: &Panel, cases: &Cases, scales: &[(f64, f64); FEATURES]) -> impl Iterator<Item = f32> {
    let rows = cases.iter().flat_map(|&(ticker, row)| (row + 1 - WINDOW..=row).map(move |row| (ticker, row)));
    rows.flat_map(|(ticker, row)| scaled(features(&panel.tickers[ticker], row), scales))
}

/// The mean and the standard deviation, 1 if that is 0.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / f64::max(count, 1.0);
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    let sd = (squares / f64::max(count, 1.0)).sqrt();
    (mean, if sd > 0.0 { sd } else { 1.0 })
}

/// The test cases of a panel, each with the prediction that `predict` makes of its number, its ticker and its row.
fn test_cases<P>(panel: &Panel, predict: impl Fn(usize, &Ticker, usize) -> P) -> Vec<Case<P>> {
    let [.., test] = split(panel);
    let case = |(number, &(ticker, row)): (usize, &(usize, usize))| {
        let ticker = &panel.tickers[ticker];
        let (truth, label) = (ticker.truth.get(row).copied(), ticker.label(row)?);
        Some(Case { truth, label, predicted: predict(number, ticker, row) })
    };
    test.iter().enumerate().filter_map(case).collect()
}

/// The scores of the Bayes classifier on the test rows; null where the truth is not known.
pub(crate) fn bayes(panel: &Panel) -> Value {
    if panel.tickers.iter().any(|ticker| ticker.truth.is_empty()) {
        return Value::Null;
    }
    let cases = test_cases(panel, |_, ticker, row| ticker.truth[row].probabilities);
    let truths: Vec<_> = cases.iter().filter_map(|case| case.truth).collect();
    json!({ "scores": class_scores(&cases, MOST_PROBABLE), "highest_mcc": highest_mcc(&truths) })
}

/// The rows of the test cases.
pub(crate) fn test_rows(panel: &Panel) -> Range<usize> {
    let [.., first, end] = bounds(panel.dates.len());
    first..end
}

/// The scores of class probabilities, one for each test row and ticker, ordered by row, then ticker. `factors` are those of
/// the decision, see [`class_scores`].
pub(crate) fn score_classes(
    panel: &Panel,
    probabilities: &[[f64; 3]],
    factors: [f64; 3],
) -> anyhow::Result<Value> {
    let cases = test_cases(panel, |_, _, _| ()).len();
    ensure!(probabilities.len() == cases, "{} predictions, but {cases} test cases", probabilities.len());
    Ok(serde_json::to_value(class_scores(&test_cases(panel, |number, _, _| probabilities[number]), factors))?)
}

/// The scores of a peer's predictions.
///
/// # Errors
///
/// If the file cannot be read, or its shape is not that of the test cases.
pub(crate) fn score(panel: &Panel, path: &Path) -> anyhow::Result<Value> {
    let (shape, values) = npy::read_f32(path)?;
    let expected = [test_cases(panel, |_, _, _| ()).len(), 3];
    ensure!(shape == expected, "{} has the shape {shape:?}, not {expected:?}", path.display());
    let row =
        |number: usize, _: &Ticker, _: usize| [0, 1, 2].map(|class| f64::from(values[3 * number + class]));
    Ok(serde_json::to_value(class_scores(&test_cases(panel, row), MOST_PROBABLE))?)
}

#[cfg(test)]
mod tests {
    use super::super::panels::Kind;
    use super::*;

    #[test]
    fn parts_follow_each_other_and_share_no_label() {
        let panel = Kind::Order.generate((2, 141), 1);
        let [train, validation, test] = split(&panel);
        let ends =
            |part: &Cases| part.first().zip(part.last()).map(|(&(_, first), &(_, last))| (first, last));
        // 100 rows have a window and a label: 40 to 139. The label of row r is known in row r + 1.
        assert_eq!(ends(&train), Some((40, 98)));
        assert_eq!(ends(&validation), Some((100, 118)));
        assert_eq!(ends(&test), Some((120, 139)));
        assert_eq!([train.len(), validation.len(), test.len()], [118, 38, 40]);
    }

    #[test]
    fn a_run_has_the_boundaries_of_the_peers() {
        for rows in 60..2500 {
            let panel = Panel { dates: vec![String::new(); rows], tickers: Vec::new() };
            let settings = settings(&panel);
            let number = |name: &str| settings[name].as_f64().unwrap_or(f64::NAN);
            // As `data_loader::splits::calendar` rounds.
            let test = (rows as f64 * number("train_test_split_ratio")).floor();
            let validation = (test * (1.0 - number("validation_ratio"))).floor();
            let [_, own_validation, own_test, _] = bounds(rows);
            assert_eq!((validation as usize, test as usize), (own_validation, own_test), "{rows} rows");
        }
    }

    #[test]
    fn the_arrays_hold_scaled_windows_and_their_labels() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let panel = Kind::Regime.generate((3, 400), 2);
        write(&panel, &[1, 2], folder.path())?;
        let (shape, x) = npy::read_f32(&folder.path().join("train_x.npy"))?;
        let [train, ..] = split(&panel);
        assert_eq!(shape, [train.len(), WINDOW, FEATURES]);
        for column in 0..FEATURES {
            let (mean, sd) = moments(x.iter().skip(column).step_by(FEATURES).map(|&value| f64::from(value)));
            assert!(mean.abs() < 0.2 && (sd - 1.0).abs() < 0.2, "column {column}: {mean} {sd}");
        }
        let (shape, last) = npy::read_f32(&folder.path().join("train_last.npy"))?;
        assert_eq!(shape, [train.len(), LAST]);
        let (mean, sd) = moments(last.iter().map(|&value| f64::from(value)));
        assert!(mean.abs() < 0.01 && (sd - 1.0).abs() < 0.01, "{mean} {sd}");
        let (_, y) = npy::read_i64(&folder.path().join("train_y.npy"))?;
        // In the same case order, the last row of a window is the row whose next return is the label.
        let (ticker, row) = train[7];
        let last = f64::from(x[(7 * WINDOW + WINDOW - 1) * FEATURES]);
        let before = f64::from(x[(4 * WINDOW + WINDOW - 1) * FEATURES]);
        let returns = [row, row - 1].map(|row| features(&panel.tickers[ticker], row)[0]);
        assert!(((last - before) / (returns[0] - returns[1]) * SD_OF_RETURNS - 1.0).abs() < 0.1);
        let labels = train.iter().filter_map(|&(ticker, row)| Some(panel.tickers[ticker].label(row)? as i64));
        assert!(labels.eq(y) && panel.tickers[ticker].label(row).is_some());
        let meta: Value = serde_json::from_slice(&std::fs::read(folder.path().join("meta.json"))?)?;
        assert_eq!((&meta["task"], &meta["seeds"]), (&json!("classes"), &json!([1, 2])));
        Ok(())
    }

    const SD_OF_RETURNS: f64 = 0.012;

    #[test]
    fn predictions_of_the_truth_reach_the_bayes_scores() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("p.npy");
        let panel = Kind::Interaction.generate((3, 300), 2);
        let cases = test_cases(&panel, |_, ticker, row| ticker.truth[row].probabilities);
        let values: Vec<f32> = cases.iter().flat_map(|case| case.predicted.map(|p| p as f32)).collect();
        npy::write_f32(&path, &[cases.len(), 3], &values)?;
        let (own, best) = (score(&panel, &path)?, bayes(&panel));
        assert_eq!(own["mcc"], best["scores"]["mcc"]);
        assert_eq!(own["expected_mcc"], best["scores"]["expected_mcc"]);
        npy::write_f32(&path, &[cases.len()], cases.iter().map(|_| 0.5f32))?;
        assert!(score(&panel, &path).is_err(), "another shape");
        let given: Vec<[f64; 3]> =
            cases.iter().map(|case| case.predicted.map(|p| f64::from(p as f32))).collect();
        assert_eq!(score_classes(&panel, &given, MOST_PROBABLE)?, own);
        assert!(score_classes(&panel, &given[1..], MOST_PROBABLE).is_err(), "one is missing");
        let tickers = panel.tickers.iter().map(|own| Ticker { truth: Vec::new(), ..own.clone() }).collect();
        let unknown = Panel { tickers, ..panel.clone() };
        assert_eq!(bayes(&unknown), Value::Null);
        let realised = score_classes(&unknown, &given, MOST_PROBABLE)?;
        assert_eq!((&realised["mcc"], &realised["expected_mcc"]), (&own["mcc"], &Value::Null));
        Ok(())
    }
}
