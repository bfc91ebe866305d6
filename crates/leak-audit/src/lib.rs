//! The independent checker of runs.
//!
//! [`Audit::run`] recomputes from the frozen bars what must hold for a run to be free of leakage, for every trial, every
//! fold and the final fit, and writes down what it found as a [`LeakCertificate`]:
//!
//! ```text
//! record, store, ledger --> objects   read without trust, identity checked
//!                           data      fingerprints, the cut before the test rows, duplicates, backward fill
//!                           features  formulas anew; the pipeline's code tested on cut-off rows
//!                           splits    boundaries, sets, look-back          separation  purge and embargo by rows
//!                           preprocessing  scaler, class weights bit by bit    folds   partition, training sets
//!                           fits      true classes, initial weights from seeds
//!                           selection, last, ledger                    --> kinds  the eight kinds of leakage
//! ```
//!
//! Windows, labels, splits, scalers, class weights and initial weights are written anew here, plainly and slowly
//! enough to be checked by eye; no splitter, label or scaler of the pipeline is called. The pipeline's feature code is
//! called for one purpose: to see whether it gives the same bits when later rows are cut off.
//!
//! The audit reads test rows only when the ledger says that they have been opened; before, it hashes their bytes.

mod audit;
mod bars;
mod context;
mod data;
mod each;
mod error;
mod features;
mod findings;
mod fits;
mod fitted;
mod folds;
mod initial_weights;
mod kinds;
mod labels;
mod last;
mod ledger;
mod objects;
mod preprocessing;
mod rows;
mod run;
mod selection;
mod separation;
mod shared;
mod splits;

pub use audit::Audit;
pub use error::AuditError;
pub use features::{FeatureCode, pipeline_features};

use artifact_core::schema::LeakCertificate;
use artifact_core::{Envelope, producer};

/// A certificate as an object of this crate's making.
pub fn envelope(certificate: LeakCertificate) -> Envelope<LeakCertificate> {
    Envelope::new(certificate, producer!())
}
