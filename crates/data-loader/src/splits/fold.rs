//! One fold of a cross-validation.

use artifact_core::IndexSet;
use artifact_core::schema::label_overlap;
use serde::{Deserialize, Serialize};

/// One fold of a cross-validation.
///
/// The evaluated sequences are one block, or several for [`CombinatorialPurgedCv`](super::CombinatorialPurgedCv).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// The fold's number, from 1.
    pub number: usize,
    /// The training sequences, purged against the evaluated ones.
    pub train: IndexSet,
    /// The evaluated sequences.
    pub evaluated: IndexSet,
}

impl Fold {
    /// How many training sequences have a label that shares a row with an evaluated label, see [`label_overlap()`]: 0
    /// for every fold of the built-in splitters.
    pub fn label_overlap(&self, time_window: usize) -> usize {
        label_overlap(&self.train, &self.evaluated, time_window)
    }
}

/// The members of `set` at the positions `positions`, counted in order from 0.
pub(super) fn at_positions(set: &IndexSet, positions: std::ops::Range<usize>) -> IndexSet {
    set.iter().skip(positions.start).take(positions.len()).collect()
}
