//! Which sequences train, validate and test.

use super::SnapshotId;
use crate::error::{Invalid, ensure};
use crate::{Digest, IndexSet, Payload};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The division of one sequence geometry, for all phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The share of rows before the test rows that was asked for.
    pub train_test_split_ratio: f64,
    /// The share of development rows held back for validation.
    pub validation_ratio: f64,
    /// The first test row.
    pub split_row: usize,
    /// Its date.
    pub split_date: NaiveDate,
    /// The first validation row.
    pub validation_row: usize,
    /// Its date.
    pub validation_date: NaiveDate,
    /// How training sequences keep clear of evaluated ones.
    pub purge: Purge,
    /// The further rows that training waits after an evaluated block.
    pub embargo: usize,
    /// The sequences that tuning trains on.
    pub train: IndexSet,
    /// The sequences that tuning scores on.
    pub validation: IndexSet,
    /// All sequences before the test rows: cross-validation cuts these into folds.
    pub development: IndexSet,
    /// The sequences that the final fit trains on: development, kept clear of the test as `purge` says.
    pub final_train: IndexSet,
    /// The sequences of the test.
    pub test: IndexSet,
}

/// How the boundaries are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[serde(rename_all = "snake_case")]
pub enum Purge {
    /// No training label row is an evaluated label row (default).
    #[default]
    Label,
    /// No row of a training sequence, input or label, is a row of an evaluated one.
    Strict,
}

/// How development sequences are cut into folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CvMethod {
    /// Contiguous folds; each is evaluated once by a model of all the others (default).
    #[default]
    Kfold,
    /// Each fold is evaluated by a model of the folds before it.
    WalkForward,
}

impl Payload for SplitPlan {
    const KIND: &'static str = "split_plan";

    fn parents(&self) -> Vec<Digest> {
        vec![self.development_snapshot.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let (s, w) = (self.seq_length, self.time_window);
        ensure(s > 0, "seq_length", s, "at least 1")?;
        ensure(w > 0, "time_window", w, "at least 1")?;
        // Checked arithmetic: the numbers come from a file.
        let needed = s.checked_add(w);
        let after = needed.and_then(|needed| self.rows.checked_sub(needed));
        let sequences = after.and_then(|after| after.checked_add(1)).unwrap_or(0);
        ensure(sequences > 0, "rows", self.rows, format!("at least {s} + {w}"))?;
        let ordered =
            0 < self.validation_row && self.validation_row < self.split_row && self.split_row < self.rows;
        let rows = format!("{} and {}", self.validation_row, self.split_row);
        ensure(ordered, "validation_row and split_row", rows, format!("ascending rows below {}", self.rows))?;
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
}

impl SplitPlan {
    /// The calendar rule, stated on rows: where each set's rows may lie.
    fn validate_rows(&self) -> Result<(), Invalid> {
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    fn plan() -> SplitPlan {
        let date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        SplitPlan {
            development_snapshot: Id::new(Digest::of(b"")),
            rule: SplitRule::Calendar,
            rows: 100,
            seq_length: 10,
            time_window: 5,
            train_test_split_ratio: 0.8,
            validation_ratio: 0.25,
            split_row: 80,
            split_date: date,
            validation_row: 60,
            validation_date: date,
            purge: Purge::Label,
            embargo: 0,
            // Decision rows 9..=54, 60..=74, 9..=74, 80..=94.
            train: IndexSet::from_range(0..46),
            validation: IndexSet::from_range(51..66),
            development: IndexSet::from_range(0..66),
            final_train: IndexSet::from_range(0..66),
            test: IndexSet::from_range(71..86),
        }
    }

    #[test]
    fn a_sound_plan_is_accepted() {
        assert_eq!(plan().validate(), Ok(()));
    }

    #[test]
    fn every_broken_plan_is_refused_by_field() {
        let check = |field: &str, breakage: fn(&mut SplitPlan)| {
            let mut broken = plan();
            breakage(&mut broken);
            assert_eq!(broken.validate().unwrap_err().field, field);
        };
        check("seq_length", |p| p.seq_length = 0);
        check("rows", |p| p.rows = 14);
        check("rows", |p| p.seq_length = usize::MAX);
        check("train", |p| {
            p.rows = usize::MAX;
            p.train = IndexSet::from_range(0..usize::MAX - 20);
        });
        check("validation_row and split_row", |p| p.validation_row = 80);
        check("train", |p| p.train = IndexSet::default());
        check("test", |p| p.test = IndexSet::from_range(71..87));
        check("train", |p| p.train = IndexSet::from_range(0..52));
        check("train", |p| p.train = IndexSet::from_range(0..47));
        check("validation", |p| p.validation = IndexSet::from_range(50..66));
        check("test", |p| p.test = IndexSet::from_range(70..86));
        check("development", |p| p.development = IndexSet::from_range(0..67));
        check("development", |p| p.development = IndexSet::from_range(0..72));
        check("final_train", |p| p.final_train = IndexSet::from_range(0..67));
    }
}
