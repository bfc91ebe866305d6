//! Which rows a sequence reads.
//!
//! Sequence `i` reads the rows `i, i + 1, ..., i + S - 1` as inputs and decides at the last of them,
//! `d = i + S - 1`. Its label reads the rows `d + 1, ..., d + W`.

use artifact_core::IndexSet;
use std::ops::Range;

/// The two lengths that determine which rows a sequence reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    /// The number of input rows, `S`.
    pub(crate) seq_length: usize,
    /// The number of label rows, `W`.
    pub(crate) time_window: usize,
}

impl Reach {
    /// The rows that the sequence reads as inputs.
    pub(crate) fn inputs(self, sequence: usize) -> Range<usize> {
        sequence..sequence + self.seq_length
    }

    /// The row at which the sequence decides.
    pub(crate) fn decision(self, sequence: usize) -> usize {
        sequence + self.seq_length - 1
    }

    /// The rows that the sequence's label reads.
    pub(crate) fn label(self, sequence: usize) -> Range<usize> {
        let decision = self.decision(sequence);
        decision + 1..decision + 1 + self.time_window
    }

    /// All rows that the sequence reads.
    pub(crate) fn all(self, sequence: usize) -> Range<usize> {
        self.inputs(sequence).start..self.label(sequence).end
    }

    /// The sequences whose rows, label included, all lie within `rows` rows.
    pub(crate) fn sequences(self, rows: usize) -> impl Iterator<Item = usize> {
        (0..rows).take_while(move |&sequence| self.all(sequence).end <= rows)
    }
}

/// A set of rows, one flag per row: slow, but it needs no range arithmetic that could be wrong.
#[derive(Debug, Clone)]
pub(crate) struct Marks(Vec<bool>);

impl Marks {
    /// Marks the rows of every member of a set.
    pub(crate) fn of(set: &IndexSet, rows: impl Fn(usize) -> Range<usize>) -> Self {
        let mut marks = Vec::new();
        for member in set.iter() {
            let rows = rows(member);
            if marks.len() < rows.end {
                marks.resize(rows.end, false);
            }
            for row in rows {
                marks[row] = true;
            }
        }
        Self(marks)
    }

    /// Whether a row is marked.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.0.get(row).copied().unwrap_or(false)
    }

    /// The marked rows.
    pub(crate) fn rows(&self) -> IndexSet {
        (0..self.0.len()).filter(|&row| self.0[row]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_match_hand_computed_ranges() {
        let reach = Reach { seq_length: 3, time_window: 2 };
        assert_eq!(reach.inputs(4), 4..7);
        assert_eq!(reach.decision(4), 6);
        assert_eq!(reach.label(4), 7..9);
        assert_eq!(reach.all(4), 4..9);
        assert_eq!(reach.sequences(10).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(reach.sequences(4).count(), 0);
    }

    #[test]
    fn marks_match_hand_computed_rows() {
        let marks = Marks::of(&[1, 4].into_iter().collect(), |row| row..row + 2);
        assert_eq!(marks.rows().ranges().collect::<Vec<_>>(), [1..3, 4..6]);
        assert!(marks.has(5) && !marks.has(3) && !marks.has(99));
    }
}
