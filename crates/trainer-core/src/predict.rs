//! Probabilities from weights.

use crate::batches::Batch;
use crate::error::PredictError;
use crate::evaluation::evaluate;
use crate::kernels::mask::Mode;
use crate::loss::{FocalLoss, LossSum, probabilities};
use crate::model::ChosenModel;
use crate::model::{Model, Shape, build};
use crate::weights::Weights;
use artifact_core::schema::{CLASSES, Evaluation};
use data_loader::{SequenceSet, Subset, Test};
use ndarray::{Array2, Array3, ArrayView2};

/// The sequences per forward pass of a prediction. It can affect results only by rounding.
const BATCH: usize = 64;

/// A model's predictions for a set of sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The class probabilities `(sequences, tickers, CLASSES)`, in sequence order; those of a sample sum to 1.
    pub probabilities: Array3<f32>,
}

impl Predictions {
    /// Evaluates the predictions against the labels and returns of `set`, the set they were made for; see [`evaluate`].
    ///
    /// # Panics
    ///
    /// When `set` has a different number of sequences or tickers.
    pub fn evaluate<P: Subset>(&self, set: &SequenceSet<'_, P>, cost_bps: f64) -> Evaluation {
        evaluate(self.probabilities.view(), set, cost_bps)
    }
}

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
    let mut model = build(model, shape)?;
    let parameters = weights.to_parameters(model.layout())?;
    let found = Shape::of(set);
    if found != shape {
        return Err(PredictError::Shape { found, expected: shape });
    }
    let mut batch = Batch::new(shape, BATCH);
    model.reserve(BATCH);
    Ok(predict_set(&mut *model, &parameters, set, &mut batch, BATCH, None).0)
}

/// Predicts one window `(seq_length, features)` of scaled features; returns `(tickers, CLASSES)` probabilities.
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
    let mut model = build(model, shape)?;
    let parameters = weights.to_parameters(model.layout())?;
    let found = Shape { seq_length: window.nrows(), features: window.ncols(), tickers: shape.tickers };
    if found != shape {
        return Err(PredictError::Shape { found, expected: shape });
    }
    if let Some(((row, feature), &value)) = window.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(PredictError::NonFiniteInput { row, feature, value });
    }
    model.reserve(1);
    let inputs: Vec<f32> = window.iter().copied().collect();
    let logits = model.forward(&parameters, &inputs, 1, Mode::Evaluate);
    let flat = probabilities(logits).collect();
    Ok(Array2::from_shape_vec((shape.tickers, CLASSES), flat)
        .expect("the model gives CLASSES logits per ticker"))
}

/// Predicts a set with a model that has buffers for `largest` sequences, and sums `loss` over it if given.
pub(crate) fn predict_set<P: Subset>(
    model: &mut dyn Model,
    parameters: &[f32],
    set: &SequenceSet<'_, P>,
    batch: &mut Batch,
    largest: usize,
    loss: Option<&FocalLoss>,
) -> (Predictions, LossSum) {
    let positions: Vec<usize> = (0..set.len()).collect();
    let mut flat = Vec::with_capacity(set.len() * model.shape().logits());
    let mut total = LossSum::default();
    for positions in positions.chunks(largest) {
        let (inputs, labels) = batch.gather(set, positions);
        let logits = model.forward(parameters, inputs, positions.len(), Mode::Evaluate);
        if let Some(loss) = loss {
            total = total.plus(loss.sum(logits, labels));
        }
        flat.extend(probabilities(logits));
    }
    let shape = (set.len(), set.ticker_count(), CLASSES);
    let probabilities =
        Array3::from_shape_vec(shape, flat).expect("one logit per sequence, ticker and class");
    (Predictions { probabilities }, total)
}
