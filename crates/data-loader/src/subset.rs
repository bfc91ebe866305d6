//! Which rows a value holds, stated in its type.
//!
//! ```text
//! bars ── align ──> Panel<Whole> ── seal_panel ──┬─> Panel<Development> ──> features, labels ──> sequences: fit, predict
//!                                                └─> Panel<Test>        ──> features, labels ──> sequences: predict_test
//! ```
//!
//! Every fit takes [`Development`] and nothing else, so fitting a scaler on test rows does not compile. No other subset
//! can be turned into [`Development`]: it comes from the rows before the boundary of a [`Seal`], or, for sequences over
//! arrays of your own, from the caller of [`SequenceSet::new`]. [`Test`] comes only from [`Dataset::unsealed`], which
//! requires the ledger's [`Unsealing`].
//!
//! Types cannot stop anyone from copying numbers from one array into another, opening the store's blobs, or keeping a
//! ledger elsewhere. They prevent mistakes; the ledger and the ids of all objects reveal the rest.
//!
//! [`Seal`]: artifact_core::schema::Seal
//! [`SequenceSet::new`]: crate::SequenceSet::new
//! [`Dataset::unsealed`]: crate::Dataset::unsealed
//! [`Unsealing`]: artifact_core::ledger::Unsealing

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// Which rows a value holds: [`Whole`], [`Development`] or [`Test`]; no other type can implement it.
pub trait Subset: sealed::Sealed + Debug + Clone + Copy + PartialEq + Eq + Send + Sync + 'static {}

/// Rows that have not been split: they can be frozen, compared and predicted on, but nothing can be fitted on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {}

/// The rows before the test rows, on which everything is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Development {}

/// All rows, once the seal has been opened: they serve to test the final model and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {}

impl sealed::Sealed for Whole {}
impl sealed::Sealed for Development {}
impl sealed::Sealed for Test {}
impl Subset for Whole {}
impl Subset for Development {}
impl Subset for Test {}
