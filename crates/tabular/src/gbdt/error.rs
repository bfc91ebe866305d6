//! What can be wrong with the input of a fit or a prediction.

/// Why a fit or a prediction was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of range.
    #[error("the setting {name} is {found}, but must be {expected}")]
    Setting {
        /// The name of the field.
        name: &'static str,
        /// Its value.
        found: String,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// The table has no rows.
    #[error("the table has no rows; pass at least one")]
    NoRows,
    /// The table has no columns.
    #[error("the table has no columns; pass at least one")]
    NoColumns,
    /// The table has too many rows.
    #[error("the table has {found} rows, but at most {most} are supported; fit a sample of them")]
    TooManyRows {
        /// The number of rows.
        found: usize,
        /// The largest number supported.
        most: usize,
    },
    /// Two inputs that belong together have different lengths.
    #[error("there are {found} {what}, but {expected} are needed")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// The objective needs the other kind of targets.
    #[error("the objective {objective} needs targets of the kind {expected}")]
    Targets {
        /// The name of the objective.
        objective: &'static str,
        /// The variant of `Targets` that it needs.
        expected: &'static str,
    },
    /// A target is out of range.
    #[error("the target of row {row} is {found}, but must be {expected}; remove or mend the row")]
    Target {
        /// The row.
        row: usize,
        /// Its target.
        found: String,
        /// The values that are allowed.
        expected: String,
    },
    /// A weight is out of range.
    #[error("the weight of row {row} is {found}, but must be finite and not negative")]
    Weight {
        /// The row.
        row: usize,
        /// Its weight.
        found: String,
    },
    /// All weights are 0.
    #[error("all weights are 0; at least one must be positive")]
    NoWeight,
    /// The range of rounds is not one of the forest's.
    #[error("rounds {start} to {end} were asked for, but the forest has {rounds}")]
    Rounds {
        /// The first round asked for.
        start: usize,
        /// The end of the range asked for.
        end: usize,
        /// The number of rounds there are.
        rounds: usize,
    },
    /// The forest is not that of the objective.
    #[error(
        "the forest has {found} outputs, but the objective has {expected}; resume with the forest's objective"
    )]
    Outputs {
        /// The outputs of the forest.
        found: usize,
        /// The outputs of the objective.
        expected: usize,
    },
}
