//! The study database: the tuner's working memory, in Optuna's own schema.
//!
//! Results are in the object store; the database records which trials are queued, running and finished, and refers to
//! the artifacts of the finished ones. It is an SQLite file or a PostgreSQL database. Everything is written as it
//! happens, so that Optuna and its dashboard can follow a study, and several processes can share one.
//!
//! Optuna's rules are kept: a finished row never changes, no row is ever deleted, a row's number is the count of the
//! study's earlier rows, enqueued trials wait with their `fixed_params`, and a trial that runs again lists the earlier
//! attempts in `retry_history`. Our own data is in attributes named `holdfast:..`.

mod connect;
mod database;
mod distribution;
mod location;
mod obstacle;
mod patience;
#[cfg(feature = "postgres")]
mod postgres;
mod read;
mod schema;
mod sqlite;
mod statements;
mod study_database;
mod study_rows;
#[cfg(test)]
pub(crate) mod tests;
mod values;
mod write;

pub use distribution::Param;
pub(crate) use distribution::params;
pub use location::{InvalidLocation, Location};
pub use patience::Patience;
pub use study_database::StudyDatabase;
pub use study_rows::{Row, RowState, StudyRows, TrialProgress};
pub use values::{Attempt, Claimed, Details, FinishedTrial, Next, Outlook, Receipt, StudyIdentity};

use artifact_core::InvalidDigest;
use database::Failure;
use obstacle::Obstacle;
use schema::REVISION;

/// A failure of the study database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database cannot be read or written.
    #[error("failed to access the study database {location}")]
    Database {
        /// Where it is.
        location: Location,
        /// The database's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process keeps the database to itself for longer than this one waits.
    #[error(
        "the study database {location} is locked by another process, which did not release it while this one waited; \
         nothing was changed: end that process, or try again later"
    )]
    Locked {
        /// Where it is.
        location: Location,
        /// The database's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server ended the connection, and no other could be made while this process waited.
    #[error(
        "the server of the study database {location} ended the connection and did not answer while this process waited; \
         trials that are finished are kept: see that it runs, and run the command again"
    )]
    Away {
        /// Where it is.
        location: Location,
        /// The server's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The study was to stop while this process waited.
    #[error("stopped while waiting: {what}; nothing was changed: resume or end the process that holds it")]
    Stopped {
        /// Where it is.
        location: Location,
        /// What was waited for.
        what: String,
        /// The database's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk of the database is full.
    #[error(
        "no space is left for the study database {location}; make room and run the command again: trials that are \
         finished are kept"
    )]
    NoSpace {
        /// Where it is.
        location: Location,
        /// The database's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tables are another program's, or another schema revision's.
    #[error(
        "the study database {location} has schema revision {}, expected {REVISION:?}; choose another --storage, or \
         upgrade it with `optuna storage upgrade`",
        found.as_ref().map_or("(none)".to_owned(), |found| format!("{found:?}"))
    )]
    Revision {
        /// Where it is.
        location: Location,
        /// Its revision; absent when it names none.
        found: Option<String>,
    },
    /// The database, or the study in it, does not exist.
    #[error("no study {study} in the study database {location}; start one with `holdfast tune`")]
    NoStudy {
        /// Where it should be.
        location: Location,
        /// The study's name.
        study: String,
    },
    /// A finished trial does not refer to its artifact.
    #[error(
        "finished trial {number} in the study database {location} has no valid artifact id; to start the study over, \
         choose another --storage, or move the file away"
    )]
    Artifact {
        /// Where the database is.
        location: Location,
        /// The trial.
        number: u64,
        /// What is wrong with the id; absent when there is none.
        source: Option<InvalidDigest>,
    },
    /// A row that neither we nor Optuna would have written.
    #[error("row {row} of the study database {location} cannot be read: {problem}")]
    Row {
        /// Where the database is.
        location: Location,
        /// The row's key.
        row: i64,
        /// What was found and what was expected.
        problem: String,
    },
}

impl StorageError {
    /// What a database's error means for the study database there.
    fn of(location: &Location, source: Failure) -> Self {
        let location = location.clone();
        match Obstacle::of(&source) {
            Some(Obstacle::Locked) => Self::Locked { location, source },
            Some(Obstacle::Away) => Self::Away { location, source },
            Some(Obstacle::NoSpace) => Self::NoSpace { location, source },
            Some(Obstacle::MayNotWrite) | None => Self::Database { location, source },
        }
    }
}
