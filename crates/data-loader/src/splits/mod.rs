//! Which sequences train, validate and test.
//!
//! Everything here works on row and sequence numbers alone; no price is ever read. The terms are those of
//! [`windows`](crate::windows): sequence `i` of length `S` decides at row `d = i + S - 1` and its label reads the rows
//! `(d, d + W]`.
//!
//! How a cross-validation cuts is up to a [`Splitter`], which can be replaced. The [`calendar()`] split cannot.

mod calendar;
mod checked_folds;
mod combinatorial;
mod error;
mod fold;
mod kfold;
mod purge;
mod sequence_ratio;
mod splitter;
mod walk_forward;

pub use artifact_core::schema::label_overlap;
pub use calendar::{CalendarRule, CalendarSplit, calendar, split_row};
pub use checked_folds::folds;
pub use combinatorial::{CombinatorialPurged, CombinatorialPurgedCv};
pub use error::SplitError;
pub use fold::Fold;
pub use kfold::{Kfold, kfold};
pub use purge::{Separation, purge};
pub use sequence_ratio::{SequenceRatioSplit, sequence_ratio};
pub use splitter::Splitter;
pub use walk_forward::{WalkForward, walk_forward};

use settings::part::Catalog;
use std::sync::Arc;

/// The built-in splitters.
pub fn builtin() -> Catalog<dyn Splitter> {
    let mut catalog: Catalog<dyn Splitter> = Catalog::new("splitter");
    catalog.add(Arc::new(Kfold));
    catalog.add(Arc::new(WalkForward));
    catalog.add(Arc::new(CombinatorialPurged));
    catalog
}

#[cfg(test)]
mod brute_force;
