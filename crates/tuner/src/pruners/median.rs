//! Comparison with the median of the others at the same epoch (Golovin et al. 2017).

use super::{Curve, Pruner, percentile};
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Stops trials that are below the median of the others at the same epoch.
#[derive(Debug, Clone, Copy)]
pub struct Median;

impl Part for Median {
    fn declaration(&self) -> Declaration {
        percentile::waiting(Declaration::new(
            "median",
            "Stops a trial that is below the median of the others at the same epoch.",
        ))
    }
}

impl Pruner for Median {
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool {
        percentile::prunes(50.0, running, history, params)
    }
}
