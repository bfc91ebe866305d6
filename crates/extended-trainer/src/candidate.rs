//! What is cross-validated.

use crate::lookup::Located;
use artifact_core::schema::{Hyperparameters, Role};
use trainer_core::ChosenModel;

/// A configuration to cross-validate.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Whether it may be chosen.
    pub role: Role,
    /// The model.
    pub model: ChosenModel,
    /// The configuration.
    pub params: Hyperparameters,
    /// The trial it comes from, or whose data it shares, with its artifacts.
    pub located: &'a Located,
}
