//! Racing: prunes candidates that are clearly worse than the best so far before their last fold.
//!
//! All candidates run the same folds in rounds; after each round, each candidate is compared with the best, fold by
//! fold (Birattari et al. 2002; the test is that of Optuna's `WilcoxonPruner`). The order in which fits finish makes no
//! difference, and a candidate that is not pruned has the same results as without a race.

mod fold_pruner;
mod none;
mod wilcoxon;

pub use fold_pruner::FoldPruner;
pub use none::NoRace;
pub use wilcoxon::Wilcoxon;

use crate::aggregate::choose_epoch;
use settings::part::{Catalog, Chosen};
use std::ops::Range;
use std::sync::Arc;

/// The built-in fold pruners.
pub fn builtin() -> Catalog<dyn FoldPruner> {
    let mut pruners: Catalog<dyn FoldPruner> = Catalog::new("fold pruner");
    pruners.add(Arc::new(NoRace)).add(Arc::new(Wilcoxon));
    pruners
}

/// How a candidate lost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lost {
    /// The index of the candidate that it lost to.
    pub(crate) against: usize,
    /// The objective on each fold so far, at the epoch with the best mean over them.
    pub(crate) fold_objectives: Vec<f64>,
    /// The probability of doing as badly by chance.
    pub(crate) p_value: f64,
}

/// The rounds: the folds to run before each comparison, by index.
pub(crate) fn rounds(pruner: &Chosen<dyn FoldPruner>, folds: usize) -> Vec<Range<usize>> {
    let first =
        pruner.part.startup_folds(&pruner.params).map_or(folds, |startup| startup.clamp(1, folds.max(1)));
    let first = first.min(folds);
    let rest = (first..folds).map(|fold| fold..fold + 1);
    std::iter::once(0..first).chain(rest).filter(|round| !round.is_empty()).collect()
}

/// Which candidates lose after a round. `curves` has the objective by fold and epoch of each candidate still in the
/// race, in the order of their ranks, and `None` for the others. Do not call it after the last fold: there is nothing
/// to save.
pub(crate) fn losers(pruner: &Chosen<dyn FoldPruner>, curves: &[Option<Vec<Vec<f64>>>]) -> Vec<Option<Lost>> {
    let objectives: Vec<Option<Vec<f64>>> = curves
        .iter()
        .map(|curves| curves.as_deref().filter(|curves| !curves.is_empty()).map(at_best_epoch))
        .collect();
    let mean = |objectives: &[f64]| objectives.iter().sum::<f64>() / objectives.len() as f64;
    let standing = objectives.iter().enumerate().filter_map(|(place, o)| Some((place, o.as_deref()?)));
    // On ties the candidate that ranks first is the best.
    let best = standing.reduce(|best, next| if mean(next.1) > mean(best.1) { next } else { best });
    let Some((against, best)) = best else {
        return vec![None; curves.len()];
    };
    // The best one is never judged, so at least one candidate always finishes unless its fit fails.
    let verdict = |(place, objectives): (usize, &Option<Vec<f64>>)| {
        let objectives = objectives.as_ref().filter(|_| place != against)?;
        let p_value = pruner.part.gives_up(objectives, best, &pruner.params)?;
        Some(Lost { against, fold_objectives: objectives.clone(), p_value })
    };
    objectives.iter().enumerate().map(verdict).collect()
}

/// Each fold's objective at the epoch whose mean over the folds is highest: the epoch that cross-validation would
/// choose.
fn at_best_epoch(curves: &[Vec<f64>]) -> Vec<f64> {
    let epoch = choose_epoch(curves);
    curves.iter().filter_map(|curve| curve.get(epoch - 1).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::part::PartSetting;

    fn chosen(setting: impl Into<PartSetting>) -> Chosen<dyn FoldPruner> {
        builtin().choose(&setting.into()).unwrap()
    }

    fn wilcoxon() -> Chosen<dyn FoldPruner> {
        chosen("wilcoxon")
    }

    /// Curves of two epochs; the second epoch is better.
    fn candidate(objectives: &[f64]) -> Option<Vec<Vec<f64>>> {
        Some(objectives.iter().map(|objective| vec![objective - 1.0, *objective]).collect())
    }

    #[test]
    fn without_a_pruner_all_folds_are_one_round() {
        let ends = |config: &Chosen<dyn FoldPruner>, folds| -> Vec<(usize, usize)> {
            rounds(config, folds).into_iter().map(|round| (round.start, round.end)).collect()
        };
        assert_eq!(ends(&chosen("none"), 5), [(0, 5)]);
        assert_eq!(ends(&wilcoxon(), 5), [(0, 2), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(ends(&wilcoxon(), 2), [(0, 2)]);
        let late = chosen(PartSetting::named("wilcoxon").with("startup_folds", 9));
        assert_eq!(ends(&late, 5), [(0, 5)]);
        assert!(builtin().choose(&PartSetting::named("wilcoxon").with("p_threshold", 1.5)).is_err());
    }

    #[test]
    fn a_candidate_that_is_worse_in_every_fold_loses_after_enough_folds() {
        let best = [0.5, 0.6, 0.7, 0.8];
        let worse = [0.4, 0.3, 0.5, 0.75];
        let mixed = [0.6, 0.3, 0.5, 0.79];
        let run = |folds: usize| {
            let curves =
                [candidate(&mixed[..folds]), candidate(&best[..folds]), None, candidate(&worse[..folds])];
            losers(&wilcoxon(), &curves)
        };
        assert_eq!(run(3), vec![None; 4], "1/8 is not significant");
        let after = run(4);
        assert_eq!(after[..3], [None, None, None]);
        let lost = after[3].as_ref().unwrap();
        assert_eq!((lost.against, lost.p_value), (1, 1.0 / 16.0));
        assert_eq!(lost.fold_objectives, worse);
    }

    #[test]
    fn nobody_loses_among_equal_candidates_or_without_a_pruner() {
        let equal = [candidate(&[0.5; 8]), candidate(&[0.5; 8])];
        assert_eq!(losers(&wilcoxon(), &equal), vec![None; 2]);
        let far = [candidate(&[0.5; 8]), candidate(&[0.1; 8])];
        assert_eq!(losers(&chosen("none"), &far), vec![None; 2]);
        assert!(losers(&wilcoxon(), &far)[1].is_some());
    }
}
