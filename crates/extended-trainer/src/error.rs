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
    /// An artifact cannot be stored or loaded.
    #[error("failed to read or write an artifact")]
    Artifact(#[from] Error),
    /// The study was made by another engine.
    #[error(transparent)]
    Engine(#[from] EngineMismatch),
    /// The sequences cannot be prepared.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// The sequences cannot be cut.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A stored part is not known to this program.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] SettingError),
    /// A trial's artifacts are missing, and they are required.
    #[error(
        "trial {number} has no artifacts ({reason}); run the tuner again to make them, or leave out \
         --require-artifacts to rebuild them"
    )]
    MissingArtifacts {
        /// The trial.
        number: u64,
        /// What is missing.
        reason: String,
    },
    /// An imported trial's artifacts cannot be used, and they are required.
    #[error(
        "imported trial {number} has no artifacts that can be used here: {reason}; leave out --require-artifacts to rebuild \
         split and scaler"
    )]
    UnusableArtifacts {
        /// The trial.
        number: u64,
        /// Why.
        reason: String,
    },
    /// An imported trial has no artifacts of its own, and those of its shape differ.
    #[error(
        "imported trial {number} has no artifacts of its own, and its shape does not tell which are meant"
    )]
    Ambiguous {
        /// The trial.
        number: u64,
        /// All that match.
        source: AmbiguousShape,
    },
    /// No imported trial can be cross-validated.
    #[error(
        "none of the {trials} imported trials has a score and all parameters{}; see `artifact show` for what each one \
         states",
        first.as_ref().map_or(String::new(), |first| format!(" (the first one: {first})"))
    )]
    NoImportedTrials {
        /// How many there are.
        trials: usize,
        /// What is wrong with the parameters of the first one that has a score.
        first: Option<artifact_core::Invalid>,
    },
    /// The study has no complete trial.
    #[error(
        "the study has no complete trial to cross-validate; see the errors of its trials in trial_results.json"
    )]
    NoTrials,
    /// No candidate came through.
    #[error("the cross-validation of every candidate failed; the first one with: {first}")]
    AllFailed {
        /// The first one's error.
        first: FitError,
    },
    /// The baseline did not come through.
    #[error("the cross-validation of the linear baseline failed")]
    Baseline {
        /// Its error.
        source: FitError,
    },
}
