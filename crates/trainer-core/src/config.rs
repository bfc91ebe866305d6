//! The settings of a fit.

use crate::error::FitError;
use crate::loss::FocalLoss;
use crate::model::ChosenModel;
use crate::model::{BATCH_SIZE, LEARNING_RATE, Shape, WEIGHT_DECAY, number_of, size_of};
use crate::parts::{ChosenMetric, Training};
use crate::setting_error::SettingError;
use artifact_core::Params;
use artifact_core::schema::{CLASSES, ClassWeights, Hyperparameters};
use data_loader::SequenceSet;
use settings::part::ParamError;
use std::sync::Arc;

/// How a model is fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct FitConfig {
    /// The model, with all its parameters.
    pub model: ChosenModel,
    /// The peak learning rate; finite, above 0. Usual values are 1e-5 to 5e-3.
    pub learning_rate: f64,
    /// The decoupled weight decay per unit of learning rate; finite, at least 0.
    pub weight_decay: f64,
    /// The sequences per batch; at least 1. An epoch's last batch may be smaller.
    pub batch_size: usize,
    /// The batches per step of the optimizer; at least 1. A step follows the gradient of the mean loss over all its
    /// batches; an epoch's last step may have fewer.
    pub accumulation_steps: usize,
    /// The maximum number of epochs; at least 1.
    pub epochs: usize,
    /// The length of the learning-rate schedule in epochs; at least `epochs`. A refit for fewer epochs keeps this
    /// number, and so has the same learning rates in the same epochs.
    pub schedule_epochs: usize,
    /// The share of the schedule's steps that warm up, in `[0, 1]`.
    pub warmup_fraction: f64,
    /// The largest global norm of a gradient; above 0. Infinity turns clipping off.
    pub gradient_clip: f64,
    /// The focusing exponent of the loss; finite, at least 0. 0 gives the weighted cross entropy.
    pub focal_gamma: f64,
    /// The weight of each class in the loss; finite, at least 0.
    pub class_weights: [f64; CLASSES],
    /// The number of epochs without improvement of the objective after which the fit stops; at least 1. `None` turns
    /// early stopping off. Without a validation set there is no objective, and this has no effect.
    pub patience: Option<usize>,
    /// The validation metric, maximised, that decides which epoch is best.
    pub objective: ChosenMetric,
    /// The cost of one decision to trade, in basis points; finite, at least 0.
    pub cost_bps: f64,
}

impl FitConfig {
    /// The settings for a configuration's hyperparameters, the same in every phase: a schedule of `epochs` epochs, all
    /// of them run, without early stopping.
    ///
    /// `params` override the model's own parameters, see [`with_params`]. The model may differ from the one that
    /// `training` names: a baseline does.
    ///
    /// # Errors
    ///
    /// When the model rejects the parameters, or declares no learning rate, weight decay or batch size.
    pub fn new(
        model: &ChosenModel,
        params: &Hyperparameters,
        training: &Training,
        class_weights: &ClassWeights,
        epochs: usize,
    ) -> Result<Self, SettingError> {
        let model = with_params(model, &params.model)?;
        let Training { objective, settings: training, .. } = training;
        Ok(Self {
            learning_rate: number_of(&model.params, LEARNING_RATE)?,
            weight_decay: number_of(&model.params, WEIGHT_DECAY)?,
            batch_size: size_of(&model.params, BATCH_SIZE)?,
            model,
            accumulation_steps: training.accumulation_steps,
            epochs,
            schedule_epochs: epochs,
            warmup_fraction: training.warmup_fraction,
            gradient_clip: training.gradient_clip,
            focal_gamma: training.focal_gamma,
            class_weights: class_weights.mixed(training.class_weight_mix),
            patience: None,
            objective: objective.clone(),
            cost_bps: training.cost_bps,
        })
    }

    /// Checks every setting except the model's parameters, which the model checks itself; returns the loss.
    pub(crate) fn check(&self) -> Result<FocalLoss, SettingError> {
        let at_least_one =
            |field, value: usize| SettingError::require(value >= 1, field, value, "at least 1");
        let rate = self.learning_rate;
        SettingError::require(
            rate.is_finite() && rate > 0.0,
            "learning_rate",
            rate,
            "a finite number above 0",
        )?;
        require_not_negative("weight_decay", self.weight_decay)?;
        at_least_one("batch_size", self.batch_size)?;
        at_least_one("accumulation_steps", self.accumulation_steps)?;
        at_least_one("epochs", self.epochs)?;
        SettingError::require(
            self.schedule_epochs >= self.epochs,
            "schedule_epochs",
            self.schedule_epochs,
            format!("at least epochs = {}", self.epochs),
        )?;
        let warmup = self.warmup_fraction;
        SettingError::require((0.0..=1.0).contains(&warmup), "warmup_fraction", warmup, "a share in [0, 1]")?;
        SettingError::require(
            self.gradient_clip > 0.0,
            "gradient_clip",
            self.gradient_clip,
            "a number above 0",
        )?;
        self.patience.map_or(Ok(()), |patience| at_least_one("patience", patience))?;
        require_not_negative("cost_bps", self.cost_bps)?;
        FocalLoss::new(self.focal_gamma, self.class_weights)
    }
}

/// The model with its parameters overridden by `over`.
///
/// Values that the model does not declare are ignored: older results store the same ten values for every model.
///
/// # Errors
///
/// [`ParamError`] when the model rejects a value, or two values together.
pub fn with_params(model: &ChosenModel, over: &Params) -> Result<ChosenModel, ParamError> {
    let declaration = model.part.declaration();
    let own = over.iter().filter(|(name, _)| declaration.find(name).is_some());
    let own: Params = own.map(|(name, value)| (name, value.clone())).collect();
    let given = model.component.params.with_all(&own);
    declaration.check(&given)?;
    Ok(ChosenModel {
        part: Arc::clone(&model.part),
        component: declaration.reference(&given),
        params: declaration.complete(&given),
    })
}

fn require_not_negative(field: &'static str, value: f64) -> Result<(), SettingError> {
    SettingError::require(value.is_finite() && value >= 0.0, field, value, "a finite number of at least 0")
}

/// Checks that a model of `shape` can be fitted to the sets.
pub(crate) fn check_sets(
    shape: Shape,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
) -> Result<(), FitError> {
    SettingError::require(!train.is_empty(), "train", "an empty set", "at least one sequence")?;
    let shapes = [("train", Some(Shape::of(train))), ("validation", validation.map(Shape::of))];
    for (field, found) in shapes {
        let found = found.unwrap_or(shape);
        SettingError::require(found == shape, field, format!("{found:?}"), format!("the model's {shape:?}"))?;
    }
    Ok(())
}
