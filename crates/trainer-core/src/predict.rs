//! Predictions from weights.

use crate::batches::Batch;
use crate::error::PredictError;
use crate::learner::{ChosenModel, LARGEST_BATCH};
use crate::model::Shape;
use crate::predictions::Predictions;
use crate::weights::Weights;
use data_loader::{SequenceSet, Subset, Test};
use ndarray::{Array2, ArrayView2};

/// Predicts every sequence of a set of development rows, without dropout.
///
/// # Errors
///
/// When the model cannot be built for `shape`, the weights belong to another model, or the set has another shape.
pub fn predict(
    model: &ChosenModel,
    shape: Shape,
    weights: &Weights,
    set: &SequenceSet<'_>,
) -> Result<Predictions, PredictError> {
    predict_any(model, shape, weights, set)
}

/// Predicts every sequence of a set of test rows, which only an entry in the test ledger unlocks; see [`predict`].
///
/// # Errors
///
/// As [`predict`].
pub fn predict_test(
    model: &ChosenModel,
    shape: Shape,
    weights: &Weights,
    set: &SequenceSet<'_, Test>,
) -> Result<Predictions, PredictError> {
    predict_any(model, shape, weights, set)
}

fn predict_any<P: Subset>(
    model: &ChosenModel,
    shape: Shape,
    weights: &Weights,
    set: &SequenceSet<'_, P>,
) -> Result<Predictions, PredictError> {
    let mut predictor = model.part.restore(&model.params, shape, weights)?;
    let found = Shape::of(set);
    if found != shape {
        return Err(PredictError::Shape { found, expected: shape });
    }
    let mut batch = Batch::new(shape, LARGEST_BATCH);
    let samples: Vec<usize> = (0..set.samples().len()).collect();
    let mut flat = Vec::with_capacity(samples.len() * shape.logits());
    for samples in samples.chunks(LARGEST_BATCH) {
        let (inputs, _) = batch.gather(set, samples);
        predictor.predict(inputs, samples.len(), &mut flat);
    }
    Ok(Predictions::of_samples(set, &flat))
}

/// Predicts one window `(seq_length, features)` of scaled features; returns `(tickers, width)`: probabilities, or numbers.
///
/// # Errors
///
/// As [`predict`]; also when the window has another shape or holds a non-finite value.
pub fn predict_window(
    model: &ChosenModel,
    shape: Shape,
    weights: &Weights,
    window: ArrayView2<'_, f32>,
) -> Result<Array2<f32>, PredictError> {
    let mut predictor = model.part.restore(&model.params, shape, weights)?;
    let found = Shape { seq_length: window.nrows(), features: window.ncols(), ..shape };
    if found != shape {
        return Err(PredictError::Shape { found, expected: shape });
    }
    if let Some(((row, feature), &value)) = window.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(PredictError::NonFiniteInput { row, feature, value });
    }
    let inputs: Vec<f32> = window.iter().copied().collect();
    let mut flat = Vec::with_capacity(shape.logits());
    predictor.predict(&inputs, 1, &mut flat);
    Ok(Array2::from_shape_vec((shape.tickers, shape.output.width()), flat)
        .expect("a predictor gives one prediction per ticker"))
}
