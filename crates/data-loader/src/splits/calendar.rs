//! The calendar split: one boundary for a whole study.

use super::error::{check_ratio, check_windows};
use super::{Separation, SplitError, purge};
use crate::windows::Windows;
use artifact_core::IndexSet;

/// A calendar split. All sets hold sequence numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSplit {
    /// The first test row, `floor(T * train_test_split_ratio)`; the tuner's and the extended trainer's panels end here.
    pub split_row: usize,
    /// The first validation row, `floor(split_row * (1 - validation_ratio))`.
    pub validation_row: usize,
    /// What the tuner trains on: all label rows lie before `validation_row`.
    pub train: IndexSet,
    /// What the tuner scores on: development sequences that decide at `validation_row` or later.
    pub validation: IndexSet,
    /// All sequences whose label rows lie before `split_row`: training, validation, and those whose label straddles
    /// `validation_row`. Cross-validation cuts these into folds.
    pub development: IndexSet,
    /// What the final trainer trains on: the development sequences, purged against the test ones (which changes
    /// nothing unless the purge is [`Purge::Strict`](artifact_core::schema::Purge::Strict)).
    pub final_train: IndexSet,
    /// The test sequences, opened once: those that decide at `split_row` or later.
    pub test: IndexSet,
}

/// The settings of a calendar split: everything but the number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalendarRule {
    /// The window lengths, which determine the rows that a sequence reads.
    pub windows: Windows,
    /// The share of all rows that lies before the test rows, above 0 and below 1.
    pub train_test_split_ratio: f64,
    /// The share of the rows before the test rows that is held back for validation, above 0 and below 1.
    pub validation_ratio: f64,
    /// How far training keeps away from what is evaluated. No training sequence comes after it here, so the embargo has
    /// no effect; it is accepted so that all splitters are called alike.
    pub separation: Separation,
}

/// Splits `rows` rows (the whole panel, test rows included) at fixed shares of the rows.
///
/// `split_row` depends on `rows` and `train_test_split_ratio` only, `validation_row` on these and `validation_ratio`:
/// trials share them whatever their `seq_length` and `time_window`, and none can tune on another's test rows.
///
/// # Errors
///
/// A share out of range, a window length of 0, or a set that would be empty.
pub fn calendar(rows: usize, rule: CalendarRule) -> Result<CalendarSplit, SplitError> {
    check_ratio("train_test_split_ratio", rule.train_test_split_ratio)?;
    check_ratio("validation_ratio", rule.validation_ratio)?;
    check_windows(rule.windows)?;
    let split = rule.at(rows);
    match empty_set(&split) {
        None => Ok(split),
        Some(set) => {
            let needed = rule.rows_needed(rows);
            Err(SplitError::TooFewRows { set, rows, windows: rule.windows, needed })
        }
    }
}

/// The first test row of `rows` rows, `floor(rows * ratio)`, for any sequence length and time window.
///
/// # Errors
///
/// A share out of range, or no rows on one side of the boundary.
pub fn split_row(rows: usize, ratio: f64) -> Result<usize, SplitError> {
    check_ratio("train_test_split_ratio", ratio)?;
    let row = cut_row(rows, ratio);
    if row == 0 || row == rows {
        return Err(SplitError::NoBoundary { rows, ratio });
    }
    Ok(row)
}

fn cut_row(rows: usize, ratio: f64) -> usize {
    (rows as f64 * ratio).floor() as usize
}

impl CalendarRule {
    /// Splits; sets may be empty.
    fn at(self, rows: usize) -> CalendarSplit {
        let split_row = cut_row(rows, self.train_test_split_ratio);
        // Validating a stored plan computes this row again from `1 - validation_ratio`: an expression that rounds
        // differently would make good plans invalid.
        let validation_row = (split_row as f64 * (1.0 - self.validation_ratio)).floor() as usize;
        let count = self.windows.sequence_count(rows).unwrap_or(0);
        // What is fitted is bounded by its label rows: a label across the boundary would carry evaluated prices into
        // the fit. Sequences whose label rows all lie before a row are those that fit into the rows before it.
        let before = |row| self.windows.sequence_count(row).unwrap_or(0);
        // What is evaluated is bounded by its decision row: its inputs may reach back across the boundary, since the
        // past is known when a model decides. `None` means that even sequence 0 decides after `row`.
        let deciding_from = |row| self.windows.sequence_at(row).unwrap_or(0);

        let development = IndexSet::from_range(0..before(split_row));
        let validation = IndexSet::from_range(deciding_from(validation_row)..before(split_row));
        let test = IndexSet::from_range(deciding_from(split_row)..count);
        let train = IndexSet::from_range(0..before(validation_row));
        CalendarSplit {
            split_row,
            validation_row,
            train: self.purged(&train, &validation),
            final_train: self.purged(&development, &test),
            validation,
            development,
            test,
        }
    }

    fn purged(self, train: &IndexSet, evaluated: &IndexSet) -> IndexSet {
        purge(train, evaluated, self.windows, self.separation)
    }

    /// The smallest number of rows above `too_few` with which no set is empty.
    ///
    /// More rows never empty a set, so doubling finds an upper bound and bisection the number. It gives up above 2^40
    /// rows, where an answer would help nobody.
    fn rows_needed(self, too_few: usize) -> Option<usize> {
        let suffices = |rows| empty_set(&self.at(rows)).is_none();
        let (mut short, mut enough) = (too_few, too_few.max(1));
        while !suffices(enough) {
            short = enough;
            enough = enough.checked_mul(2).filter(|&rows| rows <= 1 << 40)?;
        }
        while enough - short > 1 {
            let middle = short + (enough - short) / 2;
            if suffices(middle) {
                enough = middle;
            } else {
                short = middle;
            }
        }
        Some(enough)
    }
}

/// The name of the first empty set, if any.
fn empty_set(split: &CalendarSplit) -> Option<&'static str> {
    [
        ("training", &split.train),
        ("validation", &split.validation),
        ("final training", &split.final_train),
        ("test", &split.test),
    ]
    .into_iter()
    .find_map(|(name, set)| set.is_empty().then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::Purge;

    fn rule(seq_length: usize, time_window: usize, purge: Purge) -> CalendarRule {
        CalendarRule {
            windows: Windows { seq_length, time_window },
            train_test_split_ratio: 0.8,
            validation_ratio: 0.2,
            separation: Separation { purge, embargo: 0 },
        }
    }

    #[test]
    fn boundaries_by_hand() {
        // T = 100, S = 10, W = 5: N = 86. Rows 80 to 99 are test, rows 64 to 79 validation.
        let split = calendar(100, rule(10, 5, Purge::Label)).unwrap();
        assert_eq!((split.split_row, split.validation_row), (80, 64));
        // Sequence 49 decides at 58 and its label ends at row 63.
        assert_eq!(split.train, IndexSet::from_range(0..50));
        // Sequence 55 decides at row 64; sequence 65 decides at 74 and its label ends at row 79.
        assert_eq!(split.validation, IndexSet::from_range(55..66));
        assert_eq!(split.development, IndexSet::from_range(0..66));
        assert_eq!(split.final_train, split.development);
        // Sequence 71 decides at row 80.
        assert_eq!(split.test, IndexSet::from_range(71..86));
    }

    #[test]
    fn strict_purging_keeps_inputs_apart_as_well() {
        let split = calendar(100, rule(10, 5, Purge::Strict)).unwrap();
        // The first validation sequence reads from row 55 on: sequence 40 touches rows 40 to 54.
        assert_eq!(split.train, IndexSet::from_range(0..41));
        // The first test sequence reads from row 71 on: sequence 56 touches rows 56 to 70.
        assert_eq!(split.final_train, IndexSet::from_range(0..57));
        assert_eq!(split.development, IndexSet::from_range(0..66));
    }

    #[track_caller]
    fn check_error([rows, seq_length, time_window]: [usize; 3], ratios: [f64; 2], expected: &str) {
        let rule = CalendarRule {
            train_test_split_ratio: ratios[0],
            validation_ratio: ratios[1],
            ..rule(seq_length, time_window, Purge::Label)
        };
        let error = calendar(rows, rule).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn impossible_splits_are_explained() {
        check_error([100, 10, 5], [0.0, 0.2], "train_test_split_ratio is 0:");
        check_error([100, 10, 5], [f64::NAN, 0.2], "train_test_split_ratio is NaN");
        check_error([100, 10, 5], [0.8, 1.0], "validation_ratio is 1:");
        check_error([100, 0, 5], [0.8, 0.2], "seq_length is 0");
        check_error([100, 10, 0], [0.8, 0.2], "time_window is 0");
        check_error([100, 90, 5], [0.8, 0.2], "there is no training sequence in 100 rows with seq_length 90");
        check_error([100, usize::MAX, 5], [0.8, 0.2], "time_window 5: use more rows");
        check_error([0, 10, 5], [0.8, 0.2], "at least 33 rows are needed");
    }

    #[test]
    fn the_number_of_rows_needed_is_the_smallest_that_works() {
        for (seq_length, time_window, purge) in
            [(10, 5, Purge::Label), (30, 21, Purge::Strict), (1, 1, Purge::Label)]
        {
            let split = |rows| calendar(rows, rule(seq_length, time_window, purge));
            let Err(SplitError::TooFewRows { needed: Some(needed), .. }) = split(0) else {
                panic!("a split of 0 rows must say how many are needed")
            };
            assert!(split(needed).is_ok());
            assert!(split(needed - 1).is_err());
        }
    }
}
