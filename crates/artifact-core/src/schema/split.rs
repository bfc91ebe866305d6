//! Which sequences train, validate and test.

use super::SnapshotId;
use super::seal::boundary;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::moment::Moment;
use crate::parents::{Contradiction, Parents, agree};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The id of a [`SplitPlan`].
pub type SplitPlanId = Id<SplitPlan>;

/// The version that added dates with a time of day.
const WITH_CLOCK: Version =
    Version { major: 2, minor: 1, change: "The dates of the boundaries may have a time of day." };

/// The split of one sequence geometry, for all phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SplitPlan {
    /// The development rows that the plan was made for.
    pub development_snapshot: SnapshotId,
    /// The rule that set the boundaries.
    pub rule: SplitRule,
    /// The number of all rows `T`, test rows included.
    pub rows: usize,
    /// The rows a sequence reads, `S`.
    pub seq_length: usize,
    /// The rows a label reads, `W`.
    pub time_window: usize,
    /// The requested share of rows before the test rows.
    pub train_test_split_ratio: f64,
    /// The share of development rows held back for validation.
    pub validation_ratio: f64,
    /// The first test row.
    pub split_row: usize,
    /// Its date.
    pub split_date: Moment,
    /// The first validation row.
    pub validation_row: usize,
    /// Its date.
    pub validation_date: Moment,
    /// How training sequences keep clear of evaluated ones.
    pub purge: Purge,
    /// The extra rows that training skips after an evaluated block.
    pub embargo: usize,
    /// The sequences that tuning trains on.
    pub train: IndexSet,
    /// The sequences that tuning scores on.
    pub validation: IndexSet,
    /// All sequences before the test rows: cross-validation cuts these into folds.
    pub development: IndexSet,
    /// The sequences that the final fit trains on: development, kept clear of the test as `purge` demands.
    pub final_train: IndexSet,
    /// The sequences of the test.
    pub test: IndexSet,
}

/// How the boundaries are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SplitRule {
    /// On rows, once per study (default).
    #[default]
    Calendar,
    /// On the list of sequences, so that the boundary moves with their geometry. For older results only.
    SequenceRatio,
}

/// How far training keeps clear of an evaluated block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purge {
    /// No training label row is an evaluated label row (default).
    #[default]
    Label,
    /// No row of a training sequence, input or label, is a row of an evaluated one.
    Strict,
}

impl Payload for SplitPlan {
    const KIND: &'static str = "split_plan";

    const VERSIONS: &'static [Version] = &[Version::FIRST, WITH_CLOCK];

    fn minor(&self) -> u64 {
        u64::from(self.has_clock())
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.development_snapshot.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let (s, w) = (self.seq_length, self.time_window);
        ensure(s > 0, "seq_length", s, "at least 1")?;
        ensure(w > 0, "time_window", w, "at least 1")?;
        // Checked arithmetic: the numbers come from a file and may be of any size.
        let needed = s.checked_add(w);
        let after = needed.and_then(|needed| self.rows.checked_sub(needed));
        let sequences = after.and_then(|after| after.checked_add(1)).unwrap_or(0);
        ensure(sequences > 0, "rows", self.rows, format!("at least {s} + {w}"))?;
        let ordered =
            0 < self.validation_row && self.validation_row < self.split_row && self.split_row < self.rows;
        let rows = format!("{} and {}", self.validation_row, self.split_row);
        ensure(ordered, "validation_row and split_row", rows, format!("ascending rows below {}", self.rows))?;
        for (field, share) in [
            ("train_test_split_ratio", self.train_test_split_ratio),
            ("validation_ratio", self.validation_ratio),
        ] {
            ensure(share > 0.0 && share < 1.0, field, share, "a number between 0 and 1")?;
        }
        let later = self.validation_date < self.split_date;
        ensure(later, "validation_date", self.validation_date, format!("a date before {}", self.split_date))?;
        let sets = [
            ("train", &self.train),
            ("validation", &self.validation),
            ("development", &self.development),
            ("final_train", &self.final_train),
            ("test", &self.test),
        ];
        for (name, set) in sets {
            ensure(!set.is_empty(), name, "empty", "at least one sequence")?;
            let last = set.last().unwrap_or(0);
            ensure(
                last < sequences,
                name,
                format!("sequence {last}"),
                format!("sequences below {sequences}"),
            )?;
        }
        ensure(
            self.train.is_disjoint(&self.validation),
            "train",
            "in validation",
            "disjoint from validation",
        )?;
        ensure(self.development.is_disjoint(&self.test), "development", "in test", "disjoint from test")?;
        let inside = |set: &IndexSet| set.is_subset(&self.development);
        ensure(inside(&self.train), "train", "outside development", "a part of development")?;
        ensure(inside(&self.validation), "validation", "outside development", "a part of development")?;
        let outside = "outside development";
        ensure(inside(&self.final_train), "final_train", outside, "a part of development")?;
        if self.rule == SplitRule::Calendar {
            self.validate_rows()?;
        }
        Ok(())
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let snapshot = parents.get(self.development_snapshot)?;
        if self.rule == SplitRule::Calendar {
            agree("split_row", self.split_row, snapshot.rows, "development_snapshot")?;
        }
        let (date, last) = (self.split_date, snapshot.last_date);
        ensure(date > last, "split_date", date, format!("a date after the last development row's {last}"))?;
        let found = self.validation_date;
        let date = parents.date_of(&snapshot, self.validation_row)?;
        let text =
            date.map_or("a row of development_snapshot".into(), |date| format!("{date}, the row's date"));
        ensure(Some(found) == date, "validation_date", found, text)?;
        Ok(())
    }
}

impl SplitPlan {
    /// Whether the date of a boundary has a time of day.
    pub(super) fn has_clock(&self) -> bool {
        self.split_date.has_clock() || self.validation_date.has_clock()
    }

    /// The sequences that may not train when `evaluated` is evaluated, by purge and embargo.
    ///
    /// With a range of evaluated sequences from `a` to `b`, candidate `i` may train if `i + W <= a` or
    /// `i >= b + W + embargo` (`label`), or if `i + S + W <= a` or `i >= b + S + W + embargo` (`strict`); it has to keep
    /// clear of every range.
    pub fn off_limits(&self, evaluated: &IndexSet) -> IndexSet {
        let distance = match self.purge {
            Purge::Label => self.time_window,
            Purge::Strict => self.seq_length.saturating_add(self.time_window),
        };
        merged(evaluated.ranges().map(|range| {
            let start = (range.start + 1).saturating_sub(distance);
            let end = (range.end - 1).saturating_add(distance).saturating_add(self.embargo);
            (start, end)
        }))
    }

    /// The rows that these sequences read as inputs.
    pub fn input_rows(&self, sequences: &IndexSet) -> IndexSet {
        merged(sequences.ranges().map(|range| (range.start, range.end + self.seq_length - 1)))
    }

    /// Checks the calendar rule, stated on rows: where each set's rows may lie.
    fn validate_rows(&self) -> Result<(), Invalid> {
        for (field, found, row) in [
            ("split_row", self.split_row, boundary(self.rows, self.train_test_split_ratio)),
            ("validation_row", self.validation_row, boundary(self.split_row, 1.0 - self.validation_ratio)),
        ] {
            ensure(found == row, field, found, format!("{row}, from the ratio"))?;
        }
        let decision = |sequence: usize| sequence + self.seq_length - 1;
        let last_label = |set: &IndexSet| decision(set.last().unwrap_or(0)) + self.time_window;
        let first_decision = |set: &IndexSet| decision(set.first().unwrap_or(0));
        for (name, found, below) in [
            ("train", last_label(&self.train), self.validation_row),
            ("validation", last_label(&self.validation), self.split_row),
            ("development", last_label(&self.development), self.split_row),
        ] {
            ensure(found < below, name, format!("label row {found}"), format!("label rows below {below}"))?;
        }
        for (name, found, from) in [
            ("validation", first_decision(&self.validation), self.validation_row),
            ("test", first_decision(&self.test), self.split_row),
        ] {
            ensure(
                found >= from,
                name,
                format!("decision row {found}"),
                format!("decision rows from {from}"),
            )?;
        }
        for (name, train, evaluated) in
            [("train", &self.train, &self.validation), ("final_train", &self.final_train, &self.test)]
        {
            let off_limits = self.off_limits(evaluated);
            let expected = format!("none of {off_limits}, by purge and embargo");
            ensure(train.is_disjoint(&off_limits), name, train, expected)?;
        }
        Ok(())
    }
}

/// Counts the training sequences whose label reads a row that some evaluated sequence's label also reads.
///
/// The labels of sequences `i` and `j` read the rows `(d, d + W]` after their decision rows, so they share one exactly when
/// `|i - j| < W`, whatever the length of the sequences. `time_window` is `W`. Purged sets give 0.
pub fn label_overlap(train: &IndexSet, evaluated: &IndexSet, time_window: usize) -> usize {
    let reach = time_window.saturating_sub(1);
    let near = merged(
        evaluated.ranges().map(|range| (range.start.saturating_sub(reach), range.end.saturating_add(reach))),
    );
    let within = |range: Range<usize>| {
        near.ranges().map(move |near| near.end.min(range.end).saturating_sub(near.start.max(range.start)))
    };
    if time_window == 0 { 0 } else { train.ranges().flat_map(within).sum() }
}

/// The union of ranges that come in ascending order.
fn merged(ranges: impl Iterator<Item = (usize, usize)>) -> IndexSet {
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    // Never the default for a valid plan: no range is empty, and touching ones were merged.
    IndexSet::try_from(merged).unwrap_or_default()
}
