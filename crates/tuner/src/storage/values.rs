//! The requests to a study database, and its responses.

use super::Param;
use artifact_core::Digest;
use artifact_core::schema::TrialState;
use serde_json::{Map, Value as Json};

/// The name and description of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyIdentity {
    /// Its name, unique in the database.
    pub name: String,
    /// The name of the objective, which is to be maximised.
    pub metric: String,
    /// Further facts for readers of the database, by name.
    pub attributes: Vec<(&'static str, Json)>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The keys of enqueued rows that cannot run, with the reasons. They become failed rows that belong to no trial.
    pub refused: Vec<(i64, String)>,
    /// The trial to take.
    pub next: Next,
}

/// The trial to take.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// None: all are finished.
    Done,
    /// None yet: the trials that the next one sees must finish first.
    Wait,
    /// None: the last trials are running.
    Drain,
    /// This one.
    Take {
        /// Its number.
        number: u64,
        /// The key of the enqueued row to use; without one, a row is created.
        waiting: Option<i64>,
        /// The other programs' results, by Optuna's number, that it and all later trials see.
        seen: Vec<u64>,
    },
}

/// A trial that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The key of its row.
    pub row: i64,
    /// The trial's number.
    pub number: u64,
    /// The values that it was enqueued with, by name; absent if it was not enqueued.
    pub fixed: Option<Map<String, Json>>,
}

/// The outcome of trying to take a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// All trials are finished.
    Done,
    /// The trials that the next one sees must finish first.
    Wait,
    /// The last trials are running.
    Drain,
    /// A trial was taken.
    Taken(Attempt),
}

/// What is stored at the end of a trial.
#[derive(Debug, Clone)]
pub struct FinishedTrial {
    /// How it ended.
    pub state: TrialState,
    /// The objective; for a pruned trial, that of its last epoch; absent for a failed trial.
    pub objective: Option<f64>,
    /// The objective after each epoch; epochs count from 1.
    pub by_epoch: Vec<(u64, f64)>,
    /// The values it tried.
    pub params: Vec<Param>,
    /// The trial's artifact.
    pub artifact: Digest,
    /// Further facts for readers of the database, by name.
    pub attributes: Vec<(&'static str, Json)>,
}

/// Whether a result was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is the trial's result.
    Stored,
    /// Another process finished the trial first; its result stands.
    Superseded,
}

/// The details of a row, for display.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// The values, by name.
    pub params: Vec<(String, Json)>,
    /// The last reported epoch, and the objective after it.
    pub newest: Option<(u64, f64)>,
    /// The user attributes, by name.
    pub attributes: Vec<(String, Json)>,
    /// When it started and when it ended, in UTC.
    pub times: [Option<String>; 2],
}
