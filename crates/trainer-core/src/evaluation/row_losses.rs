//! What predictions lose, decision row by decision row.

use super::{BaseRates, Prediction, log_probability, numbers, predictor};
use crate::decision::Decision;
use crate::loss::class_of;
use data_loader::{SequenceSet, Subset, Task};
use ndarray::ArrayView3;

/// What the predictions of one decision row lose, summed over the tickers that have a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RowLoss {
    /// The position of its sequence.
    pub(super) position: usize,
    /// The tickers that have a label; at least one.
    pub(super) labels: usize,
    /// The log loss, or the loss of predicted numbers.
    pub(super) loss: f64,
    /// The same of the training frequencies of each ticker's classes, or of predicting 0.
    pub(super) of_base: f64,
}

impl RowLoss {
    /// How much less is lost than without a model, a mean over tickers.
    pub(super) fn skill(&self) -> f64 {
        (self.of_base - self.loss) / self.labels as f64
    }
}

/// The rows of `set` that have a label, in order.
pub(super) fn row_losses<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    base_rates: &BaseRates,
) -> Vec<RowLoss> {
    let positions = labelled(set);
    match set.task() {
        Task::Classes => {
            let predict = predictor(predictions, set.task(), &Decision::MOST_PROBABLE);
            let row = |position| of_classes(position, set, base_rates, |ticker| predict(position, ticker));
            positions.into_iter().map(row).collect()
        }
        Task::Value | Task::Quantiles(_) => {
            let rows = numbers::rows(predictions, set, &positions);
            let row = |(position, row): (usize, numbers::NumberRow)| {
                let (labels, loss, of_base) = (row.pairs.len(), row.loss, row.loss_of_zero);
                RowLoss { position, labels, loss, of_base }
            };
            positions.into_iter().zip(rows).map(row).collect()
        }
    }
}

/// The positions whose sequences have a label, in order.
pub(super) fn labelled<P: Subset>(set: &SequenceSet<'_, P>) -> Vec<usize> {
    let any = |position: &usize| set.labels_of(*position).iter().any(|&label| class_of(label).is_some());
    (0..set.len()).filter(any).collect()
}

fn of_classes<P: Subset>(
    position: usize,
    set: &SequenceSet<'_, P>,
    base_rates: &BaseRates,
    predict: impl Fn(usize) -> Prediction,
) -> RowLoss {
    let mut row = RowLoss { position, labels: 0, loss: 0.0, of_base: 0.0 };
    for (ticker, &label) in set.labels_of(position).iter().enumerate() {
        let Some(truth) = class_of(label) else { continue };
        row.labels += 1;
        row.loss -= log_probability(predict(ticker).probabilities[truth]);
        row.of_base -= log_probability(base_rates.of_ticker(ticker).map_or(1.0, |rates| rates[truth]));
    }
    row
}
