//! Which rows a sequence reads: the arithmetic everything else rests on.
//!
//! Sequence `i` reads the rows `[i, i + S)` (`S` = `seq_length`). It decides at its last one, `d = i + S - 1`. Its label
//! reads the rows `(d, d + W]` (`W` = `time_window`). In `T` rows there are `N = T - S - W + 1` sequences.

use std::ops::Range;

/// The number of sequences in `rows` rows; `None` if there is not one, or if `seq_length` or `time_window` is 0.
pub fn sequence_count(rows: usize, seq_length: usize, time_window: usize) -> Option<usize> {
    if seq_length == 0 || time_window == 0 {
        return None;
    }
    let needed = seq_length.checked_add(time_window)?;
    (rows >= needed).then(|| rows - needed + 1)
}

/// The row at which `sequence` decides; `seq_length` must be positive.
pub fn decision_row(sequence: usize, seq_length: usize) -> usize {
    sequence + seq_length - 1
}

/// The sequence that decides at `row`; `None` if too few rows lie before it.
pub fn sequence_at(row: usize, seq_length: usize) -> Option<usize> {
    (row + 1).checked_sub(seq_length)
}

/// The rows that `sequence` reads as inputs.
pub fn input_rows(sequence: usize, seq_length: usize) -> Range<usize> {
    sequence..sequence + seq_length
}

/// The rows that the label of `sequence` reads after the decision row.
pub fn label_rows(sequence: usize, seq_length: usize, time_window: usize) -> Range<usize> {
    let end_of_inputs = sequence + seq_length;
    end_of_inputs..end_of_inputs + time_window
}

/// All rows that `sequence` touches, inputs and label.
pub fn touched_rows(sequence: usize, seq_length: usize, time_window: usize) -> Range<usize> {
    sequence..sequence + seq_length + time_window
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_by_hand() {
        #[track_caller]
        fn check([rows, seq_length, time_window]: [usize; 3], expected: Option<usize>) {
            assert_eq!(sequence_count(rows, seq_length, time_window), expected);
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
        assert_eq!(input_rows(4, 3), 4..7);
        assert_eq!(decision_row(4, 3), 6);
        assert_eq!(label_rows(4, 3, 2), 7..9);
        assert_eq!(touched_rows(4, 3, 2), 4..9);
        assert_eq!(sequence_at(6, 3), Some(4));
        assert_eq!(sequence_at(1, 3), None);
    }

    proptest! {
        #[test]
        fn exactly_the_counted_sequences_fit(rows in 0_usize..60, s in 1_usize..20, w in 1_usize..20) {
            let fitting = (0..rows).filter(|&i| touched_rows(i, s, w).end <= rows).count();
            prop_assert_eq!(sequence_count(rows, s, w).unwrap_or(0), fitting);
        }
    }
}
