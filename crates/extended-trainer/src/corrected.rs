//! The cross-validated objective without the luck of the choice.

use crate::out_of_fold::Choice;

/// The objective of a configuration by decision, fold and epoch.
pub(crate) type Objectives = Vec<Vec<Vec<f64>>>;

/// The mean over folds of the objective that is reached when candidate, decision and epoch are chosen on other folds.
///
/// The objective that a choice maximises is too high on the folds it was made on, by as much as luck differs between what is
/// chosen from. Each fold in turn is left out of the choice and scores what the others have chosen: nested cross-validation over
/// the fitted models, without fitting any again. What is chosen last by all folds is not scored itself, but the way of choosing.
///
/// Some luck stays. A model that is scored on one fold was fitted to the others, so a relation that two folds have by chance counts in
/// the scores of both: to choose by the one is to choose by a part of the other. Fits without either would be free of that.
///
/// `candidates` come better trial first; of equal means the first wins. `strangers` has, for each fold, the folds that evaluate none
/// of its sequences, which alone may choose what it scores. `untouched` says of each fold whether it holds no row on which tuning has
/// ranked its trials: where it has, the candidates themselves are chosen by that luck, so these folds choose but do not score.
///
/// `None` for candidates with different numbers of folds, or if no untouched fold has a stranger.
pub(crate) fn corrected(
    candidates: &[&Objectives],
    strangers: &[Vec<usize>],
    untouched: &[bool],
) -> Option<f64> {
    let folds = strangers.len();
    if candidates.iter().any(|own| own.iter().any(|option| option.len() != folds)) {
        return None;
    }
    let scoring =
        (0..folds).filter(|&fold| untouched.get(fold) == Some(&true) && !strangers[fold].is_empty());
    let scored = scoring.map(|fold| {
        let (candidate, Choice { decision, epoch }) = chosen_by(&strangers[fold], candidates)?;
        Some(candidates[candidate][decision][fold][epoch])
    });
    let scored: Vec<f64> = scored.collect::<Option<_>>()?;
    (!scored.is_empty()).then(|| scored.iter().sum::<f64>() / scored.len() as f64)
}

/// The candidate, decision and epoch with the highest mean objective on some folds; `None` without any.
pub(crate) fn chosen_by(folds: &[usize], candidates: &[&Objectives]) -> Option<(usize, Choice)> {
    let mut best: Option<(f64, (usize, Choice))> = None;
    for (candidate, decisions) in candidates.iter().enumerate() {
        for (decision, of_folds) in decisions.iter().enumerate() {
            let epochs = of_folds.iter().map(Vec::len).min().unwrap_or(0);
            let sum = |epoch: usize| folds.iter().map(|&fold| of_folds[fold][epoch]).sum::<f64>();
            for (epoch, sum) in (0..epochs).map(|epoch| (epoch, sum(epoch))) {
                if !folds.is_empty() && best.is_none_or(|(highest, _)| sum > highest) {
                    best = Some((sum, (candidate, Choice { decision, epoch })));
                }
            }
        }
    }
    best.map(|(_, chosen)| chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folds that share no sequence.
    fn separate(folds: usize) -> Vec<Vec<usize>> {
        (0..folds).map(|one| (0..folds).filter(|other| *other != one).collect()).collect()
    }

    #[test]
    fn a_fold_has_no_say_in_what_it_scores() {
        // Three folds, one epoch: each candidate is good on one fold alone.
        let lucky = |fold: usize| {
            vec![(0..3).map(|own| vec![if own == fold { 0.9 } else { 0.0 }]).collect::<Vec<_>>()]
        };
        let candidates = [lucky(0), lucky(1), lucky(2)];
        let borrowed: Vec<&Objectives> = candidates.iter().collect();
        assert_eq!(corrected(&borrowed, &separate(3), &[true; 3]), Some(0.0));
        // What is good everywhere stays good.
        let good = vec![vec![vec![0.3, 0.5], vec![0.2, 0.4], vec![0.1, 0.6]]];
        let found = corrected(&[&good, &candidates[0]], &separate(3), &[true; 3]).unwrap();
        assert!((found - 0.5).abs() < 1e-15, "{found}");
        // Folds that tuning has seen choose, but do not score.
        let found = corrected(&[&good, &candidates[0]], &separate(3), &[false, false, true]);
        assert_eq!(found, Some(0.6));
        assert_eq!(corrected(&[&good], &separate(3), &[false; 3]), None);
    }

    #[test]
    fn folds_that_share_sequences_do_not_choose_for_each_other() {
        let options = vec![vec![vec![0.9, 0.1], vec![0.9, 0.2], vec![0.0, 0.3]]];
        // Folds 1 and 2 share sequences, so the first is scored by what the third chooses: the second epoch.
        let strangers = vec![vec![2], vec![2], vec![0, 1]];
        assert_eq!(corrected(&[&options], &strangers, &[true, false, false]), Some(0.1));
        assert_eq!(corrected(&[&options], &[vec![], vec![], vec![]], &[true; 3]), None);
    }

    #[test]
    fn epochs_and_decisions_are_chosen_too() {
        let decisions = vec![vec![vec![0.1, 0.0], vec![0.0, 0.1]], vec![vec![0.2, 0.3], vec![0.3, 0.2]]];
        // Fold 1 is scored by the epoch that is best on fold 2, and the other way round; the second decision is better.
        assert_eq!(corrected(&[&decisions], &separate(2), &[true; 2]), Some(0.2));
        assert_eq!(corrected(&[&vec![vec![vec![0.1]]]], &separate(1), &[true]), None, "a single fold");
        assert_eq!(corrected(&[], &[], &[]), None);
    }
}
