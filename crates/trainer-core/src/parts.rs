//! The models and metrics that a program knows, and those that a configuration chooses.

use crate::evaluation::Costs;
use crate::learner::{ChosenModel, Learner};
use crate::learners;
use artifact_core::Component;
use artifact_core::schema::TrainingSettings;
use data_loader::{Panel, Subset, Task};
use metrics::{AcrossTasks, Metric, Needs};
use settings::part::{Catalog, Chosen, PartError};
use settings::{ConfigError, TrainingConfig};

/// A metric.
pub type ChosenMetric = Chosen<dyn Metric>;

/// The models and metrics that a phase can use; passed in by the program that runs it.
#[derive(Debug, Clone)]
pub struct ModelParts {
    /// The models, for `training.model`.
    pub models: Catalog<dyn Learner>,
    /// The metrics, for `training.objective`.
    pub metrics: Catalog<dyn Metric>,
}

/// How models are trained and scored, with the parts that the settings name.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// The model.
    pub model: ChosenModel,
    /// The metric that is maximised.
    pub objective: ChosenMetric,
    /// The settings as they are stored.
    pub settings: TrainingSettings,
}

impl Training {
    /// Checks that the objective says something of predictions of this task.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.objective`.
    pub fn check_task(&self, task: &Task) -> Result<(), ConfigError> {
        let needs = self.objective.part.needs();
        let (needed, predicted) = match (needs, task.is_classes()) {
            (Needs::Numbers, true) => ("numbers", "classes; choose mcc or another metric of classes"),
            (Needs::Classes, false) => ("classes", "numbers; choose rank_ic or another metric of numbers"),
            _ => return Ok(()),
        };
        let name = &self.objective.component.name;
        let reason =
            format!("{name} is a metric of {needed}, but the target of labels.rule asks for {predicted}");
        Err(ConfigError::of("training.objective", reason))
    }

    /// The same with another objective.
    #[must_use]
    pub fn with_objective(mut self, objective: ChosenMetric) -> Self {
        self.settings.objective = objective.component.clone();
        self.objective = objective;
        self
    }

    /// Checks that the tickers of a panel can be charged what the settings say; see [`Costs::check_panel`].
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.spread_bps` or `training.impact`.
    pub fn check_panel<P: Subset>(&self, panel: &Panel<P>) -> Result<(), ConfigError> {
        Costs::from(&self.settings).check_panel(panel)
    }
}

impl ModelParts {
    /// The built-in models and metrics.
    pub fn builtin() -> Self {
        Self { models: learners::builtin(), metrics: metrics::builtin() }
    }

    /// Looks up the model and the objective that a configuration names.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] naming the key; also if the configuration names several models.
    pub fn training(&self, config: &TrainingConfig) -> Result<Training, ConfigError> {
        let mut trainings = self.trainings(config)?;
        match (trainings.pop(), trainings.len()) {
            (Some(training), 0) => Ok(training),
            (_, others) => {
                let reason = format!("lists {} models, expected one", others + 1);
                Err(ConfigError::of("training.model", reason))
            }
        }
    }

    /// Looks up the models that a configuration lists, in its order, each with the objective; at least one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] naming the key.
    pub fn trainings(&self, config: &TrainingConfig) -> Result<Vec<Training>, ConfigError> {
        let fault = |key: &str, error: PartError| ConfigError::of_part(key, &error, None);
        let objective =
            self.metrics.choose(&config.objective).map_err(|error| fault("training.objective", error))?;
        let training = |(place, setting)| {
            // A single model is written without the list around it.
            let key = match config.model.len() {
                1 => "training.model".to_owned(),
                _ => format!("training.model[{place}]"),
            };
            let model = self.models.choose(setting).map_err(|error| fault(&key, error))?;
            let settings = config.stored(model.component.clone(), objective.component.clone());
            Ok(Training { model, objective: objective.clone(), settings })
        };
        let trainings: Vec<Training> =
            config.model.iter().enumerate().map(training).collect::<Result<_, ConfigError>>()?;
        if trainings.is_empty() {
            return Err(ConfigError::of("training.model", "must name at least one model"));
        }
        Ok(trainings)
    }

    /// These trainings with the objective by which a study ranked its trials, where that took the place of theirs because the
    /// study searches several tasks ([`AcrossTasks::ComparableAs`]); otherwise as they are.
    ///
    /// # Errors
    ///
    /// [`PartError`] for an objective that this program does not know.
    pub fn following(
        &self,
        trainings: Vec<Training>,
        objective: &Component,
    ) -> Result<Vec<Training>, PartError> {
        let follow = |training: Training| match training.objective.part.across_tasks() {
            AcrossTasks::ComparableAs(name)
                if name == objective.name && training.objective.component != *objective =>
            {
                Ok(training.with_objective(self.metrics.find(objective)?))
            }
            _ => Ok(training),
        };
        trainings.into_iter().map(follow).collect()
    }

    /// Finds the model and the objective that stored settings refer to.
    ///
    /// # Errors
    ///
    /// [`PartError`] for a part that this program does not know.
    pub fn stored(&self, settings: &TrainingSettings) -> Result<Training, PartError> {
        let (model, objective) =
            (self.models.find(&settings.model)?, self.metrics.find(&settings.objective)?);
        Ok(Training { model, objective, settings: settings.clone() })
    }
}
