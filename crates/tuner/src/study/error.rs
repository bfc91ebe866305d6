//! Why a study cannot continue.

use super::agreement::Contradiction;
use crate::samplers::InvalidSuggestion;
use crate::search_space::EmptySpace;
use crate::storage::StorageError;
use artifact_core::Error;
use settings::ConfigError;

/// Why a study cannot continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// An artifact cannot be written or read.
    #[error("failed to read or write an artifact")]
    Artifact(#[from] Error),
    /// The study database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The search space is empty, so nothing can be suggested.
    #[error(transparent)]
    Space(#[from] EmptySpace),
    /// A sampler or pruner cannot be used.
    #[error(transparent)]
    Part(#[from] ConfigError),
    /// A sampler left the search space.
    #[error(transparent)]
    Suggestion(#[from] InvalidSuggestion),
    /// A configuration cannot be enqueued.
    #[error("the configuration cannot be enqueued: {0}")]
    Configuration(String),
    /// A trial is finished according to the database, but its artifact is not in the store.
    #[error(
        "trial {number} is finished in the study database {location}, but its artifact is not in this store; all \
         workers of a study need the same --workspace"
    )]
    Elsewhere {
        /// The trial.
        number: u64,
        /// The database.
        location: String,
        /// The store's error.
        source: Box<Error>,
    },
    /// A row of the database contradicts the trial that it names.
    #[error(transparent)]
    Contradiction(#[from] Box<Contradiction>),
    /// A thread cannot be started.
    #[error(
        "failed to start {what}: the system refused a thread; allow this user more processes (`ulimit -u`), or take fewer \
         --workers"
    )]
    Thread {
        /// What the thread would do.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// No trial completed.
    #[error("none of the {trials} trials completed{}", first_failure(first.as_deref()))]
    NoneCompleted {
        /// The number of trials.
        trials: usize,
        /// The first failed trial's error; `None` if all were pruned.
        first: Option<String>,
    },
}

fn first_failure(error: Option<&str>) -> String {
    error.map_or_else(|| ": all were pruned".to_owned(), |error| format!("; the first failure: {error}"))
}
