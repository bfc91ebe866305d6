//! The trait of fold pruners.

use artifact_core::Params;
use settings::part::Part;

/// A rule that prunes candidates before their last fold.
pub trait FoldPruner: Part {
    /// How many folds, at least 1, every candidate runs before the first comparison; `None` to never compare. From then
    /// on, candidates are compared after each fold but the last. `params` are complete.
    fn startup_folds(&self, params: &Params) -> Option<usize>;

    /// Whether to prune a candidate: the p-value, from 0 to 1, of doing as badly by chance, or `None` to keep it.
    /// `objectives` and `best` are the objectives on the same folds so far, larger is better, of the candidate and of
    /// the one with the highest mean.
    fn gives_up(&self, objectives: &[f64], best: &[f64], params: &Params) -> Option<f64>;
}
