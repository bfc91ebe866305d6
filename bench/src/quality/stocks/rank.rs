//! How well predictions rank the tickers of a date.

use anyhow::ensure;
use serde::Serialize;

/// A ticker on a row: what was predicted, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Case {
    pub(super) row: usize,
    pub(super) predicted: f64,
    pub(super) value: f64,
}

/// The information coefficients of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct RankScores {
    /// The number of cases.
    pub(super) cases: usize,
    /// The number of dates that have coefficients: those with two or more tickers of which neither all predictions nor
    /// all values are equal.
    pub(super) dates: usize,
    /// The mean over these dates of the Pearson correlation of prediction and value over the tickers; 0 without any.
    pub(super) ic: f64,
    /// The mean of Spearman's, in which equal numbers have the mean of their ranks.
    pub(super) rank_ic: f64,
}

/// Scores cases that are ordered by row.
///
/// # Errors
///
/// If rows descend, or a number is not finite.
pub(super) fn rank_scores(cases: &[Case]) -> anyhow::Result<RankScores> {
    ensure!(cases.is_sorted_by_key(|case| case.row), "the cases are not ordered by row");
    if let Some(case) = cases.iter().find(|case| !(case.predicted.is_finite() && case.value.is_finite())) {
        anyhow::bail!("{} is predicted for {} on row {}", case.predicted, case.value, case.row);
    }
    let (mut dates, mut ic, mut rank_ic) = (0, 0.0, 0.0);
    for date in cases.chunk_by(|left, right| left.row == right.row) {
        let predicted: Vec<f64> = date.iter().map(|case| case.predicted).collect();
        let values: Vec<f64> = date.iter().map(|case| case.value).collect();
        if let Some((own, rank)) =
            correlation(&predicted, &values).zip(correlation(&ranks(&predicted), &ranks(&values)))
        {
            dates += 1;
            ic += own;
            rank_ic += rank;
        }
    }
    let mean = |sum: f64| if dates > 0 { sum / dates as f64 } else { 0.0 };
    Ok(RankScores { cases: cases.len(), dates, ic: mean(ic), rank_ic: mean(rank_ic) })
}

/// The Pearson correlation of as many numbers; `None` if there are fewer than two, or all of one side are equal.
fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    // The mean of equal numbers may differ from them by rounding, and then so does their variance from 0.
    let constant = |values: &[f64]| values.iter().all(|value| Some(value) == values.first());
    if constant(left) || constant(right) {
        return None;
    }
    let count = left.len() as f64;
    let (mean_left, mean_right) = (left.iter().sum::<f64>() / count, right.iter().sum::<f64>() / count);
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in left.iter().zip(right) {
        let (x, y) = (x - mean_left, y - mean_right);
        both += x * y;
        own += x * x;
        other += y * y;
    }
    let found = both / (own.sqrt() * other.sqrt());
    found.is_finite().then_some(found)
}

/// The rank of each number from 0; equal ones have the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&left, &right| values[left].total_cmp(&values[right]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&left, &right| values[left] == values[right]) {
        let mean = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|&place| ranks[place] = mean);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(given: &[(usize, f64, f64)]) -> Vec<Case> {
        given.iter().map(|&(row, predicted, value)| Case { row, predicted, value }).collect()
    }

    #[test]
    fn coefficients_are_those_worked_out_by_hand() -> anyhow::Result<()> {
        // Row 1: deviations (-1.5, -0.5, 0.5, 1.5) and (-2, -1, 4, -1) give 4 / sqrt(5 * 22); of the values, two are tied
        // at ranks 1 and 2, so deviations of ranks are (-1.5, 0, 1.5, 0): 3 / sqrt(5 * 4.5).
        // Row 2 lacks two tickers: exactly -1. Row 3 has one ticker, row 4 equal predictions: neither has a coefficient.
        let given = [
            (1, 1.0, 0.0),
            (1, 2.0, 1.0),
            (1, 3.0, 6.0),
            (1, 4.0, 1.0),
            (2, 0.5, 2.0),
            (2, 0.25, 3.0),
            (3, 1.0, 1.0),
            (4, 0.1, 1.0),
            (4, 0.1, 2.0),
            (4, 0.1, 4.0),
        ];
        let found = rank_scores(&cases(&given))?;
        assert_eq!((found.cases, found.dates), (10, 2));
        assert!((found.ic - (4.0 / 110f64.sqrt() - 1.0) / 2.0).abs() < 1e-12, "{found:?}");
        assert!((found.rank_ic - (3.0 / 22.5f64.sqrt() - 1.0) / 2.0).abs() < 1e-12, "{found:?}");
        let none = rank_scores(&cases(&given[6..]))?;
        assert_eq!((none.cases, none.dates, none.ic, none.rank_ic), (4, 0, 0.0, 0.0));
        Ok(())
    }

    #[test]
    fn equal_numbers_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 3.0, 0.0, -0.0]), [4.0, 2.0, 4.0, 4.0, 0.5, 0.5]);
    }

    #[test]
    fn unordered_and_unusable_cases_are_refused() {
        assert!(rank_scores(&cases(&[(2, 0.0, 1.0), (1, 1.0, 0.0)])).is_err());
        assert!(rank_scores(&cases(&[(1, f64::NAN, 1.0), (1, 1.0, 0.0)])).is_err());
    }
}
