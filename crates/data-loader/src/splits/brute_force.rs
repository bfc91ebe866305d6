//! Checks the splitters against the rules as the design words them: row by row, without any set arithmetic.

use super::*;
use crate::windows::Windows;
use artifact_core::IndexSet;
use artifact_core::schema::Purge;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn union(sets: &IndexSet, rows: impl Fn(usize) -> std::ops::Range<usize>) -> BTreeSet<usize> {
    sets.iter().flat_map(rows).collect()
}

fn rules() -> impl Strategy<Value = Purge> {
    prop_oneof![Just(Purge::Label), Just(Purge::Strict)]
}

fn windows() -> impl Strategy<Value = Windows> {
    (1_usize..12, 1_usize..8).prop_map(|(seq_length, time_window)| Windows { seq_length, time_window })
}

fn separations() -> impl Strategy<Value = Separation> {
    (rules(), 0_usize..6).prop_map(|(purge, embargo)| Separation { purge, embargo })
}

/// Whether `sequence` may not train beside `evaluated`, found by looking at every row. Each range of `evaluated` is a
/// block.
fn conflict(sequence: usize, evaluated: &IndexSet, windows: Windows, separation: Separation) -> bool {
    let shared = match separation.purge {
        Purge::Label => {
            let rows = union(evaluated, |i| windows.label_rows(i));
            windows.label_rows(sequence).any(|row| rows.contains(&row))
        }
        Purge::Strict => {
            let rows = union(evaluated, |i| windows.touched_rows(i));
            windows.touched_rows(sequence).any(|row| rows.contains(&row))
        }
    };
    let embargoed = |last: usize| {
        let block_end = windows.decision_row(last) + windows.time_window;
        sequence > last
            && match separation.purge {
                Purge::Label => windows.decision_row(sequence) < block_end + separation.embargo,
                Purge::Strict => sequence <= block_end + separation.embargo,
            }
    };
    let ends_a_block = |i: &usize| !evaluated.contains(i + 1);
    shared || evaluated.iter().filter(ends_a_block).any(embargoed)
}

proptest! {
    #[test]
    fn purging_removes_exactly_what_conflicts(
        count in 2_usize..80, blocks in prop::collection::vec((0_usize..80, 1_usize..20), 1..4),
        windows in windows(), separation in separations(),
    ) {
        let members = |(start, length): &(usize, usize)| {
            let start = start % count;
            start..(start + length).min(count)
        };
        let evaluated: IndexSet = blocks.iter().flat_map(members).collect();
        let all = IndexSet::from_range(0..count);
        let kept = purge(&all, &evaluated, windows, separation);
        for sequence in 0..count {
            let expected = !conflict(sequence, &evaluated, windows, separation);
            prop_assert_eq!(kept.contains(sequence), expected, "sequence {}", sequence);
        }
        prop_assert_eq!(label_overlap(&kept, &evaluated, windows.time_window), 0);
    }

    #[test]
    fn overlaps_are_counted_row_by_row(
        train in prop::collection::btree_set(0_usize..50, 0..20),
        evaluated in prop::collection::btree_set(0_usize..50, 0..20),
        windows in windows(),
    ) {
        let (train, evaluated): (IndexSet, IndexSet) = (train.into_iter().collect(), evaluated.into_iter().collect());
        let rows = union(&evaluated, |i| windows.label_rows(i));
        let expected = train.iter().filter(|&i| windows.label_rows(i).any(|row| rows.contains(&row))).count();
        prop_assert_eq!(label_overlap(&train, &evaluated, windows.time_window), expected);
    }

    #[test]
    fn folds_partition_development_and_never_conflict(
        start in 0_usize..5, count in 10_usize..120, k in 2_usize..6, windows in windows(),
        separation in separations(),
    ) {
        let development = IndexSet::from_range(start..start + count);
        if let Ok(folds) = kfold(&development, k, windows, separation) {
            let evaluated: Vec<usize> = folds.iter().flat_map(|fold| fold.evaluated.iter()).collect();
            prop_assert!(evaluated.into_iter().eq(development.iter()));
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|i| !conflict(i, &fold.evaluated, windows, separation)));
                prop_assert!(fold.train.iter().all(|i| development.contains(i)));
                prop_assert_eq!(fold.label_overlap(windows.time_window), 0);
            }
        }
        if let Ok(folds) = walk_forward(&development, k, windows, separation) {
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|i| !conflict(i, &fold.evaluated, windows, separation)));
                prop_assert!(fold.train.last() < fold.evaluated.first());
            }
        }
    }

    #[test]
    fn combinations_evaluate_every_group_equally_often_and_never_conflict(
        start in 0_usize..5, count in 10_usize..120, n in 2_usize..7, k in 1_usize..6,
        windows in windows(), separation in separations(),
    ) {
        let development = IndexSet::from_range(start..start + count);
        let Ok(cv) = CombinatorialPurgedCv::new(n, k) else {
            prop_assert!(k >= n);
            return Ok(());
        };
        let sizes: Vec<usize> = cv.group_bounds(count).iter().map(ExactSizeIterator::len).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        let Ok(folds) = cv.folds(&development, windows, separation) else { return Ok(()) };
        prop_assert_eq!(folds.len(), cv.splits());
        for fold in &folds {
            prop_assert!(fold.train.is_subset(&development) && fold.evaluated.is_subset(&development));
            for i in development.iter() {
                let expected = !conflict(i, &fold.evaluated, windows, separation);
                prop_assert_eq!(fold.train.contains(i), expected, "sequence {}", i);
            }
            prop_assert_eq!(fold.label_overlap(windows.time_window), 0);
        }
        for i in development.iter() {
            let times = folds.iter().filter(|fold| fold.evaluated.contains(i)).count();
            prop_assert_eq!(times, cv.paths());
        }
        // A path visits every group once, and no evaluation of a group is on two paths.
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
    fn the_calendar_split_follows_the_design(
        rows in 20_usize..300, seq_length in 1_usize..30, time_window in 1_usize..12,
        train_test_split_ratio in 0.3_f64..0.95, validation_ratio in 0.05_f64..0.6, purge in rules(),
    ) {
        let windows = Windows { seq_length, time_window };
        let separation = Separation { purge, embargo: 0 };
        let rule = CalendarRule { windows, train_test_split_ratio, validation_ratio, separation };
        let Ok(split) = calendar(rows, rule) else { return Ok(()) };
        let label_before = |i: usize, row: usize| windows.label_rows(i).all(|r| r < row);
        for i in 0..windows.sequence_count(rows).unwrap() {
            let d = windows.decision_row(i);
            let development = label_before(i, split.split_row);
            prop_assert_eq!(split.test.contains(i), d >= split.split_row);
            prop_assert_eq!(split.development.contains(i), development);
            prop_assert_eq!(split.validation.contains(i), development && d >= split.validation_row);
            let train = label_before(i, split.validation_row) && !conflict(i, &split.validation, windows, separation);
            prop_assert_eq!(split.train.contains(i), train);
            let final_train = development && !conflict(i, &split.test, windows, separation);
            prop_assert_eq!(split.final_train.contains(i), final_train);
        }
        // The boundary does not depend on the windows.
        prop_assert_eq!(split.split_row, (rows as f64 * train_test_split_ratio).floor() as usize);
    }
}
