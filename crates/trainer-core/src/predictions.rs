//! What a model predicts for a set of sequences.

use crate::evaluation::evaluate;
use artifact_core::schema::{CLASSES, Evaluation};
use data_loader::{SequenceSet, Subset};
use ndarray::Array3;

/// A model's predictions for a set of sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The class probabilities `(sequences, tickers, CLASSES)`, in sequence order; those of a sequence and ticker sum to
    /// 1, or are NaN where the set has no sample.
    pub probabilities: Array3<f32>,
}

impl Predictions {
    /// Arranges the probabilities of all samples of `set`, `(samples, outputs, CLASSES)` in their order.
    ///
    /// # Panics
    ///
    /// When `flat` has another length.
    pub fn of_samples<P: Subset>(set: &SequenceSet<'_, P>, flat: &[f32]) -> Self {
        let width = set.outputs() * CLASSES;
        assert_eq!(flat.len(), set.samples().len() * width, "one probability per sample, output and class");
        let tickers = set.ticker_count();
        let mut probabilities = Array3::from_elem((set.len(), tickers, CLASSES), f32::NAN);
        if let Some(all) = probabilities.as_slice_mut() {
            for (sample, values) in set.samples().iter().zip(flat.chunks_exact(width)) {
                let start = (sample.position * tickers + sample.ticker) * CLASSES;
                all[start..start + width].copy_from_slice(values);
            }
        }
        Self { probabilities }
    }

    /// Evaluates the predictions against the labels and returns of `set`, the set they were made for; see [`evaluate`].
    ///
    /// # Panics
    ///
    /// When `set` has a different number of sequences or tickers.
    pub fn evaluate<P: Subset>(&self, set: &SequenceSet<'_, P>, cost_bps: f64) -> Evaluation {
        evaluate(self.probabilities.view(), set, cost_bps)
    }
}
