//! Why a linear model cannot be fitted or applied.

use thiserror::Error;

/// Why a linear model cannot be fitted or applied.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Targets, weights, or an earlier fit do not belong to the table.
    #[error(
        "{what} has length {found}, but the table asks for {expected}; use those of the same rows and columns"
    )]
    Length {
        /// What has the wrong length.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that the table asks for.
        expected: usize,
    },
    /// The table has no rows or no columns.
    #[error("the table has {rows} rows and {columns} columns; a fit needs at least one of each")]
    Empty {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// The table has more columns than the second moments are kept for.
    #[error("the table has {found} columns, at most {limit} can be fitted; leave some out or combine them")]
    TooWide {
        /// The number of columns.
        found: usize,
        /// The largest number of columns.
        limit: usize,
    },
    /// A number of the table is infinite.
    #[error(
        "row {row}, column {column} of the table is {found}; expected a finite number, or NaN where it is missing"
    )]
    Cell {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The number.
        found: f32,
    },
    /// A weight is negative or not finite.
    #[error("the weight of row {row} is {found}; expected a finite number of at least 0")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// The weight.
        found: f32,
    },
    /// Every weight is 0.
    #[error("all {rows} rows have weight 0; give at least one row a positive weight")]
    NoWeight {
        /// The number of rows.
        rows: usize,
    },
    /// A class is not below the number of classes.
    #[error("row {row} has class {found}; expected one below {classes}")]
    Class {
        /// The row, from 0.
        row: usize,
        /// The class.
        found: u8,
        /// The number of classes.
        classes: usize,
    },
    /// There are too few or too many classes.
    #[error("there are {found} classes; expected 2 to 256")]
    Classes {
        /// The number of classes.
        found: usize,
    },
    /// A class has no rows, so that its intercept has no optimum.
    #[error(
        "class {class} has no row of positive weight, so its intercept would fall without bound; \
         leave the class out or add rows of it"
    )]
    EmptyClass {
        /// The class.
        class: usize,
    },
    /// A value to be predicted is not finite.
    #[error("the target of row {row} is {found}; expected a finite number")]
    Target {
        /// The row, from 0.
        row: usize,
        /// The value.
        found: f32,
    },
    /// The objective is for the other kind of targets.
    #[error("the objective {objective} needs targets that are {expected}; change one of the two")]
    Kind {
        /// The objective.
        objective: &'static str,
        /// The kind of targets that it needs.
        expected: &'static str,
    },
    /// There are no levels, or one is not strictly between 0 and 1.
    #[error("quantile levels {found:?}; expected at least one, each above 0 and below 1")]
    Levels {
        /// The levels.
        found: Vec<f64>,
    },
    /// The penalty is not a positive number.
    #[error(
        "the penalty is {found}; expected a finite number above 0, without which an optimum need not exist \
         or be unique (a very small one does for none)"
    )]
    Penalty {
        /// The penalty.
        found: f64,
    },
    /// The coefficients to start from are not all finite.
    #[error(
        "the coefficients to start from hold a number that is not finite; start from a finished fit or from none"
    )]
    Start,
    /// The optimum was not reached.
    #[error(
        "no convergence after {iterations} iterations: the objective is still about {gap:e} above its minimum; \
         raise the penalty, or bring the columns to similar scales"
    )]
    NotConverged {
        /// The Newton iterations made.
        iterations: usize,
        /// The estimated distance of the objective from its minimum.
        gap: f64,
    },
    /// A coefficient does not fit into an `f32`.
    #[error(
        "a coefficient of column {column} is out of range for f32; rescale the column or raise the penalty"
    )]
    Overflow {
        /// The column, from 0; the number of columns stands for the intercept.
        column: usize,
    },
}
