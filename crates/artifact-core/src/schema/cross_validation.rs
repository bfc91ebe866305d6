//! One configuration on k folds.

use super::{
    EpochRecord, Evaluation, Hyperparameters, ModelKind, Objective, PreprocessingId, SplitPlanId, TrialId,
};
use crate::error::{Invalid, ensure};
use crate::schema::split::CvMethod;
use crate::{Digest, IndexSet, Payload};
use serde::{Deserialize, Serialize};

/// The cross-validation of one configuration inside the development rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossValidation {
    /// The trial whose configuration it is; for the baseline the trial whose data it shares.
    pub trial: TrialId,
    /// That trial's number.
    pub trial_number: u64,
    /// Whether the configuration may be chosen.
    pub role: Role,
    /// The model.
    pub model: ModelKind,
    /// The configuration.
    pub params: Hyperparameters,
    /// The split.
    pub split: SplitPlanId,
    /// The preprocessing.
    pub preprocessing: PreprocessingId,
    /// Whether split and preprocessing had to be made again because the trial's own were missing.
    pub regenerated: bool,
    /// How the development sequences were cut.
    pub method: CvMethod,
    /// Whether each fold used the frozen scaler and class weights (`false`) or its own (`true`).
    pub refitted_preprocessing: bool,
    /// Which figure is maximised.
    pub objective: Objective,
    /// The epochs each fold was trained for.
    pub epochs_trained: u64,
    /// The epoch whose mean objective over the folds is highest, from 1: how long the final fit trains.
    pub epochs_to_train: u64,
    /// The folds, each evaluated at `epochs_to_train`.
    pub folds: Vec<FoldResult>,
    /// Means and deviations over the folds.
    pub summary: CvSummary,
}

/// Whether a cross-validated configuration may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One of the best trials.
    Candidate,
    /// The linear model, for comparison.
    Baseline,
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldResult {
    /// The fold, from 1.
    pub fold: u64,
    /// The sequences it trained on, after purge and embargo.
    pub train: IndexSet,
    /// The sequences it was evaluated on.
    pub evaluated: IndexSet,
    /// The digest of its weights before training.
    pub initial_weights: Digest,
    /// The figures at the chosen epoch.
    pub evaluation: Evaluation,
    /// The learning curve.
    pub history: Vec<EpochRecord>,
}

/// Means and sample standard deviations over folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CvSummary {
    /// The mean objective.
    pub avg_objective: f64,
    /// Its sample standard deviation (n - 1).
    pub std_objective: f64,
    /// The mean accuracy.
    pub avg_accuracy: f64,
    /// Its sample standard deviation (n - 1).
    pub std_accuracy: f64,
    /// The mean return per decision after cost.
    pub avg_return: f64,
}

impl Payload for CrossValidation {
    const KIND: &'static str = "cross_validation";

    fn parents(&self) -> Vec<Digest> {
        vec![self.trial.digest(), self.split.digest(), self.preprocessing.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.params.validate()?;
        ensure(self.folds.len() >= 2, "folds", self.folds.len(), "at least 2 folds")?;
        let (epochs, chosen) = (self.epochs_trained, self.epochs_to_train);
        ensure(
            (1..=epochs).contains(&chosen),
            "epochs_to_train",
            chosen,
            format!("an epoch from 1 to {epochs}"),
        )?;
        for fold in &self.folds {
            let field = format!("folds[{}]", fold.fold);
            ensure(!fold.train.is_empty(), &format!("{field}.train"), "empty", "at least one sequence")?;
            let apart = fold.train.is_disjoint(&fold.evaluated);
            ensure(apart, &format!("{field}.train"), "overlapping", "disjoint from evaluated")?;
            let length = fold.history.len() as u64;
            ensure(length == epochs, &format!("{field}.history"), length, epochs)?;
            fold.evaluation.validate(&format!("{field}.evaluation"))?;
        }
        for (left, right) in self.folds.iter().zip(self.folds.iter().skip(1)) {
            let apart = left.evaluated.is_disjoint(&right.evaluated);
            ensure(apart, "folds.evaluated", "overlapping", "disjoint between folds")?;
        }
        Ok(())
    }
}
