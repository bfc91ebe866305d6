//! Why phase 2 cannot continue.

use artifact_core::Error;
use data_loader::{DatasetError, SplitError};
use legacy::AmbiguousShape;
use settings::part::PartError;
use trainer_core::{EngineMismatch, FitError, SettingError};

/// Why phase 2 cannot continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendedError {
    /// An artifact cannot be read or written.
    #[error("failed to read or write an artifact")]
    Artifact(#[from] Error),
    /// The study was made by another engine version.
    #[error(transparent)]
    Engine(#[from] EngineMismatch),
    /// The sequences cannot be prepared.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// The sequences cannot be divided into folds.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// This program does not have a part that a trial names.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A setting is not valid.
    #[error(transparent)]
    Config(#[from] SettingError),
    /// A trial's split or scaler is missing, and the configuration requires both.
    #[error(
        "the split or scaler of trial {number} is missing ({reason}); restore it, or leave out --require-artifacts \
         (extended.require_artifacts) to recompute it"
    )]
    MissingArtifacts {
        /// The trial.
        number: u64,
        /// What is missing.
        reason: String,
    },
    /// An imported trial's split and scaler cannot be reused, and the configuration requires that.
    #[error(
        "the split and scaler of imported trial {number} cannot be reused: {reason}; leave out --require-artifacts \
         (extended.require_artifacts) to recompute them"
    )]
    UnusableArtifacts {
        /// The trial.
        number: u64,
        /// Why.
        reason: String,
    },
    /// An imported trial lacks artifacts, and the trials of its shape have different ones. The source lists them and
    /// says what to do.
    #[error(
        "imported trial {number} states no complete split, scaler and class weights, and the trials with the same \
         seq_length, time_window and batch_size state different ones"
    )]
    Ambiguous {
        /// The trial.
        number: u64,
        /// The matching trials.
        source: AmbiguousShape,
    },
    /// No imported trial can be cross-validated.
    #[error(
        "none of the {trials} imported trials has both a score and all parameters{}; run `holdfast artifact show` to see \
         what each one states",
        first.as_ref().map_or(String::new(), |first| format!(" (the first one with a score: {first})"))
    )]
    NoImportedTrials {
        /// The number of imported trials.
        trials: usize,
        /// What is wrong with the parameters of the first trial that has a score.
        first: Option<artifact_core::Invalid>,
    },
    /// The settings list several models, and older results do not say which of them theirs is.
    #[error(
        "imported trials do not name their model, and training.model lists several; set it to the one that they \
         were fitted with"
    )]
    ModelOfImported,
    /// The study has no complete trial.
    #[error(
        "the study has no complete trial to cross-validate; see trial_results.json for the error of each trial"
    )]
    NoTrials,
    /// The cross-validation of every candidate failed.
    #[error("cross-validation failed for every candidate; the first error: {first}")]
    AllFailed {
        /// The first candidate's error.
        first: FitError,
    },
    /// The cross-validation of a baseline failed.
    #[error("cross-validation failed for the {name} baseline")]
    Baseline {
        /// The baseline's model.
        name: &'static str,
        /// Its error.
        source: FitError,
    },
}
