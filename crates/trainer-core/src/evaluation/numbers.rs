//! Figures of predicted numbers.

use crate::loss::{Loss, LossSum, class_of};
use artifact_core::schema::NumberFigures;
use data_loader::{SequenceSet, Subset, Task, Truth};
use ndarray::{ArrayView3, s};

/// What one decision row says of predicted numbers.
pub(super) struct NumberRow {
    /// Predicted and true number of each ticker that has a label; of quantiles the middle one.
    pub(super) pairs: Vec<(f64, f64)>,
    /// The correlation over tickers and that of the ranks, where there are any.
    pub(super) coefficients: Option<(f64, f64)>,
    /// The loss, summed over the pairs.
    pub(super) loss: f64,
    /// The loss of predicting 0.
    pub(super) loss_of_zero: f64,
    /// The true numbers between the outer quantiles.
    pub(super) covered: u64,
}

/// The rows at the given positions of `set`. A sample counts where it has a label; a prediction that is not finite counts as 0.
pub(super) fn rows<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    positions: &[usize],
) -> Vec<NumberRow> {
    let loss = match set.task() {
        Task::Classes => return Vec::new(),
        Task::Value => Loss::Squared,
        Task::Quantiles(levels) => Loss::Pinball(levels.clone()),
    };
    let row = |&position: &usize| {
        let (mut total, mut of_zero, mut covered) = (LossSum::default(), LossSum::default(), 0);
        let mut pairs = Vec::with_capacity(set.ticker_count());
        let (labels, values) = (set.labels_of(position), set.values_of(position)?);
        for (ticker, (&label, &value)) in labels.iter().zip(values).enumerate() {
            if class_of(label).is_none() {
                continue;
            }
            let finite = |value: &f32| if value.is_finite() { *value } else { 0.0 };
            let sample: Vec<f32> = predictions.slice(s![position, ticker, ..]).iter().map(finite).collect();
            let truth = Truth { classes: &[label], values: &[value], weights: &[] };
            total = total.plus(loss.sum(&sample, truth));
            of_zero = of_zero.plus(loss.sum(&vec![0.0_f32; sample.len()], truth));
            covered += u64::from(sample[0] <= value && value <= sample[sample.len() - 1]);
            pairs.push((f64::from(sample[sample.len() / 2]), f64::from(value)));
        }
        // Both correlations of a date exist or neither does: ranks differ exactly where numbers do.
        let coefficients = correlation(&pairs).zip(correlation(&ranks(&pairs)));
        Some(NumberRow { pairs, coefficients, loss: total.sum, loss_of_zero: of_zero.sum, covered })
    };
    positions.iter().filter_map(row).collect()
}

/// The figures of `predictions`, `(sequences, tickers, width)`; `None` where classes are predicted.
pub(super) fn figures<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
) -> Option<NumberFigures> {
    if set.task().is_classes() {
        return None;
    }
    let rows = rows(predictions, set, &(0..set.len()).collect::<Vec<_>>());
    let of_dates = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
        rows.iter().filter_map(|row| row.coefficients.as_ref().map(of)).collect()
    };
    let (dates, ranked) = (of_dates(|pair| pair.0), of_dates(|pair| pair.1));
    let (ic, icir) = mean_and_ratio(&dates);
    let (rank_ic, rank_icir) = mean_and_ratio(&ranked);
    let all: Vec<(f64, f64)> = rows.iter().flat_map(|row| row.pairs.iter().copied()).collect();
    let sum = |of: fn(&NumberRow) -> f64| rows.iter().map(of).sum::<f64>();
    let (loss, of_zero) = (sum(|row| row.loss), sum(|row| row.loss_of_zero));
    let covered = rows.iter().map(|row| row.covered).sum::<u64>();
    let samples = all.len().max(1) as f64;
    Some(NumberFigures {
        ic,
        icir,
        rank_ic,
        rank_icir,
        dates: dates.len() as u64,
        correlation: correlation(&all).unwrap_or(0.0),
        loss: loss / samples,
        skill: if of_zero > 0.0 { 1.0 - loss / of_zero } else { 0.0 },
        coverage: matches!(set.task(), Task::Quantiles(_)).then(|| covered as f64 / samples),
    })
}

/// The Pearson correlation; `None` for fewer than two pairs, or if either side does not differ.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let (&first, rest) = pairs.split_first()?;
    // In floating point the mean of equal numbers may differ from them: their variance would be rounding noise.
    if rest.iter().all(|pair| pair.0 == first.0) || rest.iter().all(|pair| pair.1 == first.1) {
        return None;
    }
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (left, right) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| {
        pairs.iter().map(|pair| of(pair.0 - left, pair.1 - right)).sum::<f64>()
    };
    let (product, squares, other) = (sum(&|a, b| a * b), sum(&|a, _| a * a), sum(&|_, b| b * b));
    let ratio = product / (squares.sqrt() * other.sqrt());
    ratio.is_finite().then(|| ratio.clamp(-1.0, 1.0))
}

/// Both sides as ranks, with the mean rank for ties.
fn ranks(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let of = |side: &dyn Fn(&(f64, f64)) -> f64| {
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by(|&a, &b| side(&pairs[a]).total_cmp(&side(&pairs[b])));
        let mut ranks = vec![0.0; pairs.len()];
        let mut first = 0;
        for tied in order.chunk_by(|&a, &b| side(&pairs[a]) == side(&pairs[b])) {
            let mean = first as f64 + (tied.len() - 1) as f64 / 2.0;
            tied.iter().for_each(|&place| ranks[place] = mean);
            first += tied.len();
        }
        ranks
    };
    of(&|pair| pair.0).into_iter().zip(of(&|pair| pair.1)).collect()
}

/// The mean, and the mean over the sample standard deviation; 0 where undefined.
fn mean_and_ratio(values: &[f64]) -> (f64, f64) {
    let Some(first) = values.first() else { return (0.0, 0.0) };
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.iter().all(|value| value == first) {
        return (mean, 0.0);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let ratio = mean / (squares / (count - 1.0)).sqrt();
    (mean, if ratio.is_finite() { ratio } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::IndexSet;
    use data_loader::{MASKED, Windows};
    use ndarray::{Array2, Array3, array};

    fn figures_of(values: &Array2<f32>, predicted: &Array3<f32>, task: Task) -> NumberFigures {
        let labels = values.mapv(|value| match value {
            value if value.is_nan() => MASKED,
            value => i8::from(value > 0.0) + 2 * i8::from(value < 0.0),
        });
        let (features, returns) = (Array2::zeros((values.nrows(), 1)), values.clone());
        let windows = Windows { seq_length: 1, time_window: 1 };
        let indices = IndexSet::from_range(0..values.nrows());
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
        figures(predicted.view(), &set.predicting(task, values.view())).unwrap()
    }

    #[test]
    fn coefficients_by_hand() {
        let values = array![[1.0, 2.0, 4.0], [3.0, f32::NAN, -1.0], [5.0, 5.0, 5.0]];
        let predicted = array![[[1.0], [2.0], [3.0]], [[-2.0], [9.0], [0.0]], [[1.0], [2.0], [3.0]]];
        let found = figures_of(&values, &predicted, Task::Value);
        // The first date: covariance 1.5 over deviations 1 and 1.5275; the second: exactly -1; the third has no IC.
        let first = 1.5 / (7.0_f64 / 3.0).sqrt();
        assert_eq!(found.dates, 2);
        assert!((found.ic - (first - 1.0) / 2.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found.rank_ic, found.rank_icir, found.coverage), (0.0, 0.0, None));
        // Squared errors 0, 0, 1, 25, 1, 16, 9, 4 against squares 1, 4, 16, 9, 1, 25, 25, 25.
        assert!(
            (found.loss - 56.0 / 8.0).abs() < 1e-12 && (found.skill - (1.0 - 56.0 / 106.0)).abs() < 1e-12
        );
    }

    #[test]
    fn ties_get_the_mean_rank() {
        let pairs = [(1.0, 0.0), (1.0, 3.0), (0.0, 3.0), (2.0, 3.0)];
        assert_eq!(ranks(&pairs), [(1.5, 0.0), (1.5, 2.0), (0.0, 2.0), (3.0, 2.0)]);
    }

    #[test]
    fn coverage_is_of_the_outer_quantiles() {
        let values = array![[1.0], [-1.0], [3.0], [f32::NAN]];
        let predicted = array![[[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]], [[0.0, 0.0, 0.0]]];
        let found = figures_of(&values, &predicted, Task::Quantiles(vec![0.1, 0.5, 0.9]));
        assert_eq!(found.coverage, Some(2.0 / 3.0));
        assert_eq!(found.dates, 0, "a single ticker has no cross-section");
        assert!(found.correlation > 0.0);
    }
}
