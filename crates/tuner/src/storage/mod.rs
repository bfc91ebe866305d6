//! The study database: the tuner's working memory, in Optuna's own SQLite schema.
//!
//! Results are in the object store; a finished trial's row names its object. The row's number is the trial's number:
//! rows are created in that order, and a trial that was interrupted keeps its row.

mod distribution;

use crate::search_space::{Point, Space};
use artifact_core::schema::TrialState;
use artifact_core::{Digest, InvalidDigest};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The revision of Optuna's schema that this module reads and writes.
const REVISION: &str = "v3.2.0.a";
/// The user attribute of a trial that names its object.
const ARTIFACT_ATTRIBUTE: &str = "holdfast:artifact_id";

/// A failure of the study database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database cannot be read or written.
    #[error("cannot use the study database {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// Another program's database, or another version's.
    #[error(
        "the study database {} has schema revision {found:?}, expected \"{REVISION}\"; move the file away, or upgrade \
         it with Optuna",
        path.display()
    )]
    Revision {
        /// The file.
        path: PathBuf,
        /// Its revision.
        found: Option<String>,
    },
    /// A finished trial does not name its object.
    #[error(
        "trial {number} in the study database {} does not name its artifact; move the file away to start the study \
         over",
        path.display()
    )]
    Artifact {
        /// The file.
        path: PathBuf,
        /// The trial.
        number: u64,
        /// What is wrong with the name; absent when there is none.
        source: Option<InvalidDigest>,
    },
}

/// An open study database.
#[derive(Debug)]
pub struct StudyDatabase {
    path: PathBuf,
    connection: Connection,
    study_id: i64,
}

/// What is stored at the end of a trial.
#[derive(Debug, Clone)]
pub struct FinishedTrial {
    /// The trial's number.
    pub number: u64,
    /// How it ended.
    pub state: TrialState,
    /// The objective, of a pruned trial the newest one; absent for a failed trial.
    pub objective: Option<f64>,
    /// The objective epoch by epoch.
    pub by_epoch: Vec<(u64, f64)>,
    /// The trial's object.
    pub artifact: Digest,
    /// Further facts for readers of the database, by name.
    pub attributes: Vec<(&'static str, serde_json::Value)>,
}

impl StudyDatabase {
    /// Opens the database, or creates it, and finds or creates the study with this name.
    ///
    /// # Errors
    ///
    /// [`StorageError::Revision`] for a database of another schema, which is left untouched.
    pub fn open(path: &Path, study_name: &str) -> Result<Self, StorageError> {
        let sqlite = |source| StorageError::Sqlite { path: path.to_owned(), source };
        let mut connection = Connection::open(path).map_err(sqlite)?;
        // A checkpoint syncs the log; a crash of the machine can at most lose the last commits, never mix them.
        connection.busy_timeout(Duration::from_secs(60)).map_err(sqlite)?;
        let fresh = !has_table(&connection, "studies").map_err(sqlite)?;
        if !fresh {
            let found = revision(&connection).map_err(sqlite)?;
            if found.as_deref() != Some(REVISION) {
                return Err(StorageError::Revision { path: path.to_owned(), found });
            }
        }
        connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;").map_err(sqlite)?;
        let study_id = immediate(&mut connection, |transaction| {
            if fresh {
                transaction.execute_batch(include_str!("schema.sql"))?;
            }
            find_or_create_study(transaction, study_name)
        })
        .map_err(sqlite)?;
        Ok(Self { path: path.to_owned(), connection, study_id })
    }

    /// Notes that a trial runs: a new row, or the row of its interrupted first attempt.
    ///
    /// # Errors
    ///
    /// [`StorageError::Sqlite`].
    pub fn start(
        &mut self,
        number: u64,
        space: &Space,
        point: &Point,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let study = self.study_id;
        self.write(|transaction| {
            let interrupted = trial_id(transaction, study, number)?;
            let trial = match interrupted {
                Some(trial) => trial,
                None => transaction.query_row(
                    "INSERT INTO trials (number, study_id, state, datetime_start)
                     SELECT count(*), ?1, 'RUNNING', ?2 FROM trials WHERE study_id = ?1 RETURNING trial_id",
                    params![study, timestamp(now)],
                    |row| row.get(0),
                )?,
            };
            for (value, dimension) in point.iter().zip(space.dimensions()) {
                let Some((stored, distribution)) = distribution::encode(&dimension.scale, *value) else {
                    continue;
                };
                transaction.execute(
                    "INSERT OR IGNORE INTO trial_params (trial_id, param_name, param_value, distribution_json)
                     VALUES (?1, ?2, ?3, ?4)",
                    params![trial, dimension.name, stored, distribution],
                )?;
            }
            Ok(())
        })
    }

    /// Stores the end of a trial, in one transaction.
    ///
    /// # Errors
    ///
    /// [`StorageError::Sqlite`].
    pub fn finish(&mut self, trial: &FinishedTrial, now: DateTime<Utc>) -> Result<(), StorageError> {
        let study = self.study_id;
        self.write(|transaction| {
            let id = trial_id(transaction, study, trial.number)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            for (epoch, value) in &trial.by_epoch {
                transaction.execute(
                    "INSERT OR REPLACE INTO trial_intermediate_values
                     (trial_id, step, intermediate_value, intermediate_value_type) VALUES (?1, ?2, ?3, 'FINITE')",
                    params![id, *epoch as i64, value],
                )?;
            }
            let artifact = (ARTIFACT_ATTRIBUTE, serde_json::Value::from(trial.artifact.to_string()));
            for (key, value) in std::iter::once(&artifact).chain(&trial.attributes) {
                transaction.execute(
                    "INSERT OR REPLACE INTO trial_user_attributes (trial_id, key, value_json) VALUES (?1, ?2, ?3)",
                    params![id, key, value.to_string()],
                )?;
            }
            if let Some(value) = trial.objective {
                transaction.execute(
                    "INSERT OR REPLACE INTO trial_values (trial_id, objective, value, value_type)
                     VALUES (?1, 0, ?2, 'FINITE')",
                    params![id, value],
                )?;
            }
            let state = match trial.state {
                TrialState::Complete => "COMPLETE",
                TrialState::Pruned => "PRUNED",
                TrialState::Failed => "FAIL",
            };
            transaction.execute(
                "UPDATE trials SET state = ?2, datetime_complete = ?3 WHERE trial_id = ?1 AND state = 'RUNNING'",
                params![id, state, timestamp(now)],
            )?;
            Ok(())
        })
    }

    /// The finished trials' numbers and objects, in number order.
    ///
    /// # Errors
    ///
    /// [`StorageError::Artifact`] when a finished trial names no object.
    pub fn finished(&self) -> Result<Vec<(u64, Digest)>, StorageError> {
        let sqlite = |source| StorageError::Sqlite { path: self.path.clone(), source };
        let mut statement = self
            .connection
            .prepare(
                "SELECT number, value_json FROM trials
                 LEFT JOIN trial_user_attributes a ON a.trial_id = trials.trial_id AND a.key = ?2
                 WHERE study_id = ?1 AND state IN ('COMPLETE', 'PRUNED', 'FAIL') ORDER BY number",
            )
            .map_err(sqlite)?;
        let rows = statement
            .query_map(params![self.study_id, ARTIFACT_ATTRIBUTE], |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Option<String>>(1)?))
            })
            .map_err(sqlite)?;
        rows.map(|row| {
            let (number, json) = row.map_err(sqlite)?;
            let unnamed = |source| StorageError::Artifact { path: self.path.clone(), number, source };
            let text = json.as_deref().and_then(|json| serde_json::from_str::<String>(json).ok());
            let id = text.ok_or_else(|| unnamed(None))?.parse().map_err(|source| unnamed(Some(source)))?;
            Ok((number, id))
        })
        .collect()
    }

    fn write<T>(
        &mut self,
        body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StorageError> {
        let path = &self.path;
        immediate(&mut self.connection, body)
            .map_err(|source| StorageError::Sqlite { path: path.clone(), source })
    }
}

/// Runs `body` in a transaction that holds the write lock from the start, so that it never has to be retried.
fn immediate<T>(
    connection: &mut Connection,
    body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = body(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ?1",
        [name],
        |row| row.get(0),
    )
}

fn revision(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if !has_table(connection, "alembic_version")? {
        return Ok(None);
    }
    connection.query_row("SELECT version_num FROM alembic_version", [], |row| row.get(0)).optional()
}

fn find_or_create_study(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
    let known = transaction
        .query_row("SELECT study_id FROM studies WHERE study_name = ?1", [name], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    transaction.execute("INSERT INTO studies (study_name) VALUES (?1)", [name])?;
    let id = transaction.last_insert_rowid();
    transaction.execute(
        "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MAXIMIZE', ?1, 0)",
        [id],
    )?;
    Ok(id)
}

fn trial_id(transaction: &Transaction<'_>, study: i64, number: u64) -> rusqlite::Result<Option<i64>> {
    transaction
        .query_row(
            "SELECT trial_id FROM trials WHERE study_id = ?1 AND number = ?2",
            params![study, number as i64],
            |row| row.get(0),
        )
        .optional()
}

/// Optuna's form of a point in time: naive UTC with microseconds.
fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search_space::tests::space;

    fn point() -> Point {
        vec![1e-3, 0.1, 1e-4, 5.0, 60.0, 2.0, 12.0, 3.0, 2.0, 32.0]
    }

    fn finished(number: u64) -> FinishedTrial {
        FinishedTrial {
            number,
            state: TrialState::Complete,
            objective: Some(0.25),
            by_epoch: vec![(1, 0.1), (2, 0.25)],
            artifact: Digest::of(&[number as u8]),
            attributes: vec![("stage", "random".into())],
        }
    }

    #[test]
    fn finished_trials_are_found_again_and_interrupted_ones_keep_their_row() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("study.db");
        let now = DateTime::UNIX_EPOCH;
        let mut database = StudyDatabase::open(&path, "study").unwrap();
        for number in 0..3 {
            database.start(number, &space(), &point(), now).unwrap();
        }
        database.finish(&finished(0), now).unwrap();
        database.finish(&finished(2), now).unwrap();
        drop(database);

        let mut database = StudyDatabase::open(&path, "study").unwrap();
        let expected = vec![(0, Digest::of(&[0])), (2, Digest::of(&[2]))];
        assert_eq!(database.finished().unwrap(), expected);
        database.start(1, &space(), &point(), now).unwrap();
        let failed = FinishedTrial { state: TrialState::Failed, objective: None, ..finished(1) };
        database.finish(&failed, now).unwrap();
        assert_eq!(database.finished().unwrap().len(), 3);
        let rows: i64 =
            database.connection.query_row("SELECT count(*) FROM trials", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 3);
        assert_eq!(StudyDatabase::open(&path, "another").unwrap().finished().unwrap(), []);
    }

    #[test]
    fn databases_of_other_revisions_are_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("study.db");
        drop(StudyDatabase::open(&path, "study").unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.execute("UPDATE alembic_version SET version_num = 'v9'", []).unwrap();
        drop(connection);
        let error = StudyDatabase::open(&path, "study").unwrap_err().to_string();
        assert!(error.contains("v9") && error.contains(REVISION), "{error}");
        std::fs::write(&path, b"this is not a database, it is a text").unwrap();
        assert!(matches!(StudyDatabase::open(&path, "study"), Err(StorageError::Sqlite { .. })));
    }
}
