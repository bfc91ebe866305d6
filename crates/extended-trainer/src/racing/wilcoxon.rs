//! Wilcoxon's signed-rank test against the best so far, fold by fold.

use super::FoldPruner;
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};
use statistics::signed_rank::worse;

/// Prunes candidates that are worse than the best so far by Wilcoxon's signed-rank test.
#[derive(Debug, Clone, Copy)]
pub struct Wilcoxon;

const P_THRESHOLD: f64 = 0.1;
const STARTUP_FOLDS: usize = 2;

impl Part for Wilcoxon {
    fn declaration(&self) -> Declaration {
        let threshold = "A candidate is pruned when its p-value is below this. With n folds the p-value is at least \
                         2^-n, so 0.1 needs at least 4 folds.";
        Declaration::new(
            "wilcoxon",
            "Prunes candidates that lose Wilcoxon's signed-rank test to the best so far.",
        )
        .parameter(Parameter::float("p_threshold", threshold).range(0.0, 1.0).default(P_THRESHOLD))
        .parameter(
            Parameter::size("startup_folds", "The number of folds that every candidate runs.")
                .default(STARTUP_FOLDS),
        )
    }
}

impl FoldPruner for Wilcoxon {
    fn startup_folds(&self, params: &Params) -> Option<usize> {
        Some(params.size("startup_folds").unwrap_or(STARTUP_FOLDS))
    }

    fn gives_up(&self, objectives: &[f64], best: &[f64], params: &Params) -> Option<f64> {
        let p_value = worse(objectives, best);
        (p_value < params.float("p_threshold").unwrap_or(P_THRESHOLD)).then_some(p_value)
    }
}
