//! Which sequences train, validate and test.
//!
//! Everything here works on row and sequence numbers alone: no price is looked at. The words are those of
//! [`windows`](crate::windows): sequence `i` of length `S` decides at row `d = i + S - 1` and its label reads the rows
//! `(d, d + W]`.
//!
//! How a cross-validation cuts is exchangeable: a [`Splitter`]. The split on the [`calendar()`] is not.

mod calendar;
mod combinatorial;
mod error;
mod kfold;
mod purge;
mod sequence_ratio;
mod splitter;
mod walk_forward;

pub use artifact_core::schema::label_overlap;
pub use calendar::{CalendarRule, CalendarSplit, calendar, split_row};
pub use combinatorial::{CombinatorialPurged, CombinatorialPurgedCv};
pub use error::SplitError;
pub use kfold::{Kfold, kfold};
pub use purge::{Separation, purge};
pub use sequence_ratio::{SequenceRatioSplit, sequence_ratio};
pub use splitter::{Splitter, folds, splitters};
pub use walk_forward::{WalkForward, walk_forward};

use artifact_core::IndexSet;
use serde::{Deserialize, Serialize};

/// One fold of a cross-validation.
///
/// The evaluated sequences are one block, or several for [`CombinatorialPurgedCv`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// The fold's number, from 1.
    pub number: usize,
    /// The sequences that train, purged against the evaluated ones.
    pub train: IndexSet,
    /// The sequences that are evaluated.
    pub evaluated: IndexSet,
}

impl Fold {
    /// How many training sequences have a label that reads a row of an evaluated label: [`label_overlap()`]. It is 0 for
    /// every fold of the splitters here.
    pub fn label_overlap(&self, time_window: usize) -> usize {
        label_overlap(&self.train, &self.evaluated, time_window)
    }
}

/// The members of `set` at the positions `positions`, counted in order from 0.
fn at_positions(set: &IndexSet, positions: std::ops::Range<usize>) -> IndexSet {
    set.iter().skip(positions.start).take(positions.len()).collect()
}

#[cfg(test)]
mod brute_force;
