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
pub(super) fn at_positions(set: &IndexSet, positions: std::ops::Range<usize>) -> IndexSet {
    set.iter().skip(positions.start).take(positions.len()).collect()
}
