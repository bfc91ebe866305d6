//! Purging: which sequences may train when a block is evaluated.
//!
//! Two samples whose labels read a common row are not independent, so a training sample next to the evaluated block
//! gives away part of the answer. The rule is that of López de Prado, *Advances in Financial Machine Learning* (2018),
//! chapter 7, stated here in rows: a rule stated as a fixed number of sequences is right for one `W` only.

use crate::windows::Windows;
use artifact_core::IndexSet;
use artifact_core::schema::{Purge, SplitPlan};
use std::ops::Range;

/// How far training keeps away from what is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separation {
    /// Which rows the two must not share.
    pub purge: Purge,
    /// The extra rows that training skips after an evaluated block; 0 by default.
    pub embargo: usize,
}

impl From<&SplitPlan> for Separation {
    fn from(plan: &SplitPlan) -> Self {
        Self { purge: plan.purge, embargo: plan.embargo }
    }
}

/// Keeps those `candidates` that may train when `evaluated` is evaluated.
///
/// `evaluated` may be several blocks: its ranges, which do not touch. A candidate with decision row `d` is kept if, for
/// every block, with decision rows `[a, b]`, one of the two conditions of its rule holds:
///
/// | | before | after |
/// |---|---|---|
/// | `label` | `d + W <= a` | `d >= b + W + embargo` |
/// | `strict` | `d + W < a - S + 1` | `d - S + 1 > b + W + embargo` |
///
/// If `evaluated` is empty, all candidates are kept. `windows.seq_length` must be positive.
pub fn purge(
    candidates: &IndexSet,
    evaluated: &IndexSet,
    windows: Windows,
    separation: Separation,
) -> IndexSet {
    // Sequence `i` decides at `d = i + S - 1`, so decision rows are as far apart as sequence numbers, and distances
    // can be taken between numbers. A sequence closer to a block than these distances may not train.
    let Windows { seq_length, time_window } = windows;
    let embargo = separation.embargo;
    // The embargo is on the later side only: prices after the block still depend on those in it, while what is before
    // the block is known by the time it is evaluated. It may be any number, so sums saturate.
    let (before, after) = match separation.purge {
        Purge::Label => (time_window, time_window.saturating_add(embargo)),
        Purge::Strict => {
            let touched = seq_length.saturating_add(time_window);
            (touched, touched.saturating_add(embargo))
        }
    };
    evaluated.ranges().fold(candidates.clone(), |kept, block| {
        // The last sequence that may train before the block is `block.start - before`; removal starts at the next one.
        let start = (block.start + 1).saturating_sub(before);
        let end = (block.end - 1).saturating_add(after);
        without(&kept, start..end)
    })
}

/// Removes a range from a set.
fn without(set: &IndexSet, removed: Range<usize>) -> IndexSet {
    let mut left = Vec::new();
    for range in set.ranges() {
        for part in [range.start..range.end.min(removed.start), range.start.max(removed.end)..range.end] {
            if !part.is_empty() {
                left.push((part.start, part.end));
            }
        }
    }
    IndexSet::try_from(left).expect("parts of ordered, separate ranges are ordered and separate")
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::label_overlap;

    const WINDOWS: Windows = Windows { seq_length: 4, time_window: 3 };

    fn kept(purge_rule: Purge, embargo: usize) -> Vec<Range<usize>> {
        let (all, evaluated) = (IndexSet::from_range(0..40), IndexSet::from_range(15..20));
        purge(&all, &evaluated, WINDOWS, Separation { purge: purge_rule, embargo }).ranges().collect()
    }

    #[test]
    fn boundaries_by_hand() {
        // S = 4, W = 3, evaluated sequences 15 to 19: decision rows 18 to 22, label rows 19 to 25, all rows 15 to 25.
        // Before: sequence 12 decides at 15 and its label ends at row 18. After: sequence 22 decides at row 25.
        assert_eq!(kept(Purge::Label, 0), [0..13, 22..40]);
        assert_eq!(kept(Purge::Label, 2), [0..13, 24..40]);
        // Before: sequence 8 touches rows 8 to 14. After: sequence 26 touches rows from 26 on.
        assert_eq!(kept(Purge::Strict, 0), [0..9, 26..40]);
        assert_eq!(kept(Purge::Strict, 2), [0..9, 28..40]);
        assert_eq!(kept(Purge::Strict, usize::MAX), vec![0..9]);
    }

    #[test]
    fn sequences_between_two_blocks_may_train() {
        let (all, evaluated) = (IndexSet::from_range(0..40), (5..10).chain(25..30).collect::<IndexSet>());
        let kept = |purge_rule, embargo| {
            let separation = Separation { purge: purge_rule, embargo };
            purge(&all, &evaluated, WINDOWS, separation).ranges().collect::<Vec<_>>()
        };
        assert_eq!(kept(Purge::Label, 2), [0..3, 14..23, 34..40]);
        assert_eq!(kept(Purge::Strict, 0), [16..19, 36..40]);
        assert_eq!(kept(Purge::Strict, 3), vec![39..40]);
    }

    #[test]
    fn without_an_evaluated_block_everything_is_kept() {
        let all = IndexSet::from_range(3..9);
        let separation = Separation { purge: Purge::Strict, embargo: 5 };
        assert_eq!(purge(&all, &IndexSet::default(), WINDOWS, separation), all);
    }

    #[test]
    fn overlaps_are_counted() {
        // Cutting the list of sequences at 10 lets the last W - 1 training labels reach into the test labels.
        let (train, test) = (IndexSet::from_range(0..10), IndexSet::from_range(10..20));
        assert_eq!(label_overlap(&train, &test, 3), 2);
        assert_eq!(label_overlap(&train, &test, 1), 0);
        assert_eq!(label_overlap(&train, &IndexSet::default(), 3), 0);
    }
}
