//! What a model predicts for a set of sequences.

use crate::evaluation::{Scoring, evaluate};
use artifact_core::schema::Evaluation;
use data_loader::{SequenceSet, Subset};
use ndarray::Array3;

/// A model's predictions for a set of sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// What is predicted, `(sequences, tickers, width)`, in sequence order: class probabilities, which sum to 1, a value, or
    /// quantiles; NaN where the set has no sample.
    pub values: Array3<f32>,
}

impl Predictions {
    /// Arranges the predictions of all samples of `set`, `(samples, outputs, width)` in their order.
    ///
    /// # Panics
    ///
    /// When `flat` has another length.
    pub fn of_samples<P: Subset>(set: &SequenceSet<'_, P>, flat: &[f32]) -> Self {
        let each = set.task().width();
        let width = set.outputs() * each;
        assert_eq!(flat.len(), set.samples().len() * width, "one prediction per sample and output");
        let tickers = set.ticker_count();
        let mut values = Array3::from_elem((set.len(), tickers, each), f32::NAN);
        if let Some(all) = values.as_slice_mut() {
            for (sample, own) in set.samples().iter().zip(flat.chunks_exact(width)) {
                let start = (sample.position * tickers + sample.ticker) * each;
                all[start..start + width].copy_from_slice(own);
            }
        }
        Self { values }
    }

    /// Evaluates the predictions against the labels and returns of `set`, the set they were made for; see [`evaluate`].
    ///
    /// # Panics
    ///
    /// When `set` has a different number of sequences or tickers.
    pub fn evaluate<P: Subset>(&self, set: &SequenceSet<'_, P>, scoring: &Scoring<'_>) -> Evaluation {
        evaluate(self.values.view(), set, scoring)
    }
}
