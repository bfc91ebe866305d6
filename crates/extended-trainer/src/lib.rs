//! Phase 2: cross-validates the best trials on the development rows and chooses one.
//!
//! Each trial's split, scaler and class weights are looked up by the ids that it names and recomputed only if they are
//! missing. Older results have no such ids and are matched by shape. The test rows are never loaded.

mod aggregate;
mod candidate;
pub mod cli;
mod corrected;
mod cross_validate;
mod decision;
mod error;
mod fold_observer;
mod groups;
mod imported;
mod lookup;
mod out_of_fold;
pub mod racing;
mod select;
mod superior;

pub use aggregate::{choose_epoch, summarise};
pub use candidate::Candidate;
pub use cross_validate::{Complete, CrossValidated, Pruned, cross_validate};
pub use error::ExtendedError;
pub use imported::{Ranked, locate_imported, rank_imported};
pub use lookup::{Located, locate, rank};
pub use out_of_fold::OutOfFold;
pub use select::{Extended, ExtendedTrainer, phase_key};
