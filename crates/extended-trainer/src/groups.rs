//! Which folds evaluate which sequences.

use data_loader::Fold;
use std::collections::BTreeMap;
use std::ops::Range;

/// A run of sequences that the same folds evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The sequences.
    pub(crate) sequences: Range<usize>,
    /// The places of the folds, ascending; at least one.
    pub(crate) folds: Vec<usize>,
}

/// The groups of all evaluated sequences, in order: the blocks between which a splitter has cut.
pub(crate) fn groups(folds: &[Fold]) -> Vec<Group> {
    let mut evaluating: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, fold) in folds.iter().enumerate() {
        for sequence in fold.evaluated.iter() {
            evaluating.entry(sequence).or_default().push(place);
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (sequence, folds) in evaluating {
        match groups.last_mut() {
            Some(last) if last.sequences.end == sequence && last.folds == folds => last.sequences.end += 1,
            _ => groups.push(Group { sequences: sequence..sequence + 1, folds }),
        }
    }
    groups
}

/// The groups that a fold evaluates, as positions among its evaluated sequences, in the groups' order.
pub(crate) fn segments(groups: &[Group], fold: usize) -> Vec<Range<usize>> {
    let own = groups.iter().filter(|group| group.folds.contains(&fold));
    own.scan(0, |position, group| {
        let start = *position;
        *position += group.sequences.len();
        Some(start..*position)
    })
    .collect()
}

/// For each fold, the folds that evaluate none of its sequences: those that may choose what it scores.
pub(crate) fn strangers(groups: &[Group], folds: usize) -> Vec<Vec<usize>> {
    let shares = |one: usize, other: usize| {
        groups.iter().any(|group| group.folds.contains(&one) && group.folds.contains(&other))
    };
    (0..folds).map(|one| (0..folds).filter(|&other| one != other && !shares(one, other)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::IndexSet;

    fn fold(number: usize, evaluated: impl IntoIterator<Item = usize>) -> Fold {
        Fold { number, train: IndexSet::default(), evaluated: evaluated.into_iter().collect() }
    }

    #[test]
    fn combinatorial_folds_fall_into_their_groups() {
        // Two of three groups at a time, the last two without a gap.
        let folds = [fold(1, (0..3).chain(5..7)), fold(2, (0..3).chain(7..9)), fold(3, 5..9)];
        let found = groups(&folds);
        let group = |sequences, folds: [usize; 2]| Group { sequences, folds: folds.to_vec() };
        assert_eq!(found, [group(0..3, [0, 1]), group(5..7, [0, 2]), group(7..9, [1, 2])]);
        assert_eq!(segments(&found, 1), [0..3, 3..5]);
        assert_eq!(segments(&found, 2), [0..2, 2..4]);
        assert!(strangers(&found, 3).iter().all(Vec::is_empty), "any two share a group");
    }

    #[test]
    fn separate_folds_are_groups_of_their_own() {
        let folds = [fold(1, 0..2), fold(2, 2..5), fold(3, 6..8)];
        let found = groups(&folds);
        assert_eq!(found.iter().map(|own| own.sequences.clone()).collect::<Vec<_>>(), [0..2, 2..5, 6..8]);
        assert_eq!(segments(&found, 1), vec![0..3; 1]);
        assert_eq!(strangers(&found, 3), [vec![1, 2], vec![0, 2], vec![0, 1]]);
        assert!(groups(&[]).is_empty());
    }
}
