//! What a fold pruner is.

use artifact_core::Params;
use settings::part::Part;

/// A rule that prunes candidates before their last fold.
pub trait FoldPruner: Part {
    /// The folds, at least 1, that every candidate runs before the first comparison; `None` when there is none at all.
    /// After them, candidates are compared after each fold but the last. `params` are complete.
    fn startup_folds(&self, params: &Params) -> Option<usize>;

    /// The probability, from 0 to 1, that chance alone makes a candidate as bad as it is, if that is reason enough to give
    /// it up; `None` when it stays. `objectives` and `best` are the objective on each fold so far, larger is better, of the
    /// candidate and of the one whose mean is highest.
    fn gives_up(&self, objectives: &[f64], best: &[f64], params: &Params) -> Option<f64>;
}
