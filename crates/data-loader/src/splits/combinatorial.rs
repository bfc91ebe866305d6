//! Combinatorial purged cross-validation: every choice of `k` of `N` groups is evaluated once.
//!
//! Lopez de Prado, *Advances in Financial Machine Learning* (2018), chapter 12. A single walk through history gives
//! one figure for a strategy; here each group is evaluated by `C(N - 1, k - 1)` different models, and picking one of
//! them per group gives that many backtest paths through all development sequences.

use super::error::check_windows;
use super::fold::{Fold, at_positions};
use super::splitter::{FOLDS, whole};
use super::{Separation, SplitError, Splitter, purge};
use crate::windows::Windows;
use artifact_core::schema::{binomial, combinations, group_bounds};
use artifact_core::{IndexSet, Params};
use settings::ExtendedConfig;
use settings::part::{Declaration, Parameter, Part};
use std::ops::Range;

/// The splitter `combinatorial_purged`: [`CombinatorialPurgedCv`] with `folds` groups.
#[derive(Debug, Clone, Copy)]
pub struct CombinatorialPurged;

impl Part for CombinatorialPurged {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "combinatorial_purged",
            "Every choice of test groups is evaluated by a model trained on the others (Lopez de Prado 2018, chapter 12).",
        )
        .parameter(Parameter::int(FOLDS, "The number of contiguous groups.", 2, 1_000_000).default(5))
        .parameter(
            Parameter::int("test_groups", "How many of the groups are evaluated at a time.", 1, 1_000_000)
                .default(2),
        )
        .constraint(["test_groups", FOLDS], "test_groups must be below folds", |test_groups, folds| {
            test_groups.as_u64() < folds.as_u64()
        })
    }
}

impl CombinatorialPurged {
    fn numbers(params: &Params) -> (usize, usize) {
        (whole(params, FOLDS), whole(params, "test_groups"))
    }
}

impl Splitter for CombinatorialPurged {
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let (groups, test_groups) = Self::numbers(params);
        CombinatorialPurgedCv::new(groups, test_groups)?.folds(development, windows, separation)
    }

    fn fold_count(&self, params: &Params) -> Option<usize> {
        let (groups, test_groups) = Self::numbers(params);
        binomial(groups, test_groups)
    }

    fn paths(&self, params: &Params) -> usize {
        let (groups, test_groups) = Self::numbers(params);
        binomial(groups.saturating_sub(1), test_groups.saturating_sub(1)).unwrap_or(usize::MAX)
    }
}

/// `N` contiguous groups; every choice of `k` of them is evaluated by a model trained on the others.
///
/// ```
/// use artifact_core::{IndexSet, schema::Purge};
/// use data_loader::Windows;
/// use data_loader::splits::{CombinatorialPurgedCv, Separation};
///
/// let cv = CombinatorialPurgedCv::new(6, 2)?;
/// assert_eq!((cv.splits(), cv.paths()), (15, 5));
/// let windows = Windows { seq_length: 30, time_window: 5 };
/// let separation = Separation { purge: Purge::Label, embargo: 0 };
/// let folds = cv.folds(&IndexSet::from_range(0..600), windows, separation)?;
/// assert!(folds.iter().all(|fold| fold.label_overlap(5) == 0));
/// # Ok::<(), data_loader::SplitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CombinatorialPurgedCv {
    groups: usize,
    test_groups: usize,
}

impl CombinatorialPurgedCv {
    /// Cuts into `groups` (`N`, at least 2) and evaluates `test_groups` (`k`, from 1 to `N - 1`) at a time. With
    /// `k = 1` it is a k-fold cross-validation with balanced folds.
    ///
    /// # Errors
    ///
    /// [`SplitError::Groups`] if a number is out of range, or there are more than 10,000 combinations.
    pub fn new(groups: usize, test_groups: usize) -> Result<Self, SplitError> {
        let suits = (1..groups).contains(&test_groups)
            && binomial(groups, test_groups).is_some_and(|count| count <= ExtendedConfig::MOST_FITS);
        match suits {
            true => Ok(Self { groups, test_groups }),
            false => Err(SplitError::Groups { groups, test_groups, most: ExtendedConfig::MOST_FITS }),
        }
    }

    /// The number of folds, `C(N, k)`.
    pub fn splits(&self) -> usize {
        binomial(self.groups, self.test_groups).unwrap_or(usize::MAX)
    }

    /// The number of backtest paths, `C(N - 1, k - 1)`.
    pub fn paths(&self) -> usize {
        binomial(self.groups - 1, self.test_groups - 1).unwrap_or(usize::MAX)
    }

    /// The positions of each group among `sequences` sequences: contiguous; the first `sequences % N` groups are one
    /// longer than the others.
    pub fn group_bounds(&self, sequences: usize) -> Vec<Range<usize>> {
        group_bounds(sequences, self.groups)
    }

    /// Which groups each fold evaluates, in fold order: the choices of `k` groups in lexicographic order.
    pub fn combinations(&self) -> Vec<Vec<usize>> {
        combinations(self.groups, self.test_groups)
    }

    /// For each backtest path and each group, the fold (from 0) whose model evaluates the group on this path.
    ///
    /// Path `p` takes the `p`-th evaluation of each group, in fold order, so that every evaluation of every group
    /// belongs to exactly one path.
    pub fn backtest_paths(&self) -> Vec<Vec<usize>> {
        let combinations = self.combinations();
        let evaluations = |group: usize| {
            let evaluates = move |(_, chosen): &(usize, &Vec<usize>)| chosen.contains(&group);
            combinations.iter().enumerate().filter(evaluates).map(|(fold, _)| fold).collect::<Vec<_>>()
        };
        let by_group: Vec<Vec<usize>> = (0..self.groups).map(evaluations).collect();
        (0..self.paths()).map(|path| by_group.iter().map(|folds| folds[path]).collect()).collect()
    }

    /// Cuts the development sequences into folds, each purged (see [`purge()`]) around every block it evaluates.
    ///
    /// Adjacent groups form one block. The embargo applies after every block.
    ///
    /// # Errors
    ///
    /// Fewer sequences than groups, a window length of 0, or a fold without training sequences.
    pub fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
    ) -> Result<Vec<Fold>, SplitError> {
        check_windows(windows)?;
        let sequences = development.len();
        if sequences < self.groups {
            return Err(SplitError::Folds { folds: self.groups, least: 2, sequences });
        }
        let bounds = self.group_bounds(sequences);
        let groups: Vec<IndexSet> =
            bounds.into_iter().map(|positions| at_positions(development, positions)).collect();
        let fold = |(place, chosen): (usize, Vec<usize>)| {
            let number = place + 1;
            let evaluated: IndexSet = chosen.iter().flat_map(|&group| groups[group].iter()).collect();
            let train = purge(development, &evaluated, windows, separation);
            if train.is_empty() {
                let folds = self.splits();
                return Err(SplitError::EmptyFold {
                    fold: number,
                    folds,
                    windows,
                    embargo: separation.embargo,
                });
            }
            Ok(Fold { number, train, evaluated })
        };
        self.combinations().into_iter().enumerate().map(fold).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::Purge;

    const WINDOWS: Windows = Windows { seq_length: 4, time_window: 3 };

    #[test]
    fn the_worked_example_of_the_book() {
        // Six groups, two at a time: 15 splits and 5 paths (figures 12.1 and 12.2, there counted from 1).
        let cv = CombinatorialPurgedCv::new(6, 2).unwrap();
        assert_eq!((cv.splits(), cv.paths()), (15, 5));
        assert_eq!(cv.combinations()[..6], [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [1, 2]]);
        let paths = cv.backtest_paths();
        assert_eq!(paths[0], [0, 0, 1, 2, 3, 4]);
        assert_eq!(paths[1], [1, 5, 5, 6, 7, 8]);
        assert_eq!(paths[4], [4, 8, 11, 13, 14, 14]);
    }

    #[test]
    fn folds_by_hand() {
        let cv = CombinatorialPurgedCv::new(4, 2).unwrap();
        let separation = Separation { purge: Purge::Label, embargo: 1 };
        let folds = cv.folds(&IndexSet::from_range(0..41), WINDOWS, separation).unwrap();
        let ranges = |set: &IndexSet| set.ranges().collect::<Vec<_>>();
        assert_eq!(cv.group_bounds(41), [0..11, 11..21, 21..31, 31..41]);
        assert_eq!(ranges(&folds[0].evaluated), vec![0..21]);
        assert_eq!(ranges(&folds[0].train), vec![24..41]);
        assert_eq!(ranges(&folds[1].evaluated), [0..11, 21..31]);
        assert_eq!(ranges(&folds[1].train), [14..19, 34..41]);
        assert_eq!(ranges(&folds[5].train), vec![0..19]);
    }

    #[track_caller]
    fn check_error(groups: usize, test_groups: usize, expected: &str) {
        let error = CombinatorialPurgedCv::new(groups, test_groups).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn impossible_cuts_are_explained() {
        check_error(4, 0, "4 groups with 0 evaluated at a time: expected at least 1 evaluated");
        check_error(4, 4, "and 1 training group");
        check_error(0, 0, "0 groups");
        check_error(20, 10, "at most 10000 combinations");
        check_error(usize::MAX, 9, "at most 10000 combinations");
        let cv = CombinatorialPurgedCv::new(4, 2).unwrap();
        let folds = |sequences, seq_length, embargo| {
            let windows = Windows { seq_length, ..WINDOWS };
            let separation = Separation { purge: Purge::Label, embargo };
            cv.folds(&IndexSet::from_range(0..sequences), windows, separation).unwrap_err()
        };
        assert!(folds(3, 4, 0).to_string().contains("folds = 4 with 3 sequences"));
        assert!(folds(40, 0, 0).to_string().contains("seq_length is 0"));
        assert!(folds(40, 4, 30).to_string().contains("of 6 has no training sequence left"));
    }
}
