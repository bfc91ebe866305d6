//! The independent checker of runs.
//!
//! [`Audit::run`] recomputes from the frozen bars what must hold for a run to be free of leakage, for every trial, every
//! fold and the final fit, and writes down what it found as a [`LeakCertificate`]:
//!
//! ```text
//! record, store, ledger --> objects   read without trust, identity checked
//!                           data      fingerprints, the cut before the test rows, duplicates, backward fill
//!                           feature_matrix  formulas anew     features  the pipeline's code on cut-off rows
//!                           splits    boundaries, sets, look-back          separation  purge and embargo by rows
//!                           preprocessing  against scaler_and_weights, bit by bit
//!                           folds     partition, training sets             fits  true classes, initial weights
//!                           selection, final_model, ledger             --> kinds  the eight kinds of leakage
//! ```
//!
//! `shared_data` checks each split and each preprocessing once; `single_results` goes through the trials, folds and fits
//! that use them.
//!
//! Windows, labels, splits, scalers, class weights and initial weights are written anew here, plainly and slowly
//! enough to be checked by eye. The parts of the pipeline are called besides: features to see whether they give the same
//! bits when later rows are cut off, targets to see whether they read their own rows only, splitters to see whether they
//! give the stored folds. A part that is not written anew here is checked by calling it alone, and the evidence says so.
//!
//! The audit reads test rows only when the ledger says that they have been opened; before, it hashes their bytes.

mod audit;
mod bars;
mod context;
mod data;
mod error;
mod feature_matrix;
mod features;
mod final_model;
mod findings;
mod fits;
mod folds;
mod initial_weights;
mod kinds;
mod labels;
mod ledger;
mod objects;
mod preprocessing;
mod rows;
mod run;
mod scaler_and_weights;
mod selection;
mod separation;
mod shared_data;
mod single_results;
mod splits;
mod splitters;
mod targets;

pub use audit::Audit;
pub use error::AuditError;

use artifact_core::schema::LeakCertificate;
use artifact_core::{Envelope, producer};

/// A certificate as an object of this crate's making.
pub fn envelope(certificate: LeakCertificate) -> Envelope<LeakCertificate> {
    Envelope::new(certificate, producer!())
}
