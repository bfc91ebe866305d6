//! What the two kinds of databases have in common.
//!
//! All statements on studies are written once, in the part of SQL that SQLite and PostgreSQL share, with `?1`, `?2`.. for
//! values. What differs is in the [`Dialect`].

use chrono::{DateTime, Utc};
use std::fmt;

/// A database's error.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An open database.
pub(super) trait Database: Send + fmt::Debug {
    /// The statements that differ.
    fn dialect(&self) -> &'static Dialect;

    /// Starts a transaction that will write: it waits for others here, rather than failing at its first write.
    fn begin(&mut self) -> Result<(), Failure>;

    /// Commits the transaction.
    fn commit(&mut self) -> Result<(), Failure>;

    /// Rolls the transaction back. A failure does not matter: the database then rolls back by itself.
    fn rollback(&mut self);

    /// Runs several statements without values.
    fn batch(&mut self, sql: &str) -> Result<(), Failure>;

    /// Runs a statement, and returns the number of rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure>;

    /// Runs a query, and returns its rows.
    fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Vec<Cell>>, Failure>;
}

/// The statements that differ between databases.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Creates all tables.
    pub(super) schema: &'static str,
    /// Counts the tables named `?1`.
    pub(super) has_table: &'static str,
    /// Keeps others from creating the tables at the same time.
    pub(super) lock_schema: Option<&'static str>,
    /// Keeps others from changing the study `?1`, where a transaction alone does not.
    pub(super) lock_study: Option<&'static str>,
    /// Whether `heartbeat` is more than `?2` seconds ago.
    pub(super) silent: &'static str,
}

/// A value in a statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Time(DateTime<Utc>),
}

/// A value in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Cell {
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Cell::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// A number; SQLite may return a whole one as an integer.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            Cell::Real(value) => Some(*value),
            Cell::Integer(value) => Some(*value as f64),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(value) => Some(value),
            _ => None,
        }
    }
}

/// Optuna's form of a point in time: naive UTC with microseconds.
pub(super) fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}
