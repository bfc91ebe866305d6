//! The cross-validated objective without the luck of the choice.

/// The mean over folds of the objective that is reached when candidate, decision and epoch are chosen on all other folds.
///
/// The objective that a choice maximises is too high on the folds it was made on, by as much as luck differs between what is
/// chosen from. Each fold in turn is left out of the choice and scores what the others have chosen: nested cross-validation over
/// the fitted models, without fitting any again. What is chosen last by all folds is not scored itself, but the way of choosing.
///
/// `candidates` has the objective by candidate, decision, fold and epoch, the better trial first; of equal means the first wins.
/// `untouched` says of each fold whether it holds no row on which tuning has ranked its trials: where it has, the candidates
/// themselves are chosen by that luck, so these folds choose but do not score.
///
/// `None` for fewer than two folds, candidates with different numbers of folds, or no untouched fold.
pub(crate) fn corrected(candidates: &[&[Vec<Vec<f64>>]], untouched: &[bool]) -> Option<f64> {
    let options: Vec<&Vec<Vec<f64>>> = candidates.iter().copied().flatten().collect();
    let folds = options.first()?.len();
    if folds < 2 || options.iter().any(|option| option.len() != folds) {
        return None;
    }
    let scoring = (0..folds).filter(|&fold| untouched.get(fold) == Some(&true));
    let scored: Vec<f64> = scoring.map(|fold| without(fold, &options)).collect::<Option<_>>()?;
    (!scored.is_empty()).then(|| scored.iter().sum::<f64>() / scored.len() as f64)
}

/// The objective on a fold of what the other folds choose.
fn without(left_out: usize, options: &[&Vec<Vec<f64>>]) -> Option<f64> {
    let mut best: Option<(f64, f64)> = None;
    for option in options {
        let epochs = option.iter().map(Vec::len).min().unwrap_or(0);
        for epoch in 0..epochs {
            let others = option.iter().enumerate().filter(|(fold, _)| *fold != left_out);
            let sum: f64 = others.map(|(_, curve)| curve[epoch]).sum();
            if best.is_none_or(|(highest, _)| sum > highest) {
                best = Some((sum, option[left_out][epoch]));
            }
        }
    }
    best.map(|(_, scored)| scored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_has_no_say_in_what_it_scores() {
        // Three folds, one epoch: each candidate is good on one fold alone.
        let lucky = |fold: usize| {
            vec![(0..3).map(|own| vec![if own == fold { 0.9 } else { 0.0 }]).collect::<Vec<_>>()]
        };
        let candidates = [lucky(0), lucky(1), lucky(2)];
        let borrowed: Vec<&[Vec<Vec<f64>>]> = candidates.iter().map(Vec::as_slice).collect();
        assert_eq!(corrected(&borrowed, &[true; 3]), Some(0.0));
        // What is good everywhere stays good.
        let good = vec![vec![vec![0.3, 0.5], vec![0.2, 0.4], vec![0.1, 0.6]]];
        let found = corrected(&[&good, &candidates[0]], &[true; 3]).unwrap();
        assert!((found - 0.5).abs() < 1e-12, "{found}");
        // Folds that tuning has seen choose, and do not score.
        assert_eq!(corrected(&[&good], &[true, false, false]), Some(0.5));
        assert_eq!(corrected(&[&good], &[false; 3]), None);
    }

    #[test]
    fn epochs_and_decisions_are_chosen_too() {
        let decisions = vec![vec![vec![0.1, 0.0], vec![0.0, 0.1]], vec![vec![0.2, 0.3], vec![0.3, 0.2]]];
        // Fold 1 is scored by the epoch that is best on fold 2, and the other way round; the second decision is better.
        assert_eq!(corrected(&[&decisions], &[true; 2]), Some(0.2));
        assert_eq!(corrected(&[&[vec![vec![0.1]]]], &[true]), None, "a single fold");
        assert_eq!(corrected(&[], &[]), None);
    }
}
