//! Phase 2: cross-validation of the best trials inside the development rows, and the choice among them.
//!
//! Each trial's split, scaler and class weights are found by its identity; nothing is made again unless it is
//! missing. Older results, which have no such identity, are matched by shape. The test rows are not loaded.

mod aggregate;
mod candidate;
pub mod cli;
mod cross_validate;
mod error;
mod fold_observer;
mod imported;
mod lookup;
pub mod racing;
mod select;
pub mod signed_rank;

pub use aggregate::{choose_epoch, summarise};
pub use candidate::Candidate;
pub use cross_validate::{CrossValidated, Pruned, cross_validate};
pub use error::ExtendedError;
pub use imported::{Ranked, locate_imported, rank_imported};
pub use lookup::{Located, locate, rank};
pub use select::{Extended, ExtendedTrainer, phase_key};
