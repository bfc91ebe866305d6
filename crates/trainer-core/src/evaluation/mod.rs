//! Metrics of predictions.

mod classification;
mod daily;
mod numbers;
mod trading;

use crate::decision::Decision;
use crate::loss::class_of;
use artifact_core::schema::{CLASSES, Evaluation};
use classification::Confusion;
pub use daily::daily_returns;
use data_loader::{SequenceSet, Subset, Task};
use ndarray::{Array3, ArrayView3, s};

/// The floor of probabilities in the log loss, which would be infinite at 0: the resolution of `f32` at 1.
const LEAST_PROBABILITY: f64 = f32::EPSILON as f64;

/// A model's prediction for one sample.
#[derive(Debug, Clone, Copy)]
struct Prediction {
    /// The predicted class.
    class: usize,
    /// The probability of each class.
    probabilities: [f64; CLASSES],
}

impl Prediction {
    fn of(probabilities: [f64; CLASSES], decision: &Decision) -> Self {
        Self { class: decision.class(&probabilities), probabilities }
    }
}

/// Evaluates `predictions`, `(sequences, tickers, width)` in sequence order, against the labels and returns of `set`.
/// `decision` says which class follows from probabilities.
///
/// Every figure is finite. The log loss raises probabilities below 2^-23 to 2^-23. A return counts where the sample's
/// label is valid and the return is finite. `cost_bps` is at least 0; a non-finite one counts as 0. Where numbers are
/// predicted, their signs are the classes, and [`NumberFigures`](artifact_core::schema::NumberFigures) are added.
///
/// # Panics
///
/// When `set` has a different number of sequences or tickers, or another task.
pub fn evaluate<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    decision: &Decision,
    cost_bps: f64,
) -> Evaluation {
    assert_eq!(
        predictions.dim(),
        (set.len(), set.ticker_count(), set.task().width()),
        "expected one prediction per sequence and ticker"
    );
    let evaluation = score(&predictor(predictions, set.task(), decision), set, cost_bps);
    Evaluation { numbers: numbers::figures(predictions, set), ..evaluation }
}

/// The predictions, by (position, ticker).
fn predictor<'a>(
    predictions: ArrayView3<'a, f32>,
    task: &'a Task,
    decision: &'a Decision,
) -> impl Fn(usize, usize) -> Prediction + 'a {
    move |position, ticker| {
        let sample = predictions.slice(s![position, ticker, ..]);
        match task {
            Task::Classes => Prediction::of(std::array::from_fn(|class| f64::from(sample[class])), decision),
            Task::Value | Task::Quantiles(_) => {
                let class = task.class_of(&sample.to_vec());
                Prediction { class, probabilities: [1.0; CLASSES] }
            }
        }
    }
}

/// Evaluates a model that always predicts the most frequent class of `training_counts`, the lowest code in a tie.
///
/// Its probabilities are the training frequencies; without any training label, all classes are equally probable. Where
/// numbers are predicted, it always predicts the most frequent sign, and 0.
pub fn majority_evaluation<P: Subset>(
    training_counts: [u64; CLASSES],
    set: &SequenceSet<'_, P>,
    cost_bps: f64,
) -> Evaluation {
    let total: f64 = training_counts.iter().map(|&count| count as f64).sum();
    let share = |count: u64| {
        if total > 0.0 { count as f64 / total } else { 1.0 / CLASSES as f64 }
    };
    let mut prediction = Prediction::of(training_counts.map(share), &Decision::MOST_PROBABLE);
    if set.task().is_classes() {
        return score(&|_, _| prediction, set, cost_bps);
    }
    prediction.probabilities = [1.0; CLASSES];
    let zero = Array3::zeros((set.len(), set.ticker_count(), set.task().width()));
    Evaluation { numbers: numbers::figures(zero.view(), set), ..score(&|_, _| prediction, set, cost_bps) }
}

/// `ln p`, finite even where `p` is not a probability: NaN counts as the least one.
pub(crate) fn log_probability(p: f64) -> f64 {
    let p = if p.is_nan() { LEAST_PROBABILITY } else { p };
    // `libm` gives the same bits on every platform, which the standard library does not promise.
    libm::log(p.clamp(LEAST_PROBABILITY, 1.0))
}

/// Evaluates the predictions of `predict`, by (position, ticker).
fn score<P: Subset>(
    predict: &dyn Fn(usize, usize) -> Prediction,
    set: &SequenceSet<'_, P>,
    cost_bps: f64,
) -> Evaluation {
    let mut confusion = Confusion::default();
    let mut log_loss = 0.0;
    for position in 0..set.len() {
        for (ticker, &label) in set.labels_of(position).iter().enumerate() {
            let Some(truth) = class_of(label) else { continue };
            let prediction = predict(position, ticker);
            confusion.add(truth, prediction.class);
            log_loss -= log_probability(prediction.probabilities[truth]);
        }
    }
    let samples = confusion.samples();
    let cost_bps = if cost_bps.is_finite() { cost_bps } else { 0.0 };
    Evaluation {
        samples,
        confusion: confusion.counts(),
        accuracy: confusion.accuracy(),
        majority_accuracy: confusion.majority_accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        mcc: confusion.mcc(),
        macro_f1: confusion.macro_f1(),
        log_loss: if samples == 0 { 0.0 } else { log_loss / samples as f64 },
        numbers: None,
        trading: trading::figures(&|position, ticker| predict(position, ticker).class, set, cost_bps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::IndexSet;
    use data_loader::Windows;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_lowest_code_and_masked_samples_drop_out() {
        let labels = array![[0, -1], [2, 1]];
        let (features, returns) = (Array2::zeros((2, 1)), Array2::from_elem((2, 2), f32::NAN));
        let set = sequences(&features, &labels, &returns, 1);
        let third = 1.0 / 3.0;
        let probabilities =
            array![[[third, third, third], [0.0, 1.0, 0.0]], [[0.2, 0.4, 0.4], [0.0, 0.0, 1.0]]];
        let found = evaluate(probabilities.view(), &set, &Decision::MOST_PROBABLE, 0.0);
        assert_eq!(found.samples, 3);
        assert_eq!(found.confusion, [[1, 0, 0], [0, 0, 1], [0, 1, 0]]);
        assert_eq!(found.trading, None);
        let expected = (3.0f64.ln() - 0.4f64.ln() - LEAST_PROBABILITY.ln()) / 3.0;
        assert!((found.log_loss - expected).abs() < 1e-7, "{}", found.log_loss);
    }

    #[test]
    fn the_majority_class_comes_from_training() {
        let labels = array![[0], [2], [2], [-1]];
        let (features, returns) = (Array2::zeros((4, 1)), array![[0.0], [-0.1], [0.1], [0.0]]);
        let set = sequences(&features, &labels, &returns, 1);
        let found = majority_evaluation([1, 1, 2], &set, 0.0);
        assert_eq!(found.confusion, [[0, 0, 1], [0, 0, 0], [0, 0, 2]]);
        assert_eq!((found.mcc, found.accuracy), (0.0, 2.0 / 3.0));
        assert!((found.log_loss - (4.0f64.ln() + 2.0 * 2.0f64.ln()) / 3.0).abs() < 1e-12);
        assert_eq!(found.trading.map(|t| t.hit_rate), Some(1.0 / 3.0));
        assert_eq!(majority_evaluation([0; 3], &set, 0.0).confusion[2], [2, 0, 0]);
    }

    /// Sequences of length 1 over all rows.
    fn sequences<'a>(
        features: &'a Array2<f32>,
        labels: &'a Array2<i8>,
        returns: &'a Array2<f32>,
        time_window: usize,
    ) -> SequenceSet<'a> {
        let indices = IndexSet::from_range(0..labels.nrows());
        SequenceSet::new(
            features.view(),
            labels.view(),
            returns.view(),
            &indices,
            Windows { seq_length: 1, time_window },
        )
    }

    /// Ordinary and invalid numbers.
    fn number() -> impl Strategy<Value = f32> {
        prop_oneof![4 => -1.0f32..1.0, 1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::MAX, -1.0, 0.0])]
    }

    proptest! {
        #[test]
        fn every_figure_is_finite_and_in_range(
            samples in prop::collection::vec((-1i8..3, number(), [number(), number(), number()]), 0..40),
            time_window in 1usize..5,
            cost in prop_oneof![0.0..100.0, Just(f64::NAN)],
        ) {
            let rows = samples.len();
            let features = Array2::zeros((rows, 1));
            let labels = Array2::from_shape_fn((rows, 1), |(row, _)| samples[row].0);
            let returns = Array2::from_shape_fn((rows, 1), |(row, _)| samples[row].1);
            let probabilities = Array3::from_shape_fn((rows, 1, CLASSES), |(row, _, class)| samples[row].2[class]);
            let set = sequences(&features, &labels, &returns, time_window);
            let found = evaluate(probabilities.view(), &set, &Decision::MOST_PROBABLE, cost);
            let shares = [found.accuracy, found.majority_accuracy, found.balanced_accuracy, found.macro_f1];
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", found);
            prop_assert!((-1.0..=1.0).contains(&found.mcc) && found.log_loss.is_finite(), "{:?}", found);
            prop_assert_eq!(found.samples as usize, samples.iter().filter(|sample| sample.0 >= 0).count());
            if let Some(trading) = found.trading {
                prop_assert!(trading.mean_return.is_finite() && trading.sharpe.is_finite());
                prop_assert!((0.0..=1.0).contains(&trading.hit_rate) && (0.0..=1.0).contains(&trading.max_drawdown));
                prop_assert!((0.0..=2.0).contains(&trading.turnover) && trading.decisions > 0);
            }
        }
    }
}
