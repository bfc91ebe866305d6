//! The trial log: every trial that was ever finished in a workspace.
//!
//! How good the best of many trials looks depends on how many there were, including those of studies deleted since: the
//! deflated Sharpe ratio (Bailey and López de Prado, 2014) needs them all. `ledger/trials.jsonl` has one line per
//! finished trial, is chained like the test ledger, and is not touched by any clean-up. `ledger/trials.head` records
//! where it ended; logs of earlier versions get theirs with the next line.

use crate::canonical::canonical_json;
use crate::chain::{Chain, Line, Writer};
use crate::error::Error;
use crate::id::Digest;
use crate::schema::{DailyReturns, SnapshotId, Trial, TrialId, TrialMetrics, TrialState};
use crate::store::ObjectStore;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One line of the log; on disk it also has its own digest, as `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialEntry {
    /// The place in the log, from 1.
    pub index: u64,
    /// The digest of the entry before, or of the empty string for the first.
    pub previous: Digest,
    /// When, in UTC (RFC 3339), by the clock of the program that appended it.
    pub at: String,
    /// The run.
    pub run: String,
    /// The trial that was finished.
    pub event: LoggedTrial,
}

impl Line for TrialEntry {
    fn index(&self) -> u64 {
        self.index
    }

    fn previous(&self) -> Digest {
        self.previous
    }
}

/// The summary of a finished trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoggedTrial {
    /// The key of its study.
    pub study_key: Digest,
    /// Its number within the study, from 0.
    pub number: u64,
    /// The digest of the values tried, as canonical JSON: enqueued configurations may differ between two runs of one
    /// study. With `study_key` and `number` it identifies the trial.
    pub params: Digest,
    /// The rows it saw.
    pub development_snapshot: SnapshotId,
    /// Its object, which may have been deleted since.
    pub trial: TrialId,
    /// How it ended.
    pub state: TrialState,
    /// The Sharpe ratio of its daily returns on validation, [`DailyReturns::sharpe`]. Absent where the trial has none, or
    /// the ratio is undefined.
    pub sharpe: Option<f64>,
}

/// A trial's identity: study key, number, and the digest of the values tried.
pub type TrialIdentity = (Digest, u64, Digest);

/// The log of a workspace.
#[derive(Debug, Clone)]
pub struct TrialLog {
    chain: Chain<TrialEntry>,
}

/// Appends trials to the log, each once.
#[derive(Debug)]
pub struct TrialWriter {
    writer: Writer<TrialEntry>,
    known: BTreeSet<TrialIdentity>,
}

impl LoggedTrial {
    /// The trial's identity.
    pub fn identity(&self) -> TrialIdentity {
        (self.study_key, self.number, self.params)
    }

    /// Summarises a trial that is in the store.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`] when a value is not finite; as [`ObjectStore::get`] for its daily returns; [`Error::Invalid`]
    /// when they are not a series of returns.
    pub fn of(store: &dyn ObjectStore, id: TrialId, trial: &Trial) -> Result<Self, Error> {
        let sharpe = |metrics: &TrialMetrics| {
            let artifact = || format!("blob {}", metrics.daily_returns.short());
            let returns = DailyReturns::from_bytes(&store.get(&metrics.daily_returns)?);
            let returns = returns.map_err(|reason| Error::Invalid { artifact: artifact(), reason })?;
            Ok::<_, Error>(returns.sharpe())
        };
        Ok(Self {
            study_key: trial.study_key,
            number: trial.number,
            params: params_digest(trial)?,
            development_snapshot: trial.development_snapshot,
            trial: id,
            state: trial.state,
            sharpe: trial.metrics.as_ref().map(sharpe).transpose()?.flatten(),
        })
    }
}

impl TrialLog {
    /// Uses the file at `path`, which is created at the first append.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { chain: Chain::new(path, "trial log").once_headless() }
    }

    /// Reads and verifies all entries, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] naming the first line that breaks the chain.
    pub fn entries(&self) -> Result<Vec<TrialEntry>, Error> {
        self.chain.entries()
    }

    /// Reads and verifies the text of a log as [`TrialLog::entries`] does; the path only names it in errors.
    ///
    /// # Errors
    ///
    /// As [`TrialLog::entries`].
    pub fn parse(&self, text: &[u8]) -> Result<Vec<TrialEntry>, Error> {
        self.chain.parse(text)
    }

    /// Does to this log what [`Ledger::mend`](crate::Ledger::mend) does to the test ledger.
    ///
    /// # Errors
    ///
    /// As [`TrialWriter::record`].
    pub fn mend(&self) -> Result<(), Error> {
        self.chain.mend()
    }

    /// Checks that the log has every one of these trials, which are in the store.
    ///
    /// # Errors
    ///
    /// As [`TrialLog::entries`]; [`Error::Ledger`] for trials that it lacks, since a line is written before anything
    /// names the trial: lines are then gone from the log.
    pub fn covers<'t>(
        &self,
        study_key: Digest,
        trials: impl IntoIterator<Item = &'t Trial>,
    ) -> Result<(), Error> {
        self.covered_by(&self.entries()?, study_key, trials)
    }

    /// As [`TrialLog::covers`], by the entries that were read before.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] for trials that these entries lack.
    pub fn covered_by<'t>(
        &self,
        entries: &[TrialEntry],
        study_key: Digest,
        trials: impl IntoIterator<Item = &'t Trial>,
    ) -> Result<(), Error> {
        let known: BTreeSet<TrialIdentity> = entries.iter().map(|entry| entry.event.identity()).collect();
        let mut lacking = Vec::new();
        for trial in trials {
            if !known.contains(&identity(trial)?) {
                lacking.push(trial.number);
            }
        }
        let Some(first) = lacking.first() else {
            return Ok(());
        };
        let (count, study) = (lacking.len(), study_key.short());
        let reason = format!(
            "it is missing; the log lacks {count} stored trials of study {study}, the first of them trial {first}"
        );
        Err(self.chain.broken(entries.len() + 1, reason))
    }

    /// Every trial that was ever finished on the rows of `development`, each once.
    ///
    /// A study that is run again, in another run or after its results were deleted, gives the same trials.
    ///
    /// # Errors
    ///
    /// As [`TrialLog::entries`].
    pub fn trials_on(&self, development: SnapshotId) -> Result<BTreeMap<TrialIdentity, LoggedTrial>, Error> {
        let mut trials = BTreeMap::new();
        for TrialEntry { event, .. } in self.entries()? {
            if event.development_snapshot == development {
                trials.entry(event.identity()).or_insert(event);
            }
        }
        Ok(trials)
    }

    /// How many trials had been finished on the rows of `development` when the last of the first `trials` trials of a
    /// study was: how many the choice among them was made from. Later trials do not change it.
    ///
    /// If the log was lost, at least the study's own trials count.
    ///
    /// # Errors
    ///
    /// As [`TrialLog::entries`].
    pub fn trials_until(
        &self,
        development: SnapshotId,
        study_key: Digest,
        trials: usize,
    ) -> Result<usize, Error> {
        let mut seen = BTreeSet::new();
        let mut until = 0;
        for TrialEntry { event, .. } in self.entries()? {
            if event.development_snapshot != development {
                continue;
            }
            seen.insert(event.identity());
            if event.study_key == study_key && event.number < trials as u64 {
                until = seen.len();
            }
        }
        Ok(until.max(trials))
    }

    /// A writer.
    pub fn writer(&self) -> TrialWriter {
        TrialWriter { writer: self.chain.writer(), known: BTreeSet::new() }
    }
}

impl TrialWriter {
    /// Appends a trial of `store`, synced to disk before returning, unless the log has it; returns whether it was new.
    ///
    /// `at` is the time in UTC (RFC 3339). Other processes wait for their turn.
    ///
    /// # Errors
    ///
    /// As [`LoggedTrial::of`]; [`Error::Ledger`] when the chain is already broken, [`Error::Io`] when the file cannot be
    /// written.
    pub fn record(
        &mut self,
        at: &str,
        run: &str,
        store: &dyn ObjectStore,
        id: TrialId,
        trial: &Trial,
    ) -> Result<bool, Error> {
        self.append(at, run, identity(trial)?, || LoggedTrial::of(store, id, trial))
    }

    /// Appends a trial from its summary, as [`TrialWriter::record`].
    ///
    /// # Errors
    ///
    /// As [`TrialWriter::record`].
    pub fn record_summary(&mut self, at: &str, run: &str, trial: LoggedTrial) -> Result<bool, Error> {
        self.append(at, run, trial.identity(), || Ok(trial))
    }

    fn append(
        &mut self,
        at: &str,
        run: &str,
        identity: TrialIdentity,
        summary: impl FnOnce() -> Result<LoggedTrial, Error>,
    ) -> Result<bool, Error> {
        if self.known.contains(&identity) {
            return Ok(false);
        }
        // Holding the log reads what other processes have appended, possibly this very trial.
        let mut held = self.writer.hold()?;
        self.known.extend(held.new.iter().map(|entry| entry.event.identity()));
        if self.known.contains(&identity) {
            return Ok(false);
        }
        held.append(|index, previous| {
            Ok(TrialEntry { index, previous, at: at.to_owned(), run: run.to_owned(), event: summary()? })
        })?;
        self.known.insert(identity);
        Ok(true)
    }
}

/// The identity of a trial in the store.
fn identity(trial: &Trial) -> Result<TrialIdentity, Error> {
    Ok((trial.study_key, trial.number, params_digest(trial)?))
}

fn params_digest(trial: &Trial) -> Result<Digest, Error> {
    Ok(Digest::of(&canonical_json(&trial.params)?))
}
