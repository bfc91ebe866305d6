//! A configuration to cross-validate.

use crate::lookup::Located;
use artifact_core::schema::{Hyperparameters, Role};
use trainer_core::ChosenModel;

/// A configuration to cross-validate.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Whether it competes, or is the baseline and cannot be chosen.
    pub role: Role,
    /// The model.
    pub model: ChosenModel,
    /// The hyperparameters.
    pub params: Hyperparameters,
    /// The trial that it comes from, with its artifacts; for the baseline, the trial whose artifacts it shares.
    pub located: &'a Located,
}
