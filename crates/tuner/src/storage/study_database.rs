//! A study in a database: opening it, taking trials, and recording their progress.

use super::connect::{connect, despite_locks, find, find_or_create, transaction};
use super::database::{Cell, Database, Failure, Value};
use super::obstacle::Obstacle;
use super::patience::{Cause, Wait};
use super::read::{self, FIXED, NUMBER};
use super::schema::{self, Found};
use super::statements::{BEAT, SET_SYSTEM_ATTRIBUTE, SET_USER_ATTRIBUTE};
use super::{
    Attempt, Claimed, FinishedTrial, Location, Next, Outlook, Param, Patience, Receipt, Row, RowState,
    StorageError, StudyIdentity, StudyRows, TrialProgress,
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// Whether a change is made once more after the connection was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Yes: a second time it changes nothing, or leaves nothing worse behind than an attempt that ends by itself.
    Always,
    /// Not when it may have been committed.
    UnlessSent,
}

/// An open study. Every change is one transaction, so a process killed at any point leaves no half-written trial.
///
/// Locks of other processes are waited for, and a lost connection to a server is made again, as [`Patience`] says; a
/// change that was under way is then made once more.
#[derive(Debug)]
pub struct StudyDatabase {
    location: Location,
    patience: Patience,
    pub(super) database: Box<dyn Database>,
    pub(super) study: i64,
    pub(super) rows: StudyRows,
}

impl StudyDatabase {
    /// Opens the database, or creates it, and finds or creates the study. Waits for others by default.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; [`StorageError::Revision`] for a database of another schema revision, which is left untouched.
    pub fn open(location: &Location, identity: &StudyIdentity) -> Result<Self, StorageError> {
        Self::open_patiently(location, identity, Patience::default())
    }

    /// [`StudyDatabase::open`] that waits for others as `patience` says, now and later.
    ///
    /// # Errors
    ///
    /// As [`StudyDatabase::open`]; [`StorageError::Stopped`] when the wait was ended.
    pub fn open_patiently(
        location: &Location,
        identity: &StudyIdentity,
        patience: Patience,
    ) -> Result<Self, StorageError> {
        let (database, study) = despite_locks(location, &patience, || {
            let mut database = connect(location, true)?;
            let study = transaction(&mut *database, |database| {
                schema::create(database)?;
                find_or_create(database, identity)
            });
            Ok((database, study.map_err(|source| StorageError::of(location, source))?))
        })?;
        Self::at(location, patience, database, study)
    }

    /// Opens an existing study to read it: the right to write is not needed.
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
        let patience = Patience::default();
        let (database, study) = despite_locks(location, &patience, || {
            let mut database = connect(location, false)?;
            if schema::look(&mut *database).map_err(failed)? == Found::Nothing {
                return Err(missing());
            }
            let study = find(&mut *database, name).map_err(failed)?.ok_or_else(missing)?;
            Ok((database, study))
        })?;
        Self::at(location, patience, database, study)
    }

    fn at(
        location: &Location,
        patience: Patience,
        database: Box<dyn Database>,
        study: i64,
    ) -> Result<Self, StorageError> {
        let (location, rows) = (location.clone(), StudyRows::default());
        let mut opened = Self { location, patience, database, study, rows };
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
        self.patiently(|this| this.reread().map(drop))?;
        Ok(&self.rows)
    }

    /// [`StudyDatabase::refresh`] within a transaction, which cannot wait.
    pub(super) fn reread(&mut self) -> Result<&StudyRows, StorageError> {
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
        decide: impl Fn(&StudyRows) -> Outlook,
    ) -> Result<Claimed, StorageError> {
        self.exclusively(|this| {
            this.end_expired(grace, now)?;
            let outlook = decide(this.reread()?);
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
            this.reread()?;
            // From any attempt, so that a retry tries the same configuration.
            let fixed = this.rows.attempts(number).find_map(|row| row.fixed.clone());
            Ok(Claimed::Taken(Attempt { row, number, fixed }))
        })
    }

    /// Records the values that an attempt tries; nothing if another process has given it up.
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
            if !this.is_running(row)? {
                return Ok(());
            }
            this.write_params(row, params)?;
            attributes.iter().try_for_each(|(key, value)| this.attribute(SET_USER_ATTRIBUTE, row, key, value))
        })
    }

    /// Records the objective after an epoch, which also counts as a heartbeat; nothing if another process has given the
    /// attempt up.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn report(&mut self, row: i64, epoch: u64, objective: f64) -> Result<(), StorageError> {
        self.exclusively(|this| {
            if !this.is_running(row)? {
                return Ok(());
            }
            this.write_epoch(row, epoch, objective)?;
            this.execute(BEAT, &[Value::Integer(row)])
        })
    }

    /// Records a heartbeat for these attempts, unless another process has given them up.
    ///
    /// # Errors
    ///
    /// [`StorageError::Database`].
    pub fn beat(&mut self, rows: &[i64]) -> Result<(), StorageError> {
        self.exclusively(|this| {
            rows.iter().try_for_each(|row| match this.is_running(*row)? {
                true => this.execute(BEAT, &[Value::Integer(*row)]),
                false => Ok(()),
            })
        })
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
        mut best: impl FnMut() -> Result<(), E>,
    ) -> Result<Receipt, E> {
        self.exclusively(|this| {
            this.reread()?;
            // Checked under the lock: of two processes with this trial, the first one to get here wins.
            if let TrialProgress::Finished(_) = this.rows.progress(attempt.number) {
                // The connection may have been lost after the commit and before its answer.
                let is_ours = |row: &Row| row.id == attempt.row && row.artifact == Some(trial.artifact);
                if this.rows.attempts(attempt.number).any(is_ours) {
                    return Ok(Receipt::Stored);
                }
                this.interrupt(attempt.row, "another process finished the trial first", now)?;
                this.reread()?;
                return Ok(Receipt::Superseded);
            }
            let running = this
                .rows
                .attempts(attempt.number)
                .any(|row| row.id == attempt.row && row.state == RowState::Running);
            let row = if running { attempt.row } else { this.take_row(attempt.number, None, now)? };
            this.write_result(row, attempt.number, trial, now)?;
            this.reread()?;
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
            this.reread().map(drop)
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
    /// As [`StudyDatabase::refresh`]; [`StorageError::Away`] also when it is not known whether they were enqueued.
    pub fn enqueue(&mut self, fixed: &Map<String, Json>) -> Result<u64, StorageError> {
        self.exclusively_as(Again::UnlessSent, |this| {
            let (row, number) = this.insert_row("WAITING", None)?;
            this.attribute(SET_SYSTEM_ATTRIBUTE, row, FIXED, &Json::Object(fixed.clone()))?;
            this.reread()?;
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

    /// Runs `body` in a transaction in which no other process changes the study; once more if the connection is lost.
    fn exclusively<T, E: From<StorageError>>(
        &mut self,
        body: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.exclusively_as(Again::Always, body)
    }

    fn exclusively_as<T, E: From<StorageError>>(
        &mut self,
        again: Again,
        mut body: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let (location, patience) = (self.location.clone(), self.patience.clone());
        let mut wait = Wait::new(&location, &patience);
        loop {
            self.begin(&mut wait)?;
            let mut sent = false;
            let done = body(self).and_then(|value| {
                sent = true;
                self.commit(&mut wait)?;
                Ok(value)
            });
            if done.is_ok() {
                return done;
            }
            self.database.rollback();
            // The rows read may include changes of this transaction, which never happened now: read them all again.
            self.rows = StudyRows::default();
            if !self.database.is_lost() || (sent && again == Again::UnlessSent) {
                return done;
            }
        }
    }

    /// Begins a transaction and locks the study: before anything is read, so that what is read still holds when it is
    /// acted upon. Waits for other processes, and for the server.
    fn begin(&mut self, wait: &mut Wait<'_>) -> Result<(), StorageError> {
        loop {
            self.connect_again(wait)?;
            let locked = self.database.begin().and_then(|()| match self.database.dialect().lock_study {
                Some(lock) => self.database.query(lock, &[Value::Integer(self.study)]).map(drop),
                None => Ok(()),
            });
            let Err(source) = locked else { return Ok(()) };
            self.database.rollback();
            self.after(source, wait)?;
        }
    }

    /// Commits. In a database without a write-ahead log, those who read keep a change from being committed.
    fn commit(&mut self, wait: &mut Wait<'_>) -> Result<(), StorageError> {
        loop {
            match self.database.commit() {
                Err(source) if Obstacle::of(&source) == Some(Obstacle::Locked) => self.after(source, wait)?,
                ended => return ended.map_err(|source| self.failed(source)),
            }
        }
    }

    /// Runs `read` outside of any transaction: again while another process has the database locked, or when the
    /// connection was lost.
    pub(super) fn patiently<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let (location, patience) = (self.location.clone(), self.patience.clone());
        let mut wait = Wait::new(&location, &patience);
        loop {
            self.connect_again(&mut wait)?;
            match read(self) {
                Err(StorageError::Locked { source, .. } | StorageError::Away { source, .. }) => {
                    self.after(source, &mut wait)?;
                }
                ended => return ended,
            }
        }
    }

    /// Pauses after a failure, if what stood in the way may go away.
    fn after(&mut self, source: Failure, wait: &mut Wait<'_>) -> Result<(), StorageError> {
        match Obstacle::of(&source) {
            Some(Obstacle::Locked) => {
                let (holder, took) = (self.database.holder(), self.database.attempt());
                wait.pause(took, Cause::Lock(holder.as_deref()), source)
            }
            Some(Obstacle::Away) if self.database.is_lost() => Ok(()),
            _ => Err(self.failed(source)),
        }
    }

    /// Makes another connection if the last one is lost. Its rows are read again: the server may be another one now.
    fn connect_again(&mut self, wait: &mut Wait<'_>) -> Result<(), StorageError> {
        while self.database.is_lost() {
            self.rows = StudyRows::default();
            match self.database.reconnect() {
                Ok(()) => {
                    let location = &self.location;
                    tracing::warn!(
                        "the connection to the study database {location} was lost; there is another now"
                    );
                }
                Err(source) => wait.pause(Duration::ZERO, Cause::Server, source)?,
            }
        }
        Ok(())
    }

    pub(super) fn failed(&self, source: Failure) -> StorageError {
        StorageError::of(&self.location, source)
    }
}
