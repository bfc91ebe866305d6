//! What a model is, and what builds one by name.

use super::parameters::Layout;
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::loss::probabilities;
use crate::setting_error::SettingError;
use artifact_core::Params;
use artifact_core::schema::CLASSES;
use data_loader::{SequenceSet, Task};
use rand_chacha::ChaCha8Rng;
use settings::part::Part;

/// What a model predicts of each ticker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// One logit for each of the [`CLASSES`]; predictions are their softmax.
    Classes,
    /// This many numbers, as they are.
    Numbers(usize),
}

impl Output {
    /// The output for a task.
    pub fn of(task: &Task) -> Self {
        if task.is_classes() { Output::Classes } else { Output::Numbers(task.width()) }
    }

    /// The numbers per ticker.
    pub fn width(self) -> usize {
        match self {
            Output::Classes => CLASSES,
            Output::Numbers(width) => width,
        }
    }

    /// Turns a model's outputs into predictions: probabilities, or the numbers themselves.
    pub(crate) fn predictions(self, outputs: &[f32], predictions: &mut Vec<f32>) {
        match self {
            Output::Classes => predictions.extend(probabilities(outputs)),
            Output::Numbers(_) => predictions.extend(outputs),
        }
    }
}

/// The sizes of a model's input and output: `(batch, seq_length, features)` to `(batch, tickers, output.width())`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The rows of one window.
    pub seq_length: usize,
    /// The columns of one row: those of one ticker, or those of all tickers side by side.
    pub features: usize,
    /// How many of these columns, the last ones, say which ticker the window is of: the same numbers in all of its rows, 1
    /// for that ticker and 0 for the others. 0 if tickers are not told apart.
    pub ticker_columns: usize,
    /// The tickers predicted at once: one, or all of them.
    pub tickers: usize,
    /// What is predicted of each of them.
    pub output: Output,
}

impl Shape {
    /// The shape of the samples of `set`.
    pub fn of<P: data_loader::Subset>(set: &SequenceSet<'_, P>) -> Self {
        Self {
            seq_length: set.windows.seq_length,
            features: set.feature_count(),
            ticker_columns: set.ticker_columns(),
            tickers: set.outputs(),
            output: Output::of(set.task()),
        }
    }

    /// The number of values in one window.
    pub fn window(self) -> usize {
        self.seq_length * self.features
    }

    /// The number of outputs for one window: logits, or numbers.
    pub fn logits(self) -> usize {
        self.tickers * self.output.width()
    }

    pub(crate) fn check(self) -> Result<(), SettingError> {
        let features = self.features.saturating_sub(self.ticker_columns);
        let sizes = [("seq_length", self.seq_length), ("features", features), ("tickers", self.tickers)];
        sizes
            .into_iter()
            .try_for_each(|(field, size)| SettingError::require(size >= 1, field, size, "at least 1"))
    }
}

/// A differentiable model that can be chosen by name: declares its parameters, and builds the model from given ones.
///
/// The declaration has all hyperparameters of the model and of its fit, each with the domain that a study searches by
/// default: [`learning_rate`](super::learning_rate), [`weight_decay`](super::weight_decay) and
/// [`batch_size`](super::batch_size), which the fit reads, and whatever `build` reads. A study keeps the domains it
/// started with, so changing a default domain requires a new version of the part.
pub trait Architecture: Part {
    /// Builds the model for `shape`, without buffers for a batch yet. `params` has every parameter that has a default.
    ///
    /// # Errors
    ///
    /// When the model does not support these parameters or this shape.
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError>;
}

/// A differentiable function from windows to logits.
///
/// Its parameters live outside it in one flat vector, ordered by the [`Layout`]. The model owns its workspace: what a
/// backward pass needs from the forward pass before it. A pass is single-threaded and gives the same bits each time;
/// its logits for one sequence do not depend on the others in the batch.
///
/// A model of your own is fitted by [`crate::fit_model`]. It runs in `f32`; being generic, as the models here are, pays
/// off for gradient checks in `f64`.
pub trait Model<R: Real = f32> {
    /// The sizes of input and output.
    fn shape(&self) -> Shape;

    /// The named tensors in the flat parameter vector.
    fn layout(&self) -> &Layout;

    /// Sets the initial parameters. The default gives every tensor of the layout its [`Start`](super::Start).
    fn initialise(&self, parameters: &mut [R], generator: &mut ChaCha8Rng) {
        self.layout().initialise(parameters, generator);
    }

    /// Allocates buffers for batches of up to `batch` windows; called before the first forward pass.
    fn reserve(&mut self, batch: usize);

    /// Computes the outputs `(batch, tickers, width)`, logits or numbers, of `inputs`, `(batch, seq_length, features)`.
    ///
    /// `batch` is at least 1 and at most what was reserved.
    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R];

    /// Adds the gradient of the loss with respect to the parameters to `gradient`, given its gradient with respect to
    /// the logits.
    ///
    /// Runs at most once after each forward pass, with the same parameters and inputs, and may consume what that pass
    /// saved.
    fn backward(&mut self, parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]);

    /// Another model of the same kind and sizes, with its own workspace.
    ///
    /// With twins, a fit computes the slices of a batch in parallel; with `None`, the default, one after another, to
    /// the same bits.
    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        None
    }

    /// Visits the output of each layer in the last forward pass, in the order of computation, under its name in the
    /// layout. Called only to locate where a fit diverged; a model may visit nothing, which is the default.
    fn visit_outputs(&self, _batch: usize, _visit: &mut dyn FnMut(&str, &[R])) {}
}

impl<R: Real> Model<R> for &mut (dyn Model<R> + '_) {
    fn shape(&self) -> Shape {
        (**self).shape()
    }

    fn layout(&self) -> &Layout {
        (**self).layout()
    }

    fn initialise(&self, parameters: &mut [R], generator: &mut ChaCha8Rng) {
        (**self).initialise(parameters, generator);
    }

    fn reserve(&mut self, batch: usize) {
        (**self).reserve(batch);
    }

    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R] {
        (**self).forward(parameters, inputs, batch, mode)
    }

    fn backward(&mut self, parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        (**self).backward(parameters, inputs, logit_gradient, gradient);
    }

    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        (**self).twin()
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[R])) {
        (**self).visit_outputs(batch, visit);
    }
}
