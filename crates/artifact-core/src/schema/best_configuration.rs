//! The chosen configuration, with all that the final fit needs.

use super::{
    CrossValidation, CrossValidationId, Hyperparameters, ModelKind, Objective, Preprocessing, SealId,
    SnapshotId, SplitPlan, StudyId, TrialId,
};
use crate::config::TrainingConfig;
use crate::error::{Invalid, ensure};
use crate::{Digest, Payload};
use serde::{Deserialize, Serialize};

/// The one document that final-trainer reads.
///
/// Unlike the best configurations of older pipelines it carries split, scaler and class weights, so that nothing has
/// to be made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestConfiguration {
    /// The sealed data.
    pub seal: SealId,
    /// The full snapshot behind the seal.
    pub snapshot: SnapshotId,
    /// The study.
    pub study: StudyId,
    /// The chosen trial.
    pub trial: TrialId,
    /// Its number.
    pub trial_number: u64,
    /// The root seed.
    pub seed: u64,
    /// The model.
    pub model: ModelKind,
    /// The configuration.
    pub params: Hyperparameters,
    /// How models are trained and scored.
    pub training: TrainingConfig,
    /// Which figure decided.
    pub objective: Objective,
    /// The length of the learning-rate schedule, in epochs.
    pub schedule_epochs: u64,
    /// How long to train, in epochs.
    pub epochs_to_train: u64,
    /// The split.
    pub split: SplitPlan,
    /// Features, labels, scaler and class weights.
    pub preprocessing: Preprocessing,
    /// All cross-validated candidates, best first; the first is the chosen one.
    pub candidates: Vec<CrossValidationId>,
    /// The chosen one's cross-validation.
    pub cross_validation: CrossValidationId,
    /// The cross-validation's results.
    pub cv_results: CrossValidation,
    /// The baseline to fit beside it.
    pub baseline: Baseline,
    /// Whether any of it rests on artifacts that had to be made again.
    pub regenerated: bool,
}

/// The linear model that is fitted beside the chosen one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its cross-validation on the same folds.
    pub cross_validation: CrossValidationId,
    /// Its configuration.
    pub params: Hyperparameters,
    /// How long to train it, in epochs.
    pub epochs_to_train: u64,
}

impl Payload for BestConfiguration {
    const KIND: &'static str = "best_configuration";

    fn parents(&self) -> Vec<Digest> {
        let mut parents = vec![self.seal.digest(), self.study.digest(), self.trial.digest()];
        parents.extend(self.candidates.iter().map(|id| id.digest()));
        parents.push(self.baseline.cross_validation.digest());
        parents
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.params.validate()?;
        self.baseline.params.validate()?;
        self.split.validate()?;
        self.preprocessing.validate()?;
        self.cv_results.validate()?;
        let (chosen, cv) = (self.epochs_to_train, self.cv_results.epochs_to_train);
        ensure(chosen == cv, "epochs_to_train", chosen, format!("the cross-validation's {cv}"))?;
        ensure(
            chosen <= self.schedule_epochs,
            "schedule_epochs",
            self.schedule_epochs,
            format!("at least {chosen}"),
        )?;
        let chosen = self.candidates.first() == Some(&self.cross_validation);
        ensure(chosen, "cross_validation", self.cross_validation, "the first of candidates")?;
        let (s, w) = (self.params.seq_length, self.params.time_window);
        ensure(self.split.seq_length == s, "split.seq_length", self.split.seq_length, s)?;
        ensure(self.split.time_window == w, "split.time_window", self.split.time_window, w)?;
        let label = self.preprocessing.labels.time_window;
        ensure(label == w, "preprocessing.labels.time_window", label, w)
    }
}
