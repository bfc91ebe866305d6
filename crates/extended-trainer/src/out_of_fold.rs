//! A configuration's results by row, put together from the folds that have not seen the row.

use crate::groups::Group;
use artifact_core::schema::{PathFigures, PathReturns};
use std::collections::BTreeMap;
use trainer_core::{FitOutcome, SegmentScores, path_returns};

/// What is needed of a fold to tell its results by row.
pub(crate) struct FoldRows<'a> {
    /// Its fit.
    pub(crate) outcome: &'a FitOutcome,
    /// The decision rows that have a label, segment by segment.
    pub(crate) labelled: &'a [Vec<usize>],
    /// The first row that the returns of each segment are of.
    pub(crate) first_bars: &'a [usize],
}

impl FoldRows<'_> {
    /// What a decision returns on a segment, by bar.
    fn bars<'s>(
        &self,
        segment: usize,
        scores: &'s SegmentScores,
        decision: usize,
    ) -> impl Iterator<Item = (usize, f64)> + 's {
        let returns = scores.returns.get(decision).into_iter().flatten();
        (self.first_bars[segment]..).zip(returns.map(|&value| f64::from(value)))
    }
}

/// An epoch, from 0, and a decision, as a place among those that a fit evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) decision: usize,
    pub(crate) epoch: usize,
}

/// A configuration's results by row: means over the folds that evaluate a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutOfFold {
    /// By decision row, how much less is lost than without a model; see [`SegmentScores::skills`].
    pub skills: BTreeMap<usize, f64>,
    /// By bar, what is returned after cost.
    pub returns: BTreeMap<usize, f64>,
}

/// The scores of a fold's segment, with the place of the segment in the fold.
fn of_group<'a>(
    groups: &[Group],
    group: usize,
    fold: &'a FoldRows<'a>,
    place: usize,
    epoch: usize,
) -> Option<(usize, &'a SegmentScores)> {
    let segment = groups[..group].iter().filter(|own| own.folds.contains(&place)).count();
    Some((segment, fold.outcome.segments.get(epoch)?.get(segment)?))
}

/// The results by row where each fold is read at its own choice. Folds without one are left out.
pub(crate) fn out_of_fold(groups: &[Group], folds: &[FoldRows<'_>], choices: &[Option<Choice>]) -> OutOfFold {
    let (mut skills, mut returns) = (BTreeMap::new(), BTreeMap::new());
    for (number, group) in groups.iter().enumerate() {
        let mut of_bars: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for &place in &group.folds {
            let (Some(fold), Some(Some(choice))) = (folds.get(place), choices.get(place)) else { continue };
            let Some((segment, scores)) = of_group(groups, number, fold, place, choice.epoch) else {
                continue;
            };
            for (&row, &skill) in fold.labelled[segment].iter().zip(&scores.skills) {
                add(&mut skills, row, f64::from(skill));
            }
            for (bar, value) in fold.bars(segment, scores, choice.decision) {
                add(&mut of_bars, bar, value);
            }
        }
        // Positions of one group may last into the next one: those are parts of the same capital, and add up.
        for (bar, (sum, count)) in of_bars {
            *returns.entry(bar).or_insert(0.0) += sum / count;
        }
    }
    OutOfFold { skills: skills.into_iter().map(|(row, (sum, count))| (row, sum / count)).collect(), returns }
}

fn add(sums: &mut BTreeMap<usize, (f64, f64)>, row: usize, value: f64) {
    let (sum, count) = sums.entry(row).or_insert((0.0, 0.0));
    *sum += value;
    *count += 1.0;
}

/// The figures along each backtest path at one choice. Path `p` takes, in each group, the `p`-th of the folds that evaluate it.
pub(crate) fn paths(
    groups: &[Group],
    folds: &[FoldRows<'_>],
    choice: Choice,
    bars_per_year: Option<f64>,
) -> Vec<PathFigures> {
    let count = groups.iter().map(|group| group.folds.len()).max().unwrap_or(0);
    let path = |number: usize| {
        let mut objectives = Vec::new();
        let mut returns: BTreeMap<usize, f64> = BTreeMap::new();
        for (at, group) in groups.iter().enumerate() {
            let place = group.folds[number % group.folds.len()];
            let fold = folds.get(place)?;
            let (segment, scores) = of_group(groups, at, fold, place, choice.epoch)?;
            objectives.push(scores.objectives.get(choice.decision).copied().flatten());
            for (bar, value) in fold.bars(segment, scores, choice.decision) {
                *returns.entry(bar).or_insert(0.0) += value;
            }
        }
        let all: Option<Vec<f64>> = objectives.into_iter().collect();
        let objective = all.map(|all| all.iter().sum::<f64>() / all.len().max(1) as f64);
        let values: Vec<f64> = returns.into_values().collect();
        let returns: Option<PathReturns> = bars_per_year.and_then(|bars| path_returns(&values, bars));
        Some(PathFigures { objective, returns })
    };
    (0..count).filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Digest;
    use trainer_core::Weights;

    /// A fold of one epoch with one decision, by segment: the objective, the skills and the returns.
    fn outcome(segments: &[(f64, &[f32], &[f32])]) -> FitOutcome {
        let scores = |(objective, skills, returns): &(f64, &[f32], &[f32])| SegmentScores {
            objectives: vec![Some(*objective)],
            skills: skills.to_vec(),
            returns: vec![returns.to_vec()],
            tempered: Vec::new(),
        };
        FitOutcome {
            weights: Weights { tensors: Vec::new() },
            initial_weights: Digest::of(b""),
            history: Vec::new(),
            evaluations: Vec::new(),
            alternatives: Vec::new(),
            segments: vec![segments.iter().map(scores).collect()],
            best_epoch: 1,
            stopped: false,
        }
    }

    const FIRST: Choice = Choice { decision: 0, epoch: 0 };

    #[test]
    fn each_path_takes_another_fold_and_rows_are_means_over_folds() {
        // Three groups of two sequences, two of them in each fold; labels of two rows, so that positions last one bar into
        // the next group.
        let group =
            |start: usize, folds: [usize; 2]| Group { sequences: start..start + 2, folds: folds.to_vec() };
        let groups = [group(0, [0, 1]), group(2, [0, 2]), group(4, [1, 2])];
        let outcomes = [
            outcome(&[(0.1, &[0.5, 0.7], &[0.01, 0.02, 0.03]), (0.2, &[0.1, 0.1], &[0.0, 0.0, 0.0])]),
            outcome(&[(0.3, &[0.1, 0.1], &[0.03, 0.0, 0.01]), (0.4, &[0.2, 0.2], &[0.01, 0.01, 0.01])]),
            outcome(&[(0.5, &[0.3, 0.3], &[0.02, 0.0, 0.0]), (0.6, &[0.4, 0.4], &[0.0, 0.0, 0.05])]),
        ];
        let starts = [[0, 2], [0, 4], [2, 4]];
        let labelled: Vec<Vec<Vec<usize>>> =
            starts.iter().map(|own| own.iter().map(|&start| vec![start, start + 1]).collect()).collect();
        let first_bars: Vec<Vec<usize>> =
            starts.iter().map(|own| own.iter().map(|start| start + 1).collect()).collect();
        let folds: Vec<FoldRows<'_>> = (0..3)
            .map(|fold| FoldRows {
                outcome: &outcomes[fold],
                labelled: &labelled[fold],
                first_bars: &first_bars[fold],
            })
            .collect();

        let found = out_of_fold(&groups, &folds, &[Some(FIRST); 3]);
        let close = |found: &BTreeMap<usize, f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (one, other) in found.values().zip(expected) {
                assert!((one - other).abs() < 1e-6, "{found:?}");
            }
        };
        close(&found.skills, &[0.3, 0.4, 0.2, 0.2, 0.3, 0.3]);
        // Bar 3 is the last of the first group and the first of the second one.
        close(&found.returns, &[0.02, 0.01, 0.02 + 0.01, 0.0, 0.0 + 0.005, 0.005, 0.03]);

        let found = paths(&groups, &folds, FIRST, Some(252.0));
        let objectives: Vec<f64> = found.iter().map(|path| path.objective.unwrap()).collect();
        assert!((objectives[0] - (0.1 + 0.2 + 0.4) / 3.0).abs() < 1e-15, "{objectives:?}");
        assert!((objectives[1] - (0.3 + 0.5 + 0.6) / 3.0).abs() < 1e-15, "{objectives:?}");
        let returns = found[0].returns.as_ref().unwrap();
        assert!((returns.mean_return - 0.09 / 7.0).abs() < 1e-9 && returns.bars == 7, "{returns:?}");
        assert_eq!(paths(&groups, &folds, FIRST, None)[0].returns, None, "no prices");

        // A fold without a choice has no say.
        let found = out_of_fold(&groups, &folds, &[Some(FIRST), None, None]);
        close(&found.skills, &[0.5, 0.7, 0.1, 0.1]);
    }
}
