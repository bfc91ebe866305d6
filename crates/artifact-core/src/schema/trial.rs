//! One tuning trial.

use super::planned::geometry;
use super::upgrade;
use super::{
    DailyReturns, EpochRecord, Evaluation, Hyperparameters, NumberFigures, PreprocessingId, SnapshotId,
    SplitPlanId,
};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure, ensure_close};
use crate::id::{Digest, Id};
use crate::parents::{Contradiction, Parents, agree, same};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The id of a [`Trial`].
pub type TrialId = Id<Trial>;

/// One suggestion: fitted and scored on validation, ended early, or failed with its reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trial {
    /// The digest of everything that determines the study's suggestions and fits.
    pub study_key: Digest,
    /// The number within the study, from 0.
    pub number: u64,
    /// The stage that suggested it.
    pub stage: String,
    /// The model.
    pub model: Component,
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
    /// The result; absent exactly when it failed. A pruned trial's covers the epochs it ran.
    pub metrics: Option<TrialMetrics>,
    /// How it was pruned; present exactly when it was.
    pub pruning: Option<Pruning>,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// Fitted and scored.
    Complete,
    /// Ended before its last epoch, because others did better. It is never the best trial, whatever its score.
    Pruned,
    /// Ended by an error. It has no score: a failure is not a score of 0.
    Failed,
}

/// How a trial was pruned. The epoch is the last one of its metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pruning {
    /// The written name of the rule that ended it.
    pub pruner: String,
    /// The epochs it could have run.
    pub epochs_allowed: u64,
}

/// The result of a complete or pruned trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialMetrics {
    /// The metric that is maximised.
    pub objective: Component,
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
    /// What the strategy of the evaluation earns at the best epoch, row by row: a blob of [`DailyReturns`], one for each row
    /// after `validation_row` and before `split_row`, whatever the trial's windows; 0 where none of its decisions is invested.
    pub daily_returns: Digest,
    /// How much of the objective is due to choosing the epoch on the rows that score it, estimated: the epoch is chosen on one half
    /// of the rows and scored on the other. Left out where there are too few rows, and in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping_bias: Option<f64>,
}

impl Payload for Trial {
    const KIND: &'static str = "trial";

    const VERSIONS: &'static [Version] = &[
        Version::FIRST,
        Version::COMPONENTS,
        Version { major: 3, minor: 1, change: NumberFigures::CHANGE },
        Version { major: 4, minor: 0, change: Evaluation::CHANGE },
        Version {
            major: 4,
            minor: 1,
            change: "How much choosing the epoch on the rows that score it adds to the objective, and bid-ask spread and market \
                     impact, where they are charged.",
        },
    ];

    fn minor(&self) -> u64 {
        let of_metrics = |metrics: &TrialMetrics| {
            metrics.validation.minor().max(u64::from(metrics.stopping_bias.is_some()))
        };
        self.metrics.as_ref().map_or(0, of_metrics)
    }

    fn upgrade(from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::trial(from, payload)
    }

    fn parents(&self) -> Vec<Digest> {
        let mut parents = vec![self.development_snapshot.digest()];
        parents.extend(self.split.map(|id| id.digest()));
        parents.extend(self.preprocessing.map(|id| id.digest()));
        parents
    }

    fn blobs(&self) -> Vec<Digest> {
        self.metrics.iter().map(|metrics| metrics.daily_returns).collect()
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.model.validate("model")?;
        self.params.validate("params")?;
        let (failed, pruned) = (self.state == TrialState::Failed, self.state == TrialState::Pruned);
        let agrees = |present: bool| if present { "present" } else { "absent" };
        for (field, present, expected) in [
            ("metrics", self.metrics.is_some(), !failed),
            ("error", self.error.is_some(), failed),
            ("pruning", self.pruning.is_some(), pruned),
        ] {
            ensure(present == expected, field, agrees(present), agrees(expected))?;
        }
        if self.preprocessing.is_some() {
            ensure(self.split.is_some(), "split", "absent", "present where preprocessing is")?;
        }
        ensure(!self.stage.is_empty(), "stage", "empty", "a name")?;
        let Some(metrics) = &self.metrics else {
            return Ok(());
        };
        ensure(self.split.is_some(), "split", "absent", "present in a scored trial")?;
        ensure(self.preprocessing.is_some(), "preprocessing", "absent", "present in a scored trial")?;
        if let Some(pruning) = &self.pruning {
            ensure(!pruning.pruner.is_empty(), "pruning.pruner", "empty", "a name")?;
            let (run, allowed) = (metrics.epochs_trained, pruning.epochs_allowed);
            let expected = format!("more than the {run} that were run");
            ensure(allowed > run, "pruning.epochs_allowed", allowed, expected)?;
        }
        metrics.validate().map_err(|invalid| invalid.within("metrics"))
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        parents.get(self.development_snapshot)?;
        let Some(split_id) = self.split else {
            return Ok(());
        };
        let split = parents.get(split_id)?;
        same("development_snapshot", self.development_snapshot, split.development_snapshot, "the split")?;
        geometry(&self.params, &split, "the split")?;
        let Some(preprocessing) = self.preprocessing else {
            return Ok(());
        };
        let planned = parents.planned(split_id, preprocessing, &self.params)?;
        if let Some(metrics) = &self.metrics {
            planned.holds(&metrics.validation, split.validation.len(), "metrics.validation")?;
            let within = |invalid: Invalid| invalid.within("metrics.daily_returns");
            let returns = DailyReturns::from_bytes(&parents.blob(&metrics.daily_returns)?).map_err(within)?;
            let rows = split.split_row - split.validation_row - 1;
            agree("metrics.daily_returns", returns.values.len(), rows, "the split")?;
        }
        Ok(())
    }
}

impl TrialMetrics {
    fn validate(&self) -> Result<(), Invalid> {
        self.objective.validate("objective")?;
        self.validation.validate("validation")?;
        ensure_close(
            self.validation_accuracy,
            self.validation.accuracy,
            "validation_accuracy",
            "validation",
        )?;
        EpochRecord::validate_curve(&self.history, true, "history")?;
        let epochs = self.history.len() as u64;
        ensure(self.epochs_trained == epochs, "epochs_trained", self.epochs_trained, epochs)?;
        // Ties go to the first epoch: its weights are the ones that are kept.
        let objectives = self.history.iter().filter_map(|record| Some((record.epoch, record.objective?)));
        let best = objectives.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let best = best.map_or(0, |(epoch, _)| epoch);
        ensure(self.best_epoch == best && best > 0, "best_epoch", self.best_epoch, best)?;
        for record in self.history.iter().filter(|record| record.epoch == best) {
            ensure_close(self.training_loss, record.train_loss, "training_loss", "the best epoch")?;
            let loss = record.validation_loss.unwrap_or(record.train_loss);
            ensure_close(self.final_loss, loss, "final_loss", "the best epoch")?;
            let objective = record.objective.unwrap_or_default();
            ensure_close(self.objective_value, objective, "objective_value", "the best epoch")?;
        }
        Ok(())
    }
}
