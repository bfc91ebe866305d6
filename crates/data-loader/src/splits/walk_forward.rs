//! Walk-forward folds: train on the past, evaluate on what follows.

use super::error::check_windows;
use super::fold::{Fold, at_positions};
use super::splitter::{FOLDS, whole};
use super::{Separation, SplitError, Splitter, purge};
use crate::windows::Windows;
use artifact_core::{IndexSet, Params};
use settings::part::{Declaration, Parameter, Part};

/// The splitter `walk_forward`: [`walk_forward()`] with `folds` evaluated blocks.
#[derive(Debug, Clone, Copy)]
pub struct WalkForward;

impl Part for WalkForward {
    fn declaration(&self) -> Declaration {
        Declaration::new("walk_forward", "Each fold is evaluated by a model trained on the blocks before it.")
            .parameter(Parameter::int(FOLDS, "The number of evaluated folds.", 2, 1_000_000).default(5))
    }
}

impl Splitter for WalkForward {
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        walk_forward(development, whole(params, FOLDS), windows, separation)
    }

    fn fold_count(&self, params: &Params) -> Option<usize> {
        Some(whole(params, FOLDS))
    }
}

/// Cuts the development sequences into `k + 1` contiguous blocks of `n / (k + 1)` sequences, the last one with the
/// remainder as well; fold `j` (from 1) evaluates block `j` (from 0) and trains on all blocks before it, purged (see
/// [`purge()`]).
///
/// The first block is never evaluated. `k` is at least 1. Training never comes after the evaluated block, so the
/// embargo has no effect; it is accepted so that all splitters are called alike.
///
/// # Errors
///
/// Too few folds or sequences, a window length of 0, or a fold without training sequences.
pub fn walk_forward(
    development: &IndexSet,
    k: usize,
    windows: Windows,
    separation: Separation,
) -> Result<Vec<Fold>, SplitError> {
    check_windows(windows)?;
    let sequences = development.len();
    if k < 1 || sequences <= k {
        return Err(SplitError::Folds { folds: k, least: 1, sequences });
    }
    let block_size = sequences / (k + 1);
    let fold = |number: usize| {
        let start = number * block_size;
        let end = if number == k { sequences } else { start + block_size };
        let evaluated = at_positions(development, start..end);
        let past = at_positions(development, 0..start);
        let train = purge(&past, &evaluated, windows, separation);
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
        let separation = Separation { purge: Purge::Label, embargo: 5 };
        let folds = walk_forward(&IndexSet::from_range(0..32), 2, WINDOWS, separation).unwrap();
        let evaluated: Vec<_> = folds.iter().flat_map(|fold| fold.evaluated.ranges()).collect();
        assert_eq!(evaluated, [10..20, 20..32]);
        let train: Vec<_> = folds.iter().flat_map(|fold| fold.train.ranges()).collect();
        assert_eq!(train, [0..8, 0..18]);
    }

    #[test]
    fn impossible_cuts_are_errors() {
        let walk = |sequences, k, purge| {
            let separation = Separation { purge, embargo: 0 };
            walk_forward(&IndexSet::from_range(0..sequences), k, WINDOWS, separation)
        };
        assert!(matches!(walk(30, 0, Purge::Label), Err(SplitError::Folds { .. })));
        assert!(matches!(walk(3, 3, Purge::Label), Err(SplitError::Folds { .. })));
        assert!(matches!(walk(12, 3, Purge::Strict), Err(SplitError::EmptyFold { fold: 1, .. })));
        assert!(walk(1, usize::MAX, Purge::Label).is_err());
    }
}
