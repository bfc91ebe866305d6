//! Why a study cannot continue.

use crate::search_space::EmptySpace;
use crate::storage::StorageError;
use artifact_core::Error;
use settings::ConfigError;

/// Why a study cannot continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// An artifact cannot be stored or loaded.
    #[error("failed to read or write an artifact")]
    Artifact(#[from] Error),
    /// The study database fails.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nothing can be suggested.
    #[error(transparent)]
    Space(#[from] EmptySpace),
    /// A sampler or pruner cannot be used.
    #[error(transparent)]
    Part(#[from] ConfigError),
    /// A configuration cannot be enqueued.
    #[error("the configuration cannot be tried: {0}")]
    Configuration(String),
    /// A finished trial is in the database, but not in the store.
    #[error(
        "trial {number} is finished in the study database {location}, but its artifact is not in this store; all \
         workers of a study need the same --workspace"
    )]
    Elsewhere {
        /// The trial.
        number: u64,
        /// The database.
        location: String,
        /// The store's answer.
        source: Box<Error>,
    },
    /// No trial completed.
    #[error("all {trials} trials failed; the first one with: {first}")]
    AllFailed {
        /// The number of trials.
        trials: usize,
        /// The first one's error.
        first: String,
    },
}
