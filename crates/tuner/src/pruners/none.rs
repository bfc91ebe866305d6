//! No pruning.

use super::{Curve, Pruner};
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Lets every trial run to its own end.
#[derive(Debug, Clone, Copy)]
pub struct Never;

impl Part for Never {
    fn declaration(&self) -> Declaration {
        Declaration::new("none", "Stops no trial early.")
    }
}

impl Pruner for Never {
    fn prunes(&self, _running: &Curve, _history: &[Curve], _params: &Params) -> bool {
        false
    }

    fn compares(&self) -> bool {
        false
    }
}
