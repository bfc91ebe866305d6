//! What a study database says, read as trials.
//!
//! Optuna numbers rows; we number trials. A trial that is interrupted leaves a failed row, and is run again in a new
//! one, so a trial may have several rows: its attempts. Each of them names the trial in the attribute
//! `holdfast:number`. At most one of them is finished and names the trial's object. Finished rows that name no trial are
//! another program's results.

use artifact_core::Digest;
use serde_json::{Map, Value as Json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Someone works on it.
    Running,
    /// It has a score.
    Complete,
    /// It was ended early.
    Pruned,
    /// It has no score: the trial failed, or the attempt was interrupted.
    Failed,
    /// It was enqueued and no one has taken it.
    Waiting,
}

/// A row of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its key in the database.
    pub id: i64,
    /// Optuna's number of it.
    pub number: u64,
    /// Its state.
    pub state: RowState,
    /// Our number of the trial that it is an attempt of.
    pub trial: Option<u64>,
    /// The trial's object; only in the row that finished it.
    pub artifact: Option<Digest>,
    /// The objective.
    pub value: Option<f64>,
    /// For another program's result: its last reported step.
    pub steps: u64,
    /// The values that it was enqueued with, by name.
    pub fixed: Option<Map<String, Json>>,
    /// For another program's result: the first trial that may see it, once that is settled.
    pub seen_from: Option<u64>,
    /// The values it tries, by name; not read for finished trials of ours, whose objects have them.
    pub params: BTreeMap<String, Json>,
    /// Whether the values that it tries are recorded.
    pub described: bool,
}

/// Where a trial stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// No one works on it.
    Vacant,
    /// The row of the attempt that runs.
    Running(i64),
    /// Its object.
    Finished(Digest),
}

/// All rows of a study.
///
/// Answers that every trial needs are kept up to date: scanning all rows each time would make the time of a study grow
/// with the square of its length.
#[derive(Debug, Clone, Default)]
pub struct StudyRows {
    rows: BTreeMap<i64, Row>,
    attempts: BTreeMap<u64, Vec<i64>>,
    /// The rows that may still change.
    open: BTreeSet<i64>,
    /// The rows that are results of other programs.
    externals: BTreeSet<i64>,
    /// The objects of the finished trials.
    finished: BTreeMap<u64, Digest>,
    /// How many trials are finished from 0 on without a gap.
    settled: u64,
    /// The best complete trial and its objective.
    best: Option<(u64, f64)>,
}

impl RowState {
    /// Optuna's name for it.
    pub fn name(self) -> &'static str {
        match self {
            RowState::Running => "RUNNING",
            RowState::Complete => "COMPLETE",
            RowState::Pruned => "PRUNED",
            RowState::Failed => "FAIL",
            RowState::Waiting => "WAITING",
        }
    }

    /// Reads Optuna's name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let all =
            [RowState::Running, RowState::Complete, RowState::Pruned, RowState::Failed, RowState::Waiting];
        all.into_iter().find(|state| state.name() == name)
    }

    /// Whether the row never changes again.
    pub fn is_final(self) -> bool {
        !matches!(self, RowState::Running | RowState::Waiting)
    }
}

impl Row {
    /// Whether it is a result of another program that has a score.
    pub fn is_external(&self) -> bool {
        self.trial.is_none() && matches!(self.state, RowState::Complete | RowState::Pruned)
    }
}

impl StudyRows {
    /// Adds a row, or replaces what was known of it. A row in a final state never changes again.
    pub(crate) fn insert(&mut self, row: Row) {
        let keep = |set: &mut BTreeSet<i64>, is_in: bool| {
            if is_in {
                set.insert(row.id)
            } else {
                set.remove(&row.id)
            };
        };
        keep(&mut self.open, !row.state.is_final());
        keep(&mut self.externals, row.is_external());
        if let Some(trial) = row.trial {
            let attempts = self.attempts.entry(trial).or_default();
            if !attempts.contains(&row.id) {
                attempts.push(row.id);
            }
            if let (Some(artifact), true) = (row.artifact, row.state.is_final())
                && let Entry::Vacant(finished) = self.finished.entry(trial)
            {
                finished.insert(artifact);
                self.judge(trial, &row);
            }
        }
        self.rows.insert(row.id, row);
        while self.finished.contains_key(&self.settled) {
            self.settled += 1;
        }
    }

    /// Remembers the row that finished a trial if it is the best one.
    fn judge(&mut self, trial: u64, row: &Row) {
        if let (RowState::Complete, Some(value)) = (row.state, row.value) {
            let better = |(best, most): (u64, f64)| value > most || (value == most && trial < best);
            if self.best.is_none_or(better) {
                self.best = Some((trial, value));
            }
        }
    }

    /// Fixes from which trial on another program's result is seen.
    pub(super) fn settle(&mut self, row: u64, from: u64) {
        if let Some(row) = self.rows.values_mut().find(|known| known.number == row) {
            row.seen_from = Some(from);
        }
    }

    /// All rows, in the order they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// The rows that may still change, and the key below which all are known.
    pub(super) fn open(&self) -> (&BTreeSet<i64>, i64) {
        (&self.open, self.rows.keys().next_back().copied().unwrap_or(-1))
    }

    /// The attempts of a trial, in the order they were made.
    pub fn attempts(&self, trial: u64) -> impl Iterator<Item = &Row> {
        self.attempts.get(&trial).into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// Where a trial stands.
    pub fn place(&self, trial: u64) -> Place {
        if let Some(artifact) = self.finished.get(&trial) {
            return Place::Finished(*artifact);
        }
        let running = self.attempts(trial).filter(|row| row.state == RowState::Running).last();
        running.map_or(Place::Vacant, |row| Place::Running(row.id))
    }

    /// How many trials are finished from 0 on without a gap.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// The values that a trial tries, as far as recorded: all its attempts try the same.
    pub fn tried(&self, trial: u64) -> Option<&BTreeMap<String, Json>> {
        self.attempts(trial).find(|row| row.described).map(|row| &row.params)
    }

    /// The number after the largest that was ever taken.
    pub fn fresh(&self) -> u64 {
        self.attempts.keys().next_back().map_or(0, |last| last + 1)
    }

    /// The finished trials with their objects, in number order.
    pub fn finished(&self) -> impl ExactSizeIterator<Item = (u64, Digest)> {
        self.finished.iter().map(|(&trial, &artifact)| (trial, artifact))
    }

    /// The enqueued rows that no one has taken, first in, first out.
    pub fn waiting(&self) -> impl Iterator<Item = &Row> {
        let open = self.open.iter().filter_map(|id| self.rows.get(id));
        open.filter(|row| row.state == RowState::Waiting)
    }

    /// The results of other programs, in the order they were made.
    pub fn externals(&self) -> impl Iterator<Item = &Row> {
        self.externals.iter().filter_map(|id| self.rows.get(id))
    }

    /// The best complete trial and its objective; of equal ones the first.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.best
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A row of a trial.
    pub(crate) fn row(id: i64, state: RowState, trial: Option<u64>) -> Row {
        let artifact = (state == RowState::Complete).then(|| Digest::of(&id.to_le_bytes()));
        Row {
            id,
            number: id as u64 - 1,
            state,
            trial,
            artifact: artifact.filter(|_| trial.is_some()),
            value: (state == RowState::Complete).then_some(id as f64),
            steps: 0,
            fixed: None,
            seen_from: None,
            params: BTreeMap::new(),
            described: trial.is_some(),
        }
    }

    #[test]
    fn rows_are_read_as_attempts_of_trials() {
        let mut rows = StudyRows::default();
        let complete = row(4, RowState::Complete, Some(0));
        for row in [
            row(1, RowState::Failed, Some(0)),
            row(2, RowState::Complete, Some(1)),
            row(3, RowState::Complete, None),
            complete.clone(),
            row(5, RowState::Running, Some(3)),
            row(6, RowState::Waiting, None),
            row(7, RowState::Failed, None),
        ] {
            rows.insert(row);
        }
        assert_eq!(rows.place(0), Place::Finished(complete.artifact.unwrap()));
        assert_eq!(rows.place(2), Place::Vacant);
        assert_eq!(rows.place(3), Place::Running(5));
        assert_eq!(rows.fresh(), 4);
        assert_eq!(rows.finished().map(|(trial, _)| trial).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(rows.attempts(0).map(|row| row.id).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(rows.externals().map(|row| row.id).collect::<Vec<_>>(), [3]);
        assert_eq!(rows.waiting().map(|row| row.id).collect::<Vec<_>>(), [6]);
        assert_eq!(rows.best(), Some((0, 4.0)));
        assert_eq!(rows.open(), (&BTreeSet::from([5, 6]), 7));
        assert_eq!(rows.settled(), 2);
        rows.insert(row(5, RowState::Failed, Some(3)));
        assert_eq!(rows.place(3), Place::Vacant);
        assert_eq!(rows.attempts(3).count(), 1);
    }
}
