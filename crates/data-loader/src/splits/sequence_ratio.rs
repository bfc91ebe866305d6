//! The split behind older results, at a share of the list of sequences.

use super::SplitError;
use super::error::{check_ratio, check_windows};
use crate::windows::Windows;
use artifact_core::IndexSet;

/// A split of the list of sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceRatioSplit {
    /// The first `floor(N * ratio)` sequences.
    pub train: IndexSet,
    /// The rest.
    pub test: IndexSet,
}

/// Splits the `N` sequences at a share of their number, for parity with older results only.
///
/// **It leaks, in two ways.** The labels of the last `time_window - 1` training sequences read rows that test labels
/// read too (see [`label_overlap`](super::label_overlap)). And the boundary moves with `seq_length` and
/// `time_window`, so one trial tunes on another trial's test rows.
///
/// # Errors
///
/// A share out of range, a window length of 0, or a set that would be empty.
pub fn sequence_ratio(rows: usize, windows: Windows, ratio: f64) -> Result<SequenceRatioSplit, SplitError> {
    check_ratio("train_test_split_ratio", ratio)?;
    check_windows(windows)?;
    let count = windows.sequence_count(rows).unwrap_or(0);
    let boundary = (count as f64 * ratio).floor() as usize;
    for (set, size) in [("training", boundary), ("test", count - boundary)] {
        if size == 0 {
            return Err(SplitError::TooFewRows { set, rows, windows, needed: None });
        }
    }
    Ok(SequenceRatioSplit {
        train: IndexSet::from_range(0..boundary),
        test: IndexSet::from_range(boundary..count),
    })
}

#[cfg(test)]
mod tests {
    use super::super::label_overlap;
    use super::*;

    const WINDOWS: Windows = Windows { seq_length: 10, time_window: 5 };

    #[test]
    fn it_cuts_the_list_and_leaks() {
        let split = sequence_ratio(100, WINDOWS, 0.8).unwrap();
        assert_eq!(split.train, IndexSet::from_range(0..68));
        assert_eq!(split.test, IndexSet::from_range(68..86));
        assert_eq!(label_overlap(&split.train, &split.test, 5), 4);
    }

    #[test]
    fn empty_sets_are_errors() {
        assert!(sequence_ratio(14, WINDOWS, 0.8).is_err());
        assert!(sequence_ratio(15, WINDOWS, 0.8).is_err());
        assert!(sequence_ratio(16, WINDOWS, 0.8).is_ok());
        assert!(sequence_ratio(100, WINDOWS, 1.5).is_err());
    }
}
