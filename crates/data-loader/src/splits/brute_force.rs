//! The splitters against the words of the design, row by row and without any arithmetic on sets.

use super::*;
use crate::windows::{decision_row, label_rows, sequence_count, touched_rows};
use artifact_core::schema::Purge;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn union(sets: &IndexSet, rows: impl Fn(usize) -> std::ops::Range<usize>) -> BTreeSet<usize> {
    sets.iter().flat_map(rows).collect()
}

fn rules() -> impl Strategy<Value = Purge> {
    prop_oneof![Just(Purge::Label), Just(Purge::Strict)]
}

/// Says why `sequence` may not train beside `evaluated`, by looking at every row; its ranges are blocks.
fn conflict(sequence: usize, evaluated: &IndexSet, s: usize, w: usize, rule: Purge, embargo: usize) -> bool {
    let shared = match rule {
        Purge::Label => {
            let rows = union(evaluated, |i| label_rows(i, s, w));
            label_rows(sequence, s, w).any(|row| rows.contains(&row))
        }
        Purge::Strict => {
            let rows = union(evaluated, |i| touched_rows(i, s, w));
            touched_rows(sequence, s, w).any(|row| rows.contains(&row))
        }
    };
    let waits = |last: usize| {
        let block_end = decision_row(last, s) + w;
        sequence > last
            && match rule {
                Purge::Label => decision_row(sequence, s) < block_end + embargo,
                Purge::Strict => sequence <= block_end + embargo,
            }
    };
    let ends_a_block = |i: &usize| !evaluated.contains(i + 1);
    shared || evaluated.iter().filter(ends_a_block).any(waits)
}

proptest! {
    #[test]
    fn purging_keeps_exactly_what_does_not_conflict(
        count in 2_usize..80, blocks in prop::collection::vec((0_usize..80, 1_usize..20), 1..4), s in 1_usize..12,
        w in 1_usize..8, rule in rules(), embargo in 0_usize..6,
    ) {
        let members = |(start, length): &(usize, usize)| {
            let start = start % count;
            start..(start + length).min(count)
        };
        let evaluated: IndexSet = blocks.iter().flat_map(members).collect();
        let all = IndexSet::from_range(0..count);
        let kept = purge(&all, &evaluated, s, w, rule, embargo);
        for sequence in 0..count {
            let expected = !conflict(sequence, &evaluated, s, w, rule, embargo);
            prop_assert_eq!(kept.contains(sequence), expected, "sequence {}", sequence);
        }
        prop_assert_eq!(label_overlap(&kept, &evaluated, w), 0);
    }

    #[test]
    fn overlaps_are_counted_row_by_row(
        train in prop::collection::btree_set(0_usize..50, 0..20),
        evaluated in prop::collection::btree_set(0_usize..50, 0..20),
        s in 1_usize..12, w in 1_usize..8,
    ) {
        let (train, evaluated): (IndexSet, IndexSet) = (train.into_iter().collect(), evaluated.into_iter().collect());
        let rows = union(&evaluated, |i| label_rows(i, s, w));
        let expected = train.iter().filter(|&i| label_rows(i, s, w).any(|row| rows.contains(&row))).count();
        prop_assert_eq!(label_overlap(&train, &evaluated, w), expected);
    }

    #[test]
    fn folds_partition_development_and_never_conflict(
        start in 0_usize..5, count in 10_usize..120, k in 2_usize..6, s in 1_usize..12, w in 1_usize..8,
        rule in rules(), embargo in 0_usize..6,
    ) {
        let development = IndexSet::from_range(start..start + count);
        if let Ok(folds) = kfold(&development, k, s, w, rule, embargo) {
            let evaluated: Vec<usize> = folds.iter().flat_map(|fold| fold.evaluated.iter()).collect();
            prop_assert!(evaluated.into_iter().eq(development.iter()));
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|i| !conflict(i, &fold.evaluated, s, w, rule, embargo)));
                prop_assert!(fold.train.iter().all(|i| development.contains(i)));
                prop_assert_eq!(fold.label_overlap(w), 0);
            }
        }
        if let Ok(folds) = walk_forward(&development, k, s, w, rule, embargo) {
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|i| !conflict(i, &fold.evaluated, s, w, rule, embargo)));
                prop_assert!(fold.train.last() < fold.evaluated.first());
            }
        }
    }

    #[test]
    fn combinations_evaluate_every_group_equally_often_and_never_conflict(
        start in 0_usize..5, count in 10_usize..120, n in 2_usize..7, k in 1_usize..6, s in 1_usize..12, w in 1_usize..8,
        rule in rules(), embargo in 0_usize..6,
    ) {
        let development = IndexSet::from_range(start..start + count);
        let Ok(cv) = CombinatorialPurgedCv::new(n, k) else {
            prop_assert!(k >= n);
            return Ok(());
        };
        let sizes: Vec<usize> = cv.group_bounds(count).iter().map(ExactSizeIterator::len).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        let Ok(folds) = cv.folds(&development, s, w, rule, embargo) else { return Ok(()) };
        prop_assert_eq!(folds.len(), cv.splits());
        for fold in &folds {
            prop_assert!(fold.train.is_subset(&development) && fold.evaluated.is_subset(&development));
            for i in development.iter() {
                let expected = !conflict(i, &fold.evaluated, s, w, rule, embargo);
                prop_assert_eq!(fold.train.contains(i), expected, "sequence {}", i);
            }
            prop_assert_eq!(fold.label_overlap(w), 0);
        }
        for i in development.iter() {
            let times = folds.iter().filter(|fold| fold.evaluated.contains(i)).count();
            prop_assert_eq!(times, cv.paths());
        }
        // A path goes through every group once, and no evaluation of a group is on two paths.
        let (paths, combinations) = (cv.backtest_paths(), cv.combinations());
        prop_assert_eq!(paths.len(), cv.paths());
        let mut taken = BTreeSet::new();
        for path in &paths {
            prop_assert_eq!(path.len(), n);
            for (group, &fold) in path.iter().enumerate() {
                prop_assert!(combinations[fold].contains(&group));
                prop_assert!(taken.insert((group, fold)));
            }
        }
        prop_assert_eq!(taken.len(), cv.splits() * k);
    }

    #[test]
    fn the_calendar_split_is_the_one_of_the_design(
        rows in 20_usize..300, s in 1_usize..30, w in 1_usize..12, ratio in 0.3_f64..0.95,
        validation_ratio in 0.05_f64..0.6, rule in rules(),
    ) {
        let Ok(split) = calendar(rows, s, w, ratio, validation_ratio, rule, 0) else { return Ok(()) };
        let label_before = |i: usize, row: usize| label_rows(i, s, w).all(|r| r < row);
        for i in 0..sequence_count(rows, s, w).unwrap() {
            let d = decision_row(i, s);
            let development = label_before(i, split.split_row);
            prop_assert_eq!(split.test.contains(i), d >= split.split_row);
            prop_assert_eq!(split.development.contains(i), development);
            prop_assert_eq!(split.validation.contains(i), development && d >= split.validation_row);
            let train = label_before(i, split.validation_row) && !conflict(i, &split.validation, s, w, rule, 0);
            prop_assert_eq!(split.train.contains(i), train);
            let final_train = development && !conflict(i, &split.test, s, w, rule, 0);
            prop_assert_eq!(split.final_train.contains(i), final_train);
        }
        // The boundary does not know the windows.
        prop_assert_eq!(split.split_row, (rows as f64 * ratio).floor() as usize);
    }
}
