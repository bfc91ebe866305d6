//! What the two kinds of databases have in common.
//!
//! All statements on studies are written once, in the subset of SQL that SQLite and PostgreSQL share, with placeholders
//! `?1`, `?2`.. The differences are in the [`Dialect`].

use chrono::{DateTime, Utc};
use std::fmt;
use std::time::Duration;

/// A database's error.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An open database.
pub(super) trait Database: Send + fmt::Debug {
    /// The statements that differ between databases.
    fn dialect(&self) -> &'static Dialect;

    /// Starts a transaction that will write: it waits for other writers here, rather than failing at its first write.
    fn begin(&mut self) -> Result<(), Failure>;

    /// Commits the transaction.
    fn commit(&mut self) -> Result<(), Failure>;

    /// Rolls the transaction back. A failure is ignored: the database then rolls back by itself.
    fn rollback(&mut self);

    /// How long an attempt at a lock lasts.
    fn attempt(&self) -> Duration;

    /// Who holds a lock that an attempt did not get, if that can be known.
    fn holder(&mut self) -> Option<String> {
        None
    }

    /// Whether the connection is lost, so that [`Database::reconnect`] has to make another.
    fn is_lost(&self) -> bool {
        false
    }

    /// Makes another connection in place of a lost one.
    fn reconnect(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Runs several statements without placeholders.
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
    /// Keeps other processes from creating the tables at the same time; `None` where a transaction alone does.
    pub(super) lock_schema: Option<&'static str>,
    /// Keeps other processes from changing the study `?1`; `None` where a transaction alone does.
    pub(super) lock_study: Option<&'static str>,
    /// Whether `heartbeat` is more than `?2` seconds old. Heartbeats are written and compared by the database's own
    /// clock, so the clocks of the processes need not agree.
    pub(super) expired: &'static str,
}

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Time(DateTime<Utc>),
}

/// A value in a result row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Cell {
    /// The value, if it is an integer.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Cell::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The value, if it is a number; SQLite may return a whole number as an integer.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            Cell::Real(value) => Some(*value),
            Cell::Integer(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// The value, if it is a text.
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
