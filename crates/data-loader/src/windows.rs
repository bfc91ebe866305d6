//! Which rows a sequence reads: the arithmetic everything else rests on.
//!
//! Sequence `i` reads the rows `[i, i + S)` (`S` = `seq_length`). It decides at the last of them, `d = i + S - 1`. Its
//! label reads the rows `(d, d + W]` (`W` = `time_window`). In `T` rows there are `N = T - S - W + 1` sequences.

use artifact_core::schema::{Hyperparameters, SplitPlan};
use std::ops::Range;

/// The two lengths that determine which rows a sequence reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Windows {
    /// The number of input rows, `S`.
    pub seq_length: usize,
    /// The number of label rows, which follow the decision row, `W`.
    pub time_window: usize,
}

impl Windows {
    /// The number of sequences in `rows` rows; `None` if not even one fits, or if a length is 0.
    pub fn sequence_count(self, rows: usize) -> Option<usize> {
        if self.seq_length == 0 || self.time_window == 0 {
            return None;
        }
        // Lengths come from settings and may be absurdly large: a sum that overflows fits no sequence either.
        let needed = self.seq_length.checked_add(self.time_window)?;
        (rows >= needed).then(|| rows - needed + 1)
    }

    /// The row at which `sequence` decides; `seq_length` must be positive.
    pub fn decision_row(self, sequence: usize) -> usize {
        sequence + self.seq_length - 1
    }

    /// The sequence that decides at `row`; `None` if fewer than `seq_length - 1` rows precede it.
    pub fn sequence_at(self, row: usize) -> Option<usize> {
        (row + 1).checked_sub(self.seq_length)
    }

    /// The rows that `sequence` reads as inputs.
    pub fn input_rows(self, sequence: usize) -> Range<usize> {
        sequence..sequence + self.seq_length
    }

    /// The rows that the label of `sequence` reads after the decision row.
    pub fn label_rows(self, sequence: usize) -> Range<usize> {
        // The label is measured from the decision row's close, but that row is an input as well: it gives nothing away,
        // so it does not count as a label row.
        let end_of_inputs = self.input_rows(sequence).end;
        end_of_inputs..end_of_inputs + self.time_window
    }

    /// All rows that `sequence` touches, inputs and label.
    pub fn touched_rows(self, sequence: usize) -> Range<usize> {
        self.input_rows(sequence).start..self.label_rows(sequence).end
    }
}

impl From<&SplitPlan> for Windows {
    fn from(plan: &SplitPlan) -> Self {
        Self { seq_length: plan.seq_length, time_window: plan.time_window }
    }
}

impl From<&Hyperparameters> for Windows {
    fn from(params: &Hyperparameters) -> Self {
        Self { seq_length: params.seq_length, time_window: params.time_window }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_by_hand() {
        #[track_caller]
        fn check([rows, seq_length, time_window]: [usize; 3], expected: Option<usize>) {
            assert_eq!(Windows { seq_length, time_window }.sequence_count(rows), expected);
        }
        check([10, 3, 2], Some(6));
        check([5, 3, 2], Some(1));
        check([4, 3, 2], None);
        check([10, 0, 2], None);
        check([10, 3, 0], None);
        check([10, usize::MAX, 2], None);
    }

    #[test]
    fn rows_by_hand() {
        // S = 3, W = 2: sequence 4 reads rows 4, 5, 6, decides at 6, and its label reads 7 and 8.
        let windows = Windows { seq_length: 3, time_window: 2 };
        assert_eq!(windows.input_rows(4), 4..7);
        assert_eq!(windows.decision_row(4), 6);
        assert_eq!(windows.label_rows(4), 7..9);
        assert_eq!(windows.touched_rows(4), 4..9);
        assert_eq!(windows.sequence_at(6), Some(4));
        assert_eq!(windows.sequence_at(1), None);
    }

    proptest! {
        #[test]
        fn exactly_the_counted_sequences_fit(
            rows in 0_usize..60, seq_length in 1_usize..20, time_window in 1_usize..20,
        ) {
            let windows = Windows { seq_length, time_window };
            let fitting = (0..rows).filter(|&i| windows.touched_rows(i).end <= rows).count();
            prop_assert_eq!(windows.sequence_count(rows).unwrap_or(0), fitting);
        }
    }
}
