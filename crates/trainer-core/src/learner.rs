//! What a model that can be chosen by name is, whichever way it is fitted.

use crate::checkpoint::FitState;
use crate::error::{CheckpointError, FitError, PredictError};
use crate::loss::Loss;
use crate::model::{Layout, Shape};
use crate::predictions::Predictions;
use crate::steps::Steps;
use crate::weights::Weights;
use artifact_core::Params;
use artifact_core::schema::EpochRecord;
use artifact_core::seed::FitSeed;
use data_loader::SequenceSet;
use settings::part::{Chosen, Part};

/// A model that can be chosen by name: declares its hyperparameters, fits itself, and is restored from its weights.
///
/// Its declaration has all hyperparameters of the model and of its fit, each with the domain that a study searches by
/// default. A study keeps the domains it started with, so changing a default domain requires a new version of the part.
///
/// A differentiable model implements [`Architecture`](crate::Architecture) instead, which is less work: this crate fits
/// it by gradient steps.
pub trait Learner: Part {
    /// Prepares a fit, before its first epoch. The same job must give the same bits every time, for any number of
    /// threads.
    ///
    /// # Errors
    ///
    /// When the model does not support the job's parameters or shape.
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError>;

    /// Restores the fitted model. `params` has every parameter that has a default.
    ///
    /// # Errors
    ///
    /// When the model does not support the parameters or the shape, or the weights belong to another model.
    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError>;

    /// Whether a fit depends on its job's seed: `true` by default. A model that draws nothing at random is fitted once,
    /// however many seeds the settings ask for, since all its copies would be equal.
    fn uses_seed(&self, _params: &Params) -> bool {
        true
    }
}

/// A model with complete parameters.
pub type ChosenModel = Chosen<dyn Learner>;

/// What is to be fitted, and on what.
#[derive(Debug, Clone)]
pub struct Job<'a, 'data> {
    /// The model's parameters; every parameter that has a default is there.
    pub params: &'a Params,
    /// How gradient steps are taken.
    pub steps: Steps,
    /// The length in epochs of whatever changes from epoch to epoch by plan, such as the learning rate; at least the
    /// number of epochs that run. A refit for fewer epochs keeps it, so that epoch `n` means the same in both.
    pub schedule_epochs: usize,
    /// The loss of the training samples.
    pub loss: Loss,
    /// What is fitted to; it holds at least one sample.
    pub train: &'a SequenceSet<'data>,
    /// What is validated on, where there is such a set; nothing may be fitted to it.
    pub validation: Option<&'a SequenceSet<'data>>,
    /// The root of every random stream.
    pub seed: FitSeed,
}

/// A fit in progress. An epoch is whatever the model takes between two looks at the validation set.
pub trait Fitting {
    /// The weights before the first epoch; none where the model starts from nothing.
    fn initial_weights(&self) -> Weights;

    /// Runs one epoch, counted from 1. The record's loss is the mean over the training samples.
    ///
    /// # Errors
    ///
    /// When the fit diverges.
    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError>;

    /// Predicts the job's validation set as of `epoch`, the last one that ran; also returns the mean loss. Not called
    /// without a validation set.
    ///
    /// # Errors
    ///
    /// When the loss is not finite.
    fn validate(&mut self, epoch: usize) -> Result<(Predictions, f64), FitError>;

    /// Remembers the present state as the best so far.
    fn keep(&mut self);

    /// The weights of the state that was kept last, or of the present one if none was.
    fn into_weights(self: Box<Self>) -> Weights;

    /// The layout that a checkpoint belongs to; `None`, the default, if the fit keeps no checkpoints.
    fn layout(&self) -> Option<&Layout> {
        None
    }

    /// What the fit needs to resume from here to the same bits; `None`, the default, if it keeps no checkpoints.
    fn state(&self) -> Option<FitState> {
        None
    }

    /// Restores what [`Fitting::state`] returned.
    ///
    /// # Errors
    ///
    /// When the state belongs to another layout; always, by default.
    fn restore(&mut self, _state: &FitState) -> Result<(), CheckpointError> {
        Err(CheckpointError::Unsupported)
    }
}

/// A fitted model.
pub trait Predictor {
    /// Appends to `predictions` those of `batch` samples, `(batch, tickers, width)`: probabilities, or numbers.
    /// `inputs` is `(batch, seq_length, features)`, `batch` at least 1 and at most [`LARGEST_BATCH`].
    fn predict(&mut self, inputs: &[f32], batch: usize, predictions: &mut Vec<f32>);
}

/// The most samples that a [`Predictor`] is given at once. It can affect results only by rounding.
pub const LARGEST_BATCH: usize = 64;
