//! Purging: which sequences may train when a block is evaluated.
//!
//! Two samples whose labels read a common row are not independent, so a training sample beside the evaluated block
//! knows part of the answer. The rule is the one of López de Prado, *Advances in Financial Machine Learning* (2018),
//! chapter 7, here stated on rows and derived from them: a rule stated as a number of sequences is right for one `W` only.

use crate::windows::label_rows;
use artifact_core::IndexSet;
use artifact_core::schema::Purge;
use std::ops::Range;

/// Keeps those `candidates` that may train when `evaluated` is evaluated.
///
/// With evaluated decision rows `[a, b]` and a candidate's decision row `d`, kept are, on the two sides of the block,
///
/// | | before | after |
/// |---|---|---|
/// | `label` | `d + W <= a` | `d >= b + W + embargo` |
/// | `strict` | `d + W < a - S + 1` | `d - S + 1 > b + W + embargo` |
///
/// `evaluated` should be contiguous; if it is not, everything from its first to its last member counts as evaluated. If
/// it is empty, all candidates are kept. `seq_length` must be positive; `embargo` is in rows, default 0.
pub fn purge(
    candidates: &IndexSet,
    evaluated: &IndexSet,
    seq_length: usize,
    time_window: usize,
    purge: Purge,
    embargo: usize,
) -> IndexSet {
    let (Some(first), Some(last)) = (evaluated.first(), evaluated.last()) else {
        return candidates.clone();
    };
    // In sequence numbers `d = i + S - 1`, so the differences of decision rows are differences of numbers. Sequences
    // whose distance from the block is smaller than these may not train.
    let (before, after) = match purge {
        Purge::Label => (time_window, time_window.saturating_add(embargo)),
        Purge::Strict => {
            let touched = seq_length.saturating_add(time_window);
            (touched, touched.saturating_add(embargo))
        }
    };
    // The last sequence that may train before the block is `first - before`, so the first that may not is one further.
    let start = (first + 1).saturating_sub(before);
    let end = last.saturating_add(after);
    without(candidates, start..end)
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

/// Counts the training sequences whose label reads a row that some evaluated sequence's label also reads.
///
/// It is 0 after any [`purge()`]; older results can be measured with it. The sets need not be contiguous.
pub fn label_overlap_count(
    train: &IndexSet,
    evaluated: &IndexSet,
    seq_length: usize,
    time_window: usize,
) -> usize {
    // The labels of the sequences [x, y) together read one range of rows.
    let evaluated_rows: Vec<Range<usize>> = evaluated
        .ranges()
        .map(|r| {
            label_rows(r.start, seq_length, time_window).start
                ..label_rows(r.end - 1, seq_length, time_window).end
        })
        .collect();
    let overlaps = |sequence: &usize| {
        let label = label_rows(*sequence, seq_length, time_window);
        // The first range that does not end before the label begins is the only one that can decide.
        let position = evaluated_rows.partition_point(|rows| rows.end <= label.start);
        evaluated_rows.get(position).is_some_and(|rows| rows.start < label.end)
    };
    train.iter().filter(overlaps).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(purge_rule: Purge, embargo: usize) -> Vec<Range<usize>> {
        let (all, evaluated) = (IndexSet::from_range(0..40), IndexSet::from_range(15..20));
        purge(&all, &evaluated, 4, 3, purge_rule, embargo).ranges().collect()
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
    fn without_an_evaluated_block_everything_is_kept() {
        let all = IndexSet::from_range(3..9);
        assert_eq!(purge(&all, &IndexSet::default(), 4, 3, Purge::Strict, 5), all);
    }

    #[test]
    fn overlaps_are_counted() {
        // Cutting the list of sequences at 10 lets the last W - 1 training labels reach into the test labels.
        let (train, test) = (IndexSet::from_range(0..10), IndexSet::from_range(10..20));
        assert_eq!(label_overlap_count(&train, &test, 4, 3), 2);
        assert_eq!(label_overlap_count(&train, &test, 4, 1), 0);
        assert_eq!(label_overlap_count(&train, &IndexSet::default(), 4, 3), 0);
    }
}
