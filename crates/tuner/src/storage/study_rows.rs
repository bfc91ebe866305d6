//! The rows of a study database, read as trials.
//!
//! Optuna numbers rows; we number trials. An interrupted trial leaves a failed row and runs again in a new one, so a
//! trial may have several rows: its attempts. Each has the trial's number in the attribute `holdfast:number`. At most
//! one of them has a result, and refers to the trial's artifact. Scored rows without a trial number are another
//! program's results.

use artifact_core::Digest;
use serde_json::{Map, Value as Json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// A process works on it.
    Running,
    /// It has a score.
    Complete,
    /// It was ended early.
    Pruned,
    /// It has no score: the trial failed, or the attempt was interrupted.
    Failed,
    /// It was enqueued and is not taken yet.
    Waiting,
}

/// A row of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its key in the database.
    pub id: i64,
    /// Its number in Optuna: the count of the study's earlier rows.
    pub number: u64,
    /// Its state.
    pub state: RowState,
    /// The number of the trial that it attempts; absent for enqueued rows and other programs' rows.
    pub trial: Option<u64>,
    /// The trial's artifact; only in the row that finished it.
    pub artifact: Option<Digest>,
    /// The objective.
    pub value: Option<f64>,
    /// For another program's result: its last reported step.
    pub steps: u64,
    /// The values that it was enqueued with, by name.
    pub fixed: Option<Map<String, Json>>,
    /// For another program's result: the first trial that sees it, once that is fixed.
    pub seen_from: Option<u64>,
    /// The values it tries, by name; not read for our own finished trials, whose artifacts have them.
    pub params: BTreeMap<String, Json>,
    /// Whether the values that it tries are recorded.
    pub described: bool,
}

/// The status of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialProgress {
    /// Not finished, and no process works on it.
    Vacant,
    /// Running, in this row; the newest one if several attempts run.
    Running(i64),
    /// Finished, with this artifact.
    Finished(Digest),
}

/// All rows of a study.
///
/// What every trial asks for is kept up to date: scanning all rows each time would take time quadratic in the length of
/// the study.
#[derive(Debug, Clone, Default)]
pub struct StudyRows {
    rows: BTreeMap<i64, Row>,
    attempts: BTreeMap<u64, Vec<i64>>,
    /// The rows that may still change.
    open: BTreeSet<i64>,
    /// The rows that are results of other programs.
    externals: BTreeSet<i64>,
    /// The artifacts of the finished trials.
    finished: BTreeMap<u64, Digest>,
    /// All trials below this number are finished.
    settled: u64,
    /// The best complete trial and its objective.
    best: Option<(u64, f64)>,
}

impl RowState {
    /// Optuna's name of the state.
    pub fn name(self) -> &'static str {
        match self {
            RowState::Running => "RUNNING",
            RowState::Complete => "COMPLETE",
            RowState::Pruned => "PRUNED",
            RowState::Failed => "FAIL",
            RowState::Waiting => "WAITING",
        }
    }

    /// Parses Optuna's name of a state.
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
    /// Whether it is another program's result with a score.
    pub fn is_external(&self) -> bool {
        let scored = matches!(self.state, RowState::Complete | RowState::Pruned) && self.value.is_some();
        self.trial.is_none() && scored
    }
}

impl StudyRows {
    /// Adds a row, or replaces an earlier version of it. A row in a final state never changes again.
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

    /// Remembers a finished trial if it is the best one.
    fn judge(&mut self, trial: u64, row: &Row) {
        if let (RowState::Complete, Some(value)) = (row.state, row.value) {
            // Ties go to the lower number, whichever finished first.
            let better = |(best, most): (u64, f64)| value > most || (value == most && trial < best);
            if self.best.is_none_or(better) {
                self.best = Some((trial, value));
            }
        }
    }

    /// Notes the first trial that sees another program's result.
    pub(super) fn settle(&mut self, row: u64, from: u64) {
        if let Some(row) = self.rows.values_mut().find(|known| known.number == row) {
            row.seen_from = Some(from);
        }
    }

    /// All rows, in the order in which they were created.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// The keys of the rows that may still change, and the largest known key; -1 without rows.
    pub(super) fn open(&self) -> (&BTreeSet<i64>, i64) {
        (&self.open, self.rows.keys().next_back().copied().unwrap_or(-1))
    }

    /// The attempts of a trial, in the order in which they were created.
    pub fn attempts(&self, trial: u64) -> impl Iterator<Item = &Row> {
        self.attempts.get(&trial).into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// The status of a trial.
    pub fn progress(&self, trial: u64) -> TrialProgress {
        if let Some(artifact) = self.finished.get(&trial) {
            return TrialProgress::Finished(*artifact);
        }
        let running = self.attempts(trial).filter(|row| row.state == RowState::Running).last();
        running.map_or(TrialProgress::Vacant, |row| TrialProgress::Running(row.id))
    }

    /// The number of finished trials before the first unfinished one.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// The values that a trial tries, once recorded; all its attempts try the same values.
    pub fn tried(&self, trial: u64) -> Option<&BTreeMap<String, Json>> {
        self.attempts(trial).find(|row| row.described).map(|row| &row.params)
    }

    /// The lowest trial number above all that were ever taken.
    pub fn fresh(&self) -> u64 {
        self.attempts.keys().next_back().map_or(0, |last| last + 1)
    }

    /// The finished trials with their artifacts, in number order.
    pub fn finished(&self) -> impl ExactSizeIterator<Item = (u64, Digest)> {
        self.finished.iter().map(|(&trial, &artifact)| (trial, artifact))
    }

    /// The enqueued rows that are not taken yet, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Row> {
        let open = self.open.iter().filter_map(|id| self.rows.get(id));
        open.filter(|row| row.state == RowState::Waiting)
    }

    /// The results of other programs, in the order in which their rows were created.
    pub fn externals(&self) -> impl Iterator<Item = &Row> {
        self.externals.iter().filter_map(|id| self.rows.get(id))
    }

    /// The best complete trial of ours and its objective; the lowest number among equals.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.best
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A row in this state, with an artifact if it is a complete trial of ours.
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
        assert_eq!(rows.progress(0), TrialProgress::Finished(complete.artifact.unwrap()));
        assert_eq!(rows.progress(2), TrialProgress::Vacant);
        assert_eq!(rows.progress(3), TrialProgress::Running(5));
        assert_eq!(rows.fresh(), 4);
        assert_eq!(rows.finished().map(|(trial, _)| trial).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(rows.attempts(0).map(|row| row.id).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(rows.externals().map(|row| row.id).collect::<Vec<_>>(), [3]);
        assert_eq!(rows.waiting().map(|row| row.id).collect::<Vec<_>>(), [6]);
        assert_eq!(rows.best(), Some((0, 4.0)));
        assert_eq!(rows.open(), (&BTreeSet::from([5, 6]), 7));
        assert_eq!(rows.settled(), 2);
        rows.insert(row(5, RowState::Failed, Some(3)));
        assert_eq!(rows.progress(3), TrialProgress::Vacant);
        assert_eq!(rows.attempts(3).count(), 1);
    }
}
