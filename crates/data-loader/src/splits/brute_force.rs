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

/// Says why `sequence` may not train beside `evaluated`, by looking at every row.
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
    let last = evaluated.last().expect("not empty");
    let block_end = decision_row(last, s) + w;
    let waits = sequence > last
        && match rule {
            Purge::Label => decision_row(sequence, s) < block_end + embargo,
            Purge::Strict => sequence <= block_end + embargo,
        };
    shared || waits
}

proptest! {
    #[test]
    fn purging_keeps_exactly_what_does_not_conflict(
        count in 2_usize..80, block in (0_usize..80, 1_usize..20), s in 1_usize..12, w in 1_usize..8,
        rule in rules(), embargo in 0_usize..6,
    ) {
        let start = block.0 % count;
        let evaluated = IndexSet::from_range(start..(start + block.1).min(count));
        let all = IndexSet::from_range(0..count);
        let kept = purge(&all, &evaluated, s, w, rule, embargo);
        for sequence in 0..count {
            let expected = !conflict(sequence, &evaluated, s, w, rule, embargo);
            prop_assert_eq!(kept.contains(sequence), expected, "sequence {}", sequence);
        }
        prop_assert_eq!(label_overlap_count(&kept, &evaluated, s, w), 0);
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
        prop_assert_eq!(label_overlap_count(&train, &evaluated, s, w), expected);
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
