//! No race.

use super::FoldPruner;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Every candidate runs all folds.
#[derive(Debug, Clone, Copy)]
pub struct NoRace;

impl Part for NoRace {
    fn declaration(&self) -> Declaration {
        Declaration::new("none", "Prunes no candidate.")
    }
}

impl FoldPruner for NoRace {
    fn startup_folds(&self, _params: &Params) -> Option<usize> {
        None
    }

    fn gives_up(&self, _objectives: &[f64], _best: &[f64], _params: &Params) -> Option<f64> {
        None
    }
}
