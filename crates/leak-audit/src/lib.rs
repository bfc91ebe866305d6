//! Independent leakage audit of a run.
//!
//! [`Audit::run`] recomputes, from the frozen bars, everything that must hold for a run to be free of leakage, for
//! every trial, every fold and the final fit, and returns its findings as a [`LeakCertificate`]:
//!
//! ```text
//! record, store, ledger --> objects   read without trust, identity checked
//!                           data      fingerprints, the cut before the test rows, duplicates, backward fill
//!                           feature_matrix  own formulas      features  the pipeline's code on truncated rows
//!                           splits    boundaries, sets, look-back          separation  purge and embargo by rows
//!                           preprocessing  against scaler_and_weights, bit for bit
//!                           folds     partition, training sets             fits  true classes, initial weights
//!                           selection, final_model, ledger             --> kinds  the eight kinds of leakage
//! ```
//!
//! `shared_data` checks each split and each preprocessing once; `single_results` goes through the trials, folds and
//! fits that use them.
//!
//! Windows, labels, splits, scalers, class weights and initial weights are reimplemented here, as loops plain enough to
//! verify by eye at the cost of speed. The pipeline's own parts are called as well: features, to see whether they give
//! the same bits when later rows are cut off; targets, to see whether they read only the rows they may; splitters, to
//! see whether they reproduce the stored folds. A part without a reimplementation here can only be checked by calling
//! it, and the evidence says so.
//!
//! The audit reads test rows only once the ledger says that they have been opened; until then it only hashes their
//! bytes and reads their dates.

mod answer;
mod audit;
mod bars;
mod context;
mod data;
mod error;
mod expressions;
mod feature_matrix;
mod features;
mod final_model;
mod findings;
mod fits;
mod folds;
mod initial_weights;
mod kinds;
mod label_rules;
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
mod written_features;

pub use audit::Audit;
pub use error::AuditError;

use artifact_core::schema::LeakCertificate;
use artifact_core::{Envelope, producer};

/// Wraps a certificate in an envelope that names this crate as its producer.
pub fn envelope(certificate: LeakCertificate) -> Envelope<LeakCertificate> {
    Envelope::new(certificate, producer!())
}
