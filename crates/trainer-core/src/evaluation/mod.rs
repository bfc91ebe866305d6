//! Predictions in, figures out.

mod base_rates;
mod calibration;
mod classification;
mod costs;
mod inference;
mod numbers;
mod row_losses;
mod segments;
mod strategy;
mod tempered;
mod tickers;

use crate::decision::Decision;
use crate::loss::class_of;
use artifact_core::schema::{CLASSES, Evaluation};
pub use base_rates::{BaseRates, majority};
pub use calibration::calibration;
use classification::Confusion;
pub use costs::Costs;
use data_loader::{SequenceSet, Subset, Task};
pub use inference::{Contender, Terms, infer};
use ndarray::{ArrayView3, s};
pub use segments::{SegmentScores, labelled_rows};
pub(crate) use segments::{segment_returns, segment_scores};
pub use strategy::{Strategy, TickerStrategy, buy_and_hold, path_returns};
pub use tickers::ticker_figures;

/// The floor of probabilities in the log loss, which would be infinite at 0: the resolution of `f32` at 1.
const LEAST_PROBABILITY: f64 = f32::EPSILON as f64;

/// How predictions are judged.
#[derive(Debug, Clone, Copy)]
pub struct Scoring<'a> {
    /// Which class follows from probabilities.
    pub decision: &'a Decision,
    /// What the training labels of each ticker say on their own; `None` leaves the skill against them undefined.
    pub base_rates: Option<&'a BaseRates>,
    /// What buying and selling costs.
    pub costs: &'a Costs,
}

impl<'a> Scoring<'a> {
    /// By the most probable class and without base rates.
    pub fn plain(costs: &'a Costs) -> Self {
        Self { decision: &Decision::MOST_PROBABLE, base_rates: None, costs }
    }
}

/// A model's prediction for one sample.
#[derive(Debug, Clone, Copy)]
struct Prediction {
    /// The predicted class.
    class: usize,
    /// The probability of each class.
    probabilities: [f64; CLASSES],
}

/// Evaluates `predictions`, `(sequences, tickers, width)` in sequence order, against the labels and returns of `set`.
///
/// Every figure is finite. The log loss raises probabilities below 2^-23 to 2^-23. A return counts where the sample's label is
/// valid and the return is finite. Where numbers are predicted, their signs are the classes, and
/// [`NumberFigures`](artifact_core::schema::NumberFigures) are added.
///
/// # Panics
///
/// When `set` has a different number of sequences or tickers, or another task.
pub fn evaluate<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    scoring: &Scoring<'_>,
) -> Evaluation {
    judge(predictions, set, scoring).0
}

/// As [`evaluate`], with the strategy that the predictions stand for.
pub(crate) fn judge<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    scoring: &Scoring<'_>,
) -> (Evaluation, Option<Strategy>) {
    assert_eq!(
        predictions.dim(),
        (set.len(), set.ticker_count(), set.task().width()),
        "expected one prediction per sequence and ticker"
    );
    let predict = predictor(predictions, set.task(), scoring.decision);
    let strategy = Strategy::of(&|position, ticker| predict(position, ticker).class, set, scoring.costs);
    let evaluation = Evaluation {
        numbers: numbers::figures(predictions, set),
        strategy: strategy.as_ref().map(Strategy::figures),
        ..score(&predict, set, scoring)
    };
    (evaluation, strategy)
}

/// The strategy that follows predictions, `(sequences, tickers, width)` in sequence order, and pays `costs`; see
/// [`Strategy::of`].
///
/// # Panics
///
/// As [`evaluate`].
pub fn strategy<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    decision: &Decision,
    costs: &Costs,
) -> Option<Strategy> {
    let predict = predictor(predictions, set.task(), decision);
    Strategy::of(&|position, ticker| predict(position, ticker).class, set, costs)
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
            Task::Classes => {
                let probabilities = std::array::from_fn(|class| f64::from(sample[class]));
                Prediction { class: decision.class(&probabilities), probabilities }
            }
            Task::Value | Task::Quantiles(_) => {
                let class = task.class_of(&sample.to_vec());
                Prediction { class, probabilities: [1.0; CLASSES] }
            }
        }
    }
}

/// `ln p`, finite even where `p` is not a probability: NaN counts as the least one.
pub(crate) fn log_probability(p: f64) -> f64 {
    let p = if p.is_nan() { LEAST_PROBABILITY } else { p };
    // `libm` gives the same bits on every platform, which the standard library does not promise.
    libm::log(p.clamp(LEAST_PROBABILITY, 1.0))
}

/// The rows, by their positions in a set, on which labels do not overlap: the first with a valid label, the next one that
/// begins when its label window has ended, and so on.
fn independent<P: Subset>(set: &SequenceSet<'_, P>, labelled: impl Fn(usize) -> bool) -> u64 {
    let (mut count, mut next) = (0, 0);
    for position in 0..set.len() {
        let row = set.decision_row(position);
        if row >= next && labelled(position) {
            (count, next) = (count + 1, row + set.windows.time_window);
        }
    }
    count
}

/// The figures of the predictions of `predict`, by (position, ticker), without those of numbers and of a strategy.
fn score<P: Subset>(
    predict: &dyn Fn(usize, usize) -> Prediction,
    set: &SequenceSet<'_, P>,
    scoring: &Scoring<'_>,
) -> Evaluation {
    let mut confusions = vec![Confusion::default(); set.ticker_count()];
    let (mut log_loss, mut of_base_rates) = (0.0, 0.0);
    let base_rates = scoring.base_rates.filter(|_| set.task().is_classes());
    for position in 0..set.len() {
        for (ticker, &label) in set.labels_of(position).iter().enumerate() {
            let Some(truth) = class_of(label) else { continue };
            let prediction = predict(position, ticker);
            confusions[ticker].add(truth, prediction.class);
            log_loss -= log_probability(prediction.probabilities[truth]);
            let base_rate =
                base_rates.and_then(|rates| rates.of_ticker(ticker)).map_or(1.0, |own| own[truth]);
            of_base_rates -= log_probability(base_rate);
        }
    }
    let confusion: Confusion = confusions.iter().copied().sum();
    let samples = confusion.samples();
    let mccs: Vec<f64> = confusions.iter().filter_map(Confusion::mcc_if_defined).collect();
    let labelled = |position| set.labels_of(position).iter().any(|&label| class_of(label).is_some());
    Evaluation {
        samples,
        independent_rows: Some(independent(set, labelled)),
        confusion: confusion.counts(),
        accuracy: confusion.accuracy(),
        majority_accuracy: confusion.majority_accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        mcc: (!mccs.is_empty()).then(|| mccs.iter().sum::<f64>() / mccs.len() as f64),
        mcc_pooled: confusion.mcc(),
        macro_f1: confusion.macro_f1(),
        log_loss: if samples == 0 { 0.0 } else { log_loss / samples as f64 },
        log_loss_skill: base_rates.filter(|_| of_base_rates > 0.0).map(|_| 1.0 - log_loss / of_base_rates),
        numbers: None,
        strategy: None,
        trading: None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use artifact_core::IndexSet;
    use data_loader::Windows;
    use ndarray::{Array2, Array3, array};
    use proptest::prelude::*;
    use proptest::strategy::Strategy;

    #[test]
    fn ties_go_to_the_lowest_code_and_masked_samples_drop_out() {
        let labels = array![[0, -1], [2, 1]];
        let (features, returns) = (Array2::zeros((2, 1)), Array2::from_elem((2, 2), f32::NAN));
        let set = sequences(&features, &labels, &returns, 1);
        let third = 1.0 / 3.0;
        let probabilities =
            array![[[third, third, third], [0.0, 1.0, 0.0]], [[0.2, 0.4, 0.4], [0.0, 0.0, 1.0]]];
        let found = evaluate(probabilities.view(), &set, &Scoring::plain(Costs::FREE));
        assert_eq!(found.samples, 3);
        assert_eq!(found.confusion, [[1, 0, 0], [0, 0, 1], [0, 1, 0]]);
        assert_eq!((found.strategy, found.trading), (None, None));
        assert_eq!(found.independent_rows, Some(2));
        let expected = (3.0f64.ln() - 0.4f64.ln() - LEAST_PROBABILITY.ln()) / 3.0;
        assert!((found.log_loss - expected).abs() < 1e-7, "{}", found.log_loss);
    }

    #[test]
    fn the_majority_class_comes_from_training() {
        let labels = array![[0], [2], [2], [-1]];
        let (features, returns) = (Array2::zeros((4, 1)), array![[0.0], [-0.1], [0.1], [0.0]]);
        let set = sequences(&features, &labels, &returns, 1);
        let found = evaluate(majority([1, 1, 2], &set).view(), &set, &Scoring::plain(Costs::FREE));
        assert_eq!(found.confusion, [[0, 0, 1], [0, 0, 0], [0, 0, 2]]);
        assert_eq!((found.mcc, found.mcc_pooled, found.accuracy), (Some(0.0), 0.0, 2.0 / 3.0));
        assert!((found.log_loss - (4.0f64.ln() + 2.0 * 2.0f64.ln()) / 3.0).abs() < 1e-12);
        assert_eq!(
            evaluate(majority([0; 3], &set).view(), &set, &Scoring::plain(Costs::FREE)).confusion[2],
            [2, 0, 0]
        );
    }

    /// What knows nothing but which ticker it looks at has no skill.
    #[test]
    fn a_constant_per_ticker_has_no_skill_within_tickers() {
        let labels =
            Array2::from_shape_fn((40, 2), |(row, ticker)| [[1, 1, 1, 2], [2, 2, 2, 1]][ticker][row % 4]);
        let (features, returns) = (Array2::zeros((40, 1)), Array2::zeros((40, 2)));
        let set = sequences(&features, &labels, &returns, 1);
        let rates = BaseRates::of(&set);
        let scoring = Scoring { base_rates: Some(&rates), ..Scoring::plain(Costs::FREE) };
        let found = evaluate(rates.ticker_majority(&set).view(), &set, &scoring);
        assert!(found.mcc == Some(0.0) && (found.mcc_pooled - 0.5).abs() < 1e-12, "{found:?}");
        assert!(found.log_loss_skill.unwrap().abs() < 1e-6, "{found:?}");
        let knowing = Array3::from_shape_fn((40, 2, CLASSES), |(row, ticker, class)| {
            f32::from(u8::from(class == usize::try_from(labels[[row, ticker]]).unwrap()))
        });
        let found = evaluate(knowing.view(), &set, &scoring);
        assert_eq!((found.mcc, found.log_loss_skill), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn tickers_with_one_true_class_have_no_correlation() {
        let labels = array![[1, 1], [2, 1], [1, 1]];
        let (features, returns) = (Array2::zeros((3, 1)), Array2::zeros((3, 2)));
        let set = sequences(&features, &labels, &returns, 2);
        let up = majority([0, 1, 0], &set);
        let found = evaluate(up.view(), &set, &Scoring::plain(Costs::FREE));
        assert_eq!((found.mcc, found.independent_rows), (Some(0.0), Some(2)), "the first ticker alone");
        let (features, labels, returns) = (Array2::zeros((2, 1)), array![[1], [1]], Array2::zeros((2, 1)));
        let set = sequences(&features, &labels, &returns, 1);
        assert_eq!(evaluate(majority([0, 1, 0], &set).view(), &set, &Scoring::plain(Costs::FREE)).mcc, None);
    }

    /// Sequences of length 1 over all rows.
    pub(crate) fn sequences<'a>(
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
            let found = evaluate(probabilities.view(), &set, &Scoring::plain(&Costs::per_side(cost)));
            let shares = [found.accuracy, found.majority_accuracy, found.balanced_accuracy, found.macro_f1];
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", found);
            let mccs = [found.mcc.unwrap_or_default(), found.mcc_pooled];
            prop_assert!(mccs.iter().all(|mcc| (-1.0..=1.0).contains(mcc)) && found.log_loss.is_finite(), "{:?}", found);
            prop_assert_eq!(found.mcc.unwrap_or_default(), found.mcc_pooled, "of a single ticker");
            prop_assert_eq!(found.samples as usize, samples.iter().filter(|sample| sample.0 >= 0).count());
        }
    }
}
