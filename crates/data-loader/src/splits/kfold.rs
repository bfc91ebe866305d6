//! Contiguous folds.

use super::error::check_windows;
use super::fold::{Fold, at_positions};
use super::splitter::{FOLDS, whole};
use super::{Separation, SplitError, Splitter, purge};
use crate::windows::Windows;
use artifact_core::{IndexSet, Params};
use settings::part::{Declaration, Parameter, Part};

/// The splitter `kfold`: [`kfold()`] with `folds` blocks.
#[derive(Debug, Clone, Copy)]
pub struct Kfold;

impl Part for Kfold {
    fn declaration(&self) -> Declaration {
        Declaration::new("kfold", "Contiguous folds; each is evaluated by a model trained on all the others.")
            .parameter(Parameter::int(FOLDS, "The number of folds.", 2, 1_000_000).default(5))
    }
}

impl Splitter for Kfold {
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        kfold(development, whole(params, FOLDS), windows, separation)
    }

    fn fold_count(&self, params: &Params) -> Option<usize> {
        Some(whole(params, FOLDS))
    }
}

/// Cuts the development sequences into `k` contiguous blocks of `n / k` sequences, the last one with the
/// remainder as well; each is evaluated once, by a model trained on the others, purged (see [`purge()`]) on both sides
/// of the block.
///
/// `k` is at least 2; the embargo applies to training sequences after the block.
///
/// # Errors
///
/// Too few folds or sequences, a window length of 0, or a fold without training sequences.
pub fn kfold(
    development: &IndexSet,
    k: usize,
    windows: Windows,
    separation: Separation,
) -> Result<Vec<Fold>, SplitError> {
    check_windows(windows)?;
    let sequences = development.len();
    if k < 2 || sequences < k {
        return Err(SplitError::Folds { folds: k, least: 2, sequences });
    }
    let fold_size = sequences / k;
    let fold = |number: usize| {
        let start = (number - 1) * fold_size;
        let end = if number == k { sequences } else { start + fold_size };
        let evaluated = at_positions(development, start..end);
        let train = purge(development, &evaluated, windows, separation);
        if train.is_empty() {
            return Err(SplitError::EmptyFold {
                fold: number,
                folds: k,
                windows,
                embargo: separation.embargo,
            });
        }
        Ok(Fold { number, train, evaluated })
    };
    (1..=k).map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::Purge;

    const WINDOWS: Windows = Windows { seq_length: 4, time_window: 3 };

    #[test]
    fn blocks_by_hand() {
        let folds =
            kfold(&IndexSet::from_range(0..32), 3, WINDOWS, Separation { purge: Purge::Label, embargo: 1 })
                .unwrap();
        let evaluated: Vec<_> = folds.iter().flat_map(|fold| fold.evaluated.ranges()).collect();
        assert_eq!(evaluated, [0..10, 10..20, 20..32]);
        let train: Vec<_> =
            folds.iter().flat_map(|fold| fold.train.ranges().map(|range| (fold.number, range))).collect();
        assert_eq!(train, [(1, 13..32), (2, 0..8), (2, 23..32), (3, 0..18)]);
        assert_eq!(folds.iter().map(|fold| fold.number).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[track_caller]
    fn check_error(sequences: usize, k: usize, embargo: usize, expected: &str) {
        let separation = Separation { purge: Purge::Label, embargo };
        let error = kfold(&IndexSet::from_range(0..sequences), k, WINDOWS, separation).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn impossible_cuts_are_explained() {
        check_error(30, 1, 0, "folds = 1 with 30 sequences: expected at least 2 folds");
        check_error(2, 3, 0, "folds = 3 with 2 sequences");
        check_error(10, 2, 10, "fold 1 of 2 has no training sequence left");
        let windows = Windows { seq_length: 0, ..WINDOWS };
        let separation = Separation { purge: Purge::Label, embargo: 0 };
        assert!(kfold(&IndexSet::from_range(0..30), 3, windows, separation).is_err());
    }
}
