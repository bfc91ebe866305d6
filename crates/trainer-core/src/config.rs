//! The settings of a fit.

use crate::decision::Decision;
use crate::error::FitError;
use crate::evaluation::Costs;
use crate::learner::ChosenModel;
use crate::learners::with_seeds;
use crate::loss::{FocalLoss, Loss};
use crate::model::{BATCH_SIZE, LEARNING_RATE, Shape, WEIGHT_DECAY};
use crate::parts::{ChosenMetric, Training};
use crate::setting_error::SettingError;
use crate::steps::Steps;
use artifact_core::Params;
use artifact_core::schema::{CLASSES, ClassWeights, Hyperparameters};
use data_loader::{SequenceSet, Task};
use settings::part::ParamError;
use std::ops::Range;
use std::sync::Arc;

/// How a model is fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct FitConfig {
    /// The model, with all its parameters.
    pub model: ChosenModel,
    /// How gradient steps are taken, for the models that take them.
    pub steps: Steps,
    /// The maximum number of epochs; at least 1.
    pub epochs: usize,
    /// The length of the learning-rate schedule in epochs; at least `epochs`. A refit for fewer epochs keeps this
    /// number, and so has the same learning rates in the same epochs.
    pub schedule_epochs: usize,
    /// The focusing exponent of the loss; finite, at least 0. 0 gives the weighted cross entropy.
    pub focal_gamma: f64,
    /// The weight of each class in the loss; finite, at least 0.
    pub class_weights: [f64; CLASSES],
    /// The number of epochs without improvement of the objective after which the fit stops; at least 1. `None` turns
    /// early stopping off. Without a validation set there is no objective, and this has no effect.
    pub patience: Option<usize>,
    /// The validation metric, maximised, that decides which epoch is best.
    pub objective: ChosenMetric,
    /// Which class follows from probabilities.
    pub decision: Decision,
    /// Other decisions, by which each epoch is evaluated too.
    pub alternatives: Vec<Decision>,
    /// What the strategy pays for what it buys and sells.
    pub costs: Costs,
    /// The segments of the validation set, as positions of its sequences, that each epoch is scored on too, one by one.
    pub segments: Vec<Range<usize>>,
    /// Whether segments are scored at other temperatures too.
    pub tempers: bool,
}

impl FitConfig {
    /// The settings for a configuration's hyperparameters, the same in every phase: a schedule of `epochs` epochs, all
    /// of them run, without early stopping, and the most probable class decided for.
    ///
    /// `params` override the model's own parameters, see [`with_params`]. The model may differ from the one that
    /// `training` names: a baseline does. It is fitted with as many seeds as `training` says, see [`with_seeds`].
    ///
    /// # Errors
    ///
    /// When the model rejects the parameters.
    pub fn new(
        model: &ChosenModel,
        params: &Hyperparameters,
        training: &Training,
        class_weights: &ClassWeights,
        epochs: usize,
    ) -> Result<Self, SettingError> {
        let Training { objective, settings: training, .. } = training;
        let model = with_seeds(&with_params(model, &params.model)?, training.seeds);
        // A model that takes no gradient steps declares none of these, and one that does checks them.
        let number = |name| model.params.float(name).unwrap_or(0.0);
        Ok(Self {
            steps: Steps {
                learning_rate: number(LEARNING_RATE),
                weight_decay: number(WEIGHT_DECAY),
                batch_size: model.params.size(BATCH_SIZE).unwrap_or(0),
                accumulation_steps: training.accumulation_steps,
                warmup_fraction: training.warmup_fraction,
                gradient_clip: training.gradient_clip,
                samples_per_epoch: training.samples_per_epoch,
            },
            model,
            epochs,
            schedule_epochs: epochs,
            focal_gamma: training.focal_gamma,
            class_weights: class_weights.mixed(training.class_weight_mix),
            patience: None,
            objective: objective.clone(),
            decision: Decision::MOST_PROBABLE,
            alternatives: Vec::new(),
            costs: Costs::from(training),
            segments: Vec::new(),
            tempers: false,
        })
    }

    /// Checks every setting except those of the model, which checks them itself; returns the loss for a task.
    pub(crate) fn check(&self, task: &Task) -> Result<Loss, SettingError> {
        let at_least_one =
            |field, value: usize| SettingError::require(value >= 1, field, value, "at least 1");
        at_least_one("epochs", self.epochs)?;
        SettingError::require(
            self.schedule_epochs >= self.epochs,
            "schedule_epochs",
            self.schedule_epochs,
            format!("at least epochs = {}", self.epochs),
        )?;
        self.patience.map_or(Ok(()), |patience| at_least_one("patience", patience))?;
        self.costs.check()?;
        Ok(Loss::of(task, FocalLoss::new(self.focal_gamma, self.class_weights)?))
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

/// Checks that a model of `shape` can be fitted to the sets, and that the segments are parts of `validation`.
pub(crate) fn check_sets(
    shape: Shape,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
    segments: &[Range<usize>],
) -> Result<(), FitError> {
    let some = !train.samples().is_empty();
    SettingError::require(some, "train", "an empty set", "at least one sequence with a label")?;
    let shapes = [("train", Some(Shape::of(train))), ("validation", validation.map(Shape::of))];
    for (field, found) in shapes {
        let found = found.unwrap_or(shape);
        SettingError::require(found == shape, field, format!("{found:?}"), format!("the model's {shape:?}"))?;
    }
    let sequences = validation.map_or(0, SequenceSet::len);
    for segment in segments {
        let inside = !segment.is_empty() && segment.end <= sequences;
        let expected =
            format!("a range that is not empty, of the {sequences} sequences of the validation set");
        SettingError::require(inside, "segments", format!("{segment:?}"), expected)?;
    }
    Ok(())
}
