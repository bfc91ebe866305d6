//! Why a split is impossible.

use crate::windows::Windows;

/// Why a split is impossible.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A share is not strictly between 0 and 1.
    #[error("{name} is {found}: expected a number above 0 and below 1")]
    Ratio {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: f64,
    },
    /// `seq_length` or `time_window` is 0.
    #[error("{name} is 0: expected at least 1")]
    Zero {
        /// The setting.
        name: &'static str,
    },
    /// There are too few rows for a boundary between development and test.
    #[error(
        "train_test_split_ratio {ratio} of {rows} row{} leaves no row on one side; use more rows",
        if *rows == 1 { "" } else { "s" }
    )]
    NoBoundary {
        /// The number of rows.
        rows: usize,
        /// The share before the boundary.
        ratio: f64,
    },
    /// One of the sets would be empty.
    #[error(
        "there is no {set} sequence in {rows} rows with seq_length {} and time_window {}: {}use more rows, or a smaller \
         seq_length or time_window",
        windows.seq_length,
        windows.time_window,
        needed.map_or(String::new(), |n| format!("at least {n} rows are needed; "))
    )]
    TooFewRows {
        /// The empty set: `training`, `validation`, `test` or `final training`.
        set: &'static str,
        /// The number of rows.
        rows: usize,
        /// The window lengths.
        windows: Windows,
        /// The smallest number of rows with which no set is empty, if any has been found.
        needed: Option<usize>,
    },
    /// The number of folds is below the minimum, or too large for the sequences.
    #[error(
        "folds = {folds} with {sequences} sequences: expected at least {least} folds and one sequence or more per block"
    )]
    Folds {
        /// The number of folds.
        folds: usize,
        /// The smallest number allowed.
        least: usize,
        /// The number of sequences to cut.
        sequences: usize,
    },
    /// The numbers of groups do not make a combinatorial cross-validation.
    #[error(
        "{groups} groups with {test_groups} evaluated at a time: expected at least 1 evaluated and 1 training group, and \
         at most {most} combinations"
    )]
    Groups {
        /// The number of groups.
        groups: usize,
        /// How many of them are evaluated at a time.
        test_groups: usize,
        /// The largest number of combinations allowed.
        most: usize,
    },
    /// Purging leaves a fold without training sequences.
    #[error(
        "fold {fold} of {folds} has no training sequence left after purging (seq_length {}, time_window {}, \
         embargo {embargo}): use more rows, fewer folds, a smaller embargo, or a smaller seq_length or time_window",
        windows.seq_length,
        windows.time_window
    )]
    EmptyFold {
        /// The fold, from 1.
        fold: usize,
        /// The number of folds.
        folds: usize,
        /// The window lengths.
        windows: Windows,
        /// The embargo, in rows.
        embargo: usize,
    },
    /// Any other reason, for splitters from other crates.
    #[error("{reason}")]
    Other {
        /// What was found, what was expected, and what helps.
        reason: String,
    },
    /// A splitter returned folds that break the rules of every cross-validation.
    #[error("splitter {splitter} returned invalid folds: {field} is {found}, expected {expected}")]
    Unsound {
        /// The splitter.
        splitter: String,
        /// Which part of the folds is wrong.
        field: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
}

/// Refuses a share that is not strictly between 0 and 1.
pub(super) fn check_ratio(name: &'static str, found: f64) -> Result<(), SplitError> {
    // Stated positively, so that NaN, for which every comparison is false, is refused.
    if found > 0.0 && found < 1.0 { Ok(()) } else { Err(SplitError::Ratio { name, found }) }
}

/// Refuses a window length of 0.
pub(super) fn check_windows(windows: Windows) -> Result<(), SplitError> {
    for (name, value) in [("seq_length", windows.seq_length), ("time_window", windows.time_window)] {
        if value == 0 {
            return Err(SplitError::Zero { name });
        }
    }
    Ok(())
}
