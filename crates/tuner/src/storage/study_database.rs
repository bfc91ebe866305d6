//! A study in a database: opening it, taking trials, and recording their progress.

use super::connect::{connect, find, find_or_create, transaction};
use super::database::{Cell, Database, Failure, Value};
use super::read::{self, FIXED, NUMBER};
use super::schema::{self, Found};
use super::statements::{BEAT, SET_SYSTEM_ATTRIBUTE, SET_USER_ATTRIBUTE};
use super::{
    Attempt, Claimed, FinishedTrial, Location, Next, Outlook, Param, Receipt, Row, RowState, StorageError,
    StudyIdentity, StudyRows, TrialProgress,
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// An open study. Every change is one transaction, so a process killed at any point leaves no half-written trial.
#[derive(Debug)]
pub struct StudyDatabase {
    location: Location,
    pub(super) database: Box<dyn Database>,
    pub(super) study: i64,
    pub(super) rows: StudyRows,
}

impl StudyDatabase {
    /// Opens the database, or creates it, and finds or creates the study.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; [`StorageError::Revision`] for a database of another schema revision, which is left untouched.
    pub fn open(location: &Location, identity: &StudyIdentity) -> Result<Self, StorageError> {
        let failed = |source| StorageError::of(location, source);
        let mut database = connect(location, true)?;
        let study = transaction(&mut *database, |database| {
            schema::create(database)?;
            find_or_create(database, identity)
        })
        .map_err(failed)?;
        Self::at(location, database, study)
    }

    /// Opens an existing study. Where neither the file nor its directory may be written, it can only be read.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; [`StorageError::NoStudy`] when there is no such study, [`StorageError::Revision`] for a
    /// database of another schema revision.
    pub fn open_existing(location: &Location, name: &str) -> Result<Self, StorageError> {
        let missing = || StorageError::NoStudy { location: location.clone(), study: name.to_owned() };
        // Otherwise SQLite reports that it cannot open the file, without the remedy.
        if matches!(location, Location::Sqlite(path) if !path.exists()) {
            return Err(missing());
        }
        let failed = |source| StorageError::of(location, source);
        let mut database = connect(location, false)?;
        if schema::look(&mut *database).map_err(failed)? == Found::Nothing {
            return Err(missing());
        }
        let study = find(&mut *database, name).map_err(failed)?.ok_or_else(missing)?;
        Self::at(location, database, study)
    }

    fn at(location: &Location, database: Box<dyn Database>, study: i64) -> Result<Self, StorageError> {
        let mut opened = Self { location: location.clone(), database, study, rows: StudyRows::default() };
        opened.refresh()?;
        Ok(opened)
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The rows as last read.
    pub fn rows(&self) -> &StudyRows {
        &self.rows
    }

    /// Reads what other processes wrote.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`], [`StorageError::Row`] or [`StorageError::Artifact`].
    pub fn refresh(&mut self) -> Result<&StudyRows, StorageError> {
        read::refresh(&mut *self.database, &self.location, self.study, &mut self.rows)?;
        Ok(&self.rows)
    }

    /// Takes the trial that `decide` chooses from the up-to-date rows, while no other process can take one.
    ///
    /// First, attempts without a heartbeat for longer than `grace` end as failed rows, so that their trials can be
    /// taken again.
    ///
    /// # Errors
    ///
    /// As [`StudyDatabase::refresh`].
    pub fn claim(
        &mut self,
        worker: &str,
        grace: Duration,
        now: DateTime<Utc>,
        decide: impl FnOnce(&StudyRows) -> Outlook,
    ) -> Result<Claimed, StorageError> {
        self.exclusively(|this| {
            this.end_expired(grace, now)?;
            let outlook = decide(this.refresh()?);
            for (row, reason) in &outlook.refused {
                this.refuse(*row, reason, now)?;
            }
            let (number, waiting, seen) = match outlook.next {
                Next::Done => {
                    this.end_superfluous(now)?;
                    return Ok(Claimed::Done);
                }
                Next::Wait => return Ok(Claimed::Wait),
                Next::Drain => return Ok(Claimed::Drain),
                Next::Take { number, waiting, seen } => (number, waiting, seen),
            };
            for row in seen {
                this.settle(row, number)?;
            }
            let row = this.take_row(number, waiting, now)?;
            this.attribute(SET_USER_ATTRIBUTE, row, NUMBER, &number.into())?;
            this.attribute(SET_USER_ATTRIBUTE, row, "holdfast:worker", &worker.into())?;
            this.execute(BEAT, &[Value::Integer(row)])?;
            this.refresh()?;
            // From any attempt, so that a retry tries the same configuration.
            let fixed = this.rows.attempts(number).find_map(|row| row.fixed.clone());
            Ok(Claimed::Taken(Attempt { row, number, fixed }))
        })
    }

    /// Records the values that an attempt tries.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn describe(
        &mut self,
        row: i64,
        params: &[Param],
        attributes: &[(&'static str, Json)],
    ) -> Result<(), StorageError> {
        self.exclusively(|this| {
            this.write_params(row, params)?;
            attributes.iter().try_for_each(|(key, value)| this.attribute(SET_USER_ATTRIBUTE, row, key, value))
        })
    }

    /// Records the objective after an epoch, which also counts as a heartbeat.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn report(&mut self, row: i64, epoch: u64, objective: f64) -> Result<(), StorageError> {
        self.exclusively(|this| {
            this.write_epoch(row, epoch, objective)?;
            this.execute(BEAT, &[Value::Integer(row)])
        })
    }

    /// Records a heartbeat for these attempts.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn beat(&mut self, rows: &[i64]) -> Result<(), StorageError> {
        self.exclusively(|this| rows.iter().try_for_each(|row| this.execute(BEAT, &[Value::Integer(*row)])))
    }

    /// Stores the result of a trial, unless another process has finished the trial first. If the trial is the best one
    /// so far, `best` is called before others can see the result.
    ///
    /// If another process has given the attempt up meanwhile, the result goes into a new row, so that it is not lost.
    ///
    /// # Errors
    ///
    /// [`StorageError`], or the error of `best`. Then nothing is stored.
    pub fn finish<E: From<StorageError>>(
        &mut self,
        attempt: &Attempt,
        trial: &FinishedTrial,
        now: DateTime<Utc>,
        best: impl FnOnce() -> Result<(), E>,
    ) -> Result<Receipt, E> {
        self.exclusively(|this| {
            this.refresh()?;
            // Checked under the lock: of two processes with this trial, the first one to get here wins.
            if let TrialProgress::Finished(_) = this.rows.progress(attempt.number) {
                this.interrupt(attempt.row, "another process finished the trial first", now)?;
                this.refresh()?;
                return Ok(Receipt::Superseded);
            }
            let running = this
                .rows
                .attempts(attempt.number)
                .any(|row| row.id == attempt.row && row.state == RowState::Running);
            let row = if running { attempt.row } else { this.take_row(attempt.number, None, now)? };
            this.write_result(row, attempt.number, trial, now)?;
            this.refresh()?;
            if this.rows.best().is_some_and(|(number, _)| number == attempt.number) {
                best()?;
            }
            Ok(Receipt::Stored)
        })
    }

    /// Gives attempts up: their rows fail, and their trials can be taken again.
    ///
    /// # Errors
    ///
    /// As [`StudyDatabase::refresh`].
    pub fn give_up(&mut self, rows: &[i64], reason: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.exclusively(|this| {
            rows.iter().try_for_each(|row| this.interrupt(*row, reason, now))?;
            this.refresh().map(drop)
        })
    }

    /// Gives up every running attempt of ours. Call it only when no other process works on the study.
    ///
    /// # Errors
    ///
    /// As [`StudyDatabase::refresh`].
    pub fn give_up_all(&mut self, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.refresh()?;
        // Running trials of other programs are not ours to end.
        let running = |row: &&Row| row.state == RowState::Running && row.trial.is_some();
        let rows: Vec<i64> = self.rows.iter().filter(running).map(|row| row.id).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.give_up(&rows, "its process ended", now)
    }

    /// Enqueues values for the next trial that was never taken. Returns Optuna's number of the new row.
    ///
    /// # Errors
    ///
    /// As [`StudyDatabase::refresh`].
    pub fn enqueue(&mut self, fixed: &Map<String, Json>) -> Result<u64, StorageError> {
        self.exclusively(|this| {
            let (row, number) = this.insert_row("WAITING", None)?;
            this.attribute(SET_SYSTEM_ATTRIBUTE, row, FIXED, &Json::Object(fixed.clone()))?;
            this.refresh()?;
            Ok(number)
        })
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StorageError> {
        match self.database.execute(sql, values) {
            Ok(_) => Ok(()),
            Err(source) => Err(self.failed(source)),
        }
    }

    pub(super) fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Vec<Cell>>, StorageError> {
        match self.database.query(sql, values) {
            Ok(rows) => Ok(rows),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Runs any query.
    #[cfg(test)]
    pub(super) fn query_for_tests(&mut self, sql: &str, values: &[Value<'_>]) -> Vec<Vec<Cell>> {
        self.query(sql, values).unwrap()
    }

    /// Runs `body` in a transaction in which no other process changes the study.
    fn exclusively<T, E: From<StorageError>>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.database.begin().map_err(|source| self.failed(source))?;
        // Lock before reading anything, so that what `body` reads still holds when it writes.
        let locked = match self.database.dialect().lock_study {
            Some(lock) => self.query(lock, &[Value::Integer(self.study)]).map(drop),
            None => Ok(()),
        };
        let done = locked.map_err(E::from).and_then(|()| body(self)).and_then(|value| {
            self.database.commit().map_err(|source| self.failed(source))?;
            Ok(value)
        });
        if done.is_err() {
            self.database.rollback();
            // The rows read may include changes of this transaction, which never happened now: read them all again.
            self.rows = StudyRows::default();
        }
        done
    }

    pub(super) fn failed(&self, source: Failure) -> StorageError {
        StorageError::of(&self.location, source)
    }
}
