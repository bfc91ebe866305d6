//! Which rows a value holds, told by its type.
//!
//! ```text
//! bars ── align ──> Panel<Whole> ── seal_panel ──┬─> Panel<Development> ──> features, labels ──> sequences: fit, predict
//!                                                └─> Panel<Test>        ──> features, labels ──> sequences: predict_test
//! ```
//!
//! What is fitted takes [`Development`] and nothing else, so a scaler fitted on test rows does not compile. Nothing
//! turns another subset into [`Development`]: it comes from the rows before the boundary of a [`Seal`], or, for
//! sequences over arrays of one's own, from whoever calls [`SequenceSet::new`]. [`Test`] comes from
//! [`Dataset::unsealed`] only, which asks for the ledger's [`Unsealing`].
//!
//! Types cannot stop who copies numbers out of one array into another, opens the store's blobs, or keeps a ledger
//! elsewhere. They stop mistakes; the ledger and the ids of all objects show the rest.
//!
//! [`Seal`]: artifact_core::schema::Seal
//! [`SequenceSet::new`]: crate::SequenceSet::new
//! [`Dataset::unsealed`]: crate::Dataset::unsealed
//! [`Unsealing`]: artifact_core::ledger::Unsealing

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// Which rows: [`Whole`], [`Development`] or [`Test`], and no other.
pub trait Subset: sealed::Sealed + Debug + Clone + Copy + PartialEq + Eq + Send + Sync + 'static {}

/// Rows that nobody has split: they can be frozen, compared and predicted on, but nothing is fitted on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {}

/// The rows before the test rows: what everything is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Development {}

/// All rows after the seal was opened: the final model is tested on them, and nothing else is done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {}

impl sealed::Sealed for Whole {}
impl sealed::Sealed for Development {}
impl sealed::Sealed for Test {}
impl Subset for Whole {}
impl Subset for Development {}
impl Subset for Test {}
