//! One tuning trial.

use super::{EpochRecord, Evaluation, Hyperparameters, ModelKind, PreprocessingId, SnapshotId, SplitPlanId};
use crate::error::{Invalid, ensure, ensure_finite};
use crate::schema::Objective;
use crate::{Digest, Payload};
use serde::{Deserialize, Serialize};

/// One suggestion, fitted and scored on validation, or failed with its reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The digest of everything that determines the study's suggestions and fits.
    pub study_key: Digest,
    /// The number within the study, from 0.
    pub number: u64,
    /// The stage that suggested it.
    pub stage: String,
    /// The model.
    pub model: ModelKind,
    /// The root seed of the study.
    pub seed: u64,
    /// The values tried.
    pub params: Hyperparameters,
    /// The rows it saw.
    pub development_snapshot: SnapshotId,
    /// Its split; absent when the trial failed before it had one.
    pub split: Option<SplitPlanId>,
    /// Its preprocessing; absent when the trial failed before it had one.
    pub preprocessing: Option<PreprocessingId>,
    /// How it ended.
    pub state: TrialState,
    /// The error that ended it; present exactly when it failed.
    pub error: Option<String>,
    /// The result; present exactly when it is complete.
    pub metrics: Option<TrialMetrics>,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// Fitted and scored.
    Complete,
    /// Ended by an error. It has no score: a failure is no score of 0.
    Failed,
}

/// The result of a complete trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialMetrics {
    /// Which figure is maximised.
    pub objective: Objective,
    /// Its value on validation at the best epoch.
    pub objective_value: f64,
    /// The accuracy on validation at the best epoch.
    pub validation_accuracy: f64,
    /// All figures on validation at the best epoch.
    pub validation: Evaluation,
    /// The training loss at the best epoch.
    pub training_loss: f64,
    /// The validation loss at the best epoch.
    pub final_loss: f64,
    /// The best epoch, from 1.
    pub best_epoch: u64,
    /// The epochs that were run.
    pub epochs_trained: u64,
    /// The learning curve.
    pub history: Vec<EpochRecord>,
    /// The digest of the weights before training.
    pub initial_weights: Digest,
    /// The digest of the weights of the best epoch.
    pub best_weights: Digest,
}

impl Payload for Trial {
    const KIND: &'static str = "trial";

    fn parents(&self) -> Vec<Digest> {
        let mut parents = vec![self.development_snapshot.digest()];
        parents.extend(self.split.map(|id| id.digest()));
        parents.extend(self.preprocessing.map(|id| id.digest()));
        parents
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.params.validate()?;
        let complete = self.state == TrialState::Complete;
        let agrees = |present: bool| if present { "present" } else { "absent" };
        for (field, present, expected) in
            [("metrics", self.metrics.is_some(), complete), ("error", self.error.is_some(), !complete)]
        {
            ensure(present == expected, field, agrees(present), agrees(expected))?;
        }
        let Some(metrics) = &self.metrics else {
            return Ok(());
        };
        ensure(self.split.is_some(), "split", "absent", "present in a complete trial")?;
        ensure(self.preprocessing.is_some(), "preprocessing", "absent", "present in a complete trial")?;
        ensure_finite(metrics.objective_value, "metrics.objective_value")?;
        metrics.validation.validate("metrics.validation")?;
        let epochs = metrics.history.len() as u64;
        ensure(metrics.epochs_trained == epochs, "metrics.epochs_trained", metrics.epochs_trained, epochs)?;
        let best = metrics.best_epoch;
        ensure(
            (1..=epochs).contains(&best),
            "metrics.best_epoch",
            best,
            format!("an epoch from 1 to {epochs}"),
        )
    }
}
