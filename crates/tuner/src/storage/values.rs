//! The requests to a study database, and its answers.

use super::Param;
use artifact_core::Digest;
use artifact_core::schema::TrialState;
use serde_json::{Map, Value as Json};

/// What names and describes a study.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyIdentity {
    /// Its name.
    pub name: String,
    /// The name of the objective, which is maximised.
    pub metric: String,
    /// Further facts for readers of the database, by name.
    pub attributes: Vec<(&'static str, Json)>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The enqueued rows that cannot be run, by key, with the reason. They become failed rows that belong to no trial.
    pub refused: Vec<(i64, String)>,
    /// The trial to take.
    pub next: Next,
}

/// The trial to take.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// There is none: all are finished.
    Done,
    /// There is none yet: those that it sees have to end first.
    Wait,
    /// There is none: the last ones run.
    Drain,
    /// This one.
    Take {
        /// Its number.
        number: u64,
        /// The key of the enqueued row to use; otherwise a row is made.
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
    /// The values that it was enqueued with, by name.
    pub fixed: Option<Map<String, Json>>,
}

/// The outcome of trying to take a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// All trials are finished.
    Done,
    /// Those that the next trial sees have to end first.
    Wait,
    /// The last ones run.
    Drain,
    /// A trial was taken.
    Taken(Attempt),
}

/// What is stored at the end of a trial.
#[derive(Debug, Clone)]
pub struct FinishedTrial {
    /// How it ended.
    pub state: TrialState,
    /// The objective, of a pruned trial the newest one; absent for a failed trial.
    pub objective: Option<f64>,
    /// The objective epoch by epoch.
    pub by_epoch: Vec<(u64, f64)>,
    /// The values it tried.
    pub params: Vec<Param>,
    /// The trial's object.
    pub artifact: Digest,
    /// Further facts for readers of the database, by name.
    pub attributes: Vec<(&'static str, Json)>,
}

/// Whether a result was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is the trial's result.
    Stored,
    /// Another process had finished the trial before; its result stands.
    Superseded,
}

/// A row as the database shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// The values, by name.
    pub params: Vec<(String, Json)>,
    /// The objective of the newest epoch, and the epoch.
    pub newest: Option<(u64, f64)>,
    /// The user attributes, by name.
    pub attributes: Vec<(String, Json)>,
    /// When it was started and ended, in UTC.
    pub times: [Option<String>; 2],
}
