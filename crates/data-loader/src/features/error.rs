//! Why features cannot be computed.

/// Why features cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// No feature is chosen.
    #[error("no feature is chosen; choose at least one")]
    None,
    /// A feature names no column, or one with an empty name.
    #[error("the feature {feature} must name its columns: at least one, none of them empty")]
    Unnamed {
        /// The feature.
        feature: String,
    },
    /// Two features have a column of the same name.
    #[error("{first} and {second} both have a column {column:?}; leave one of them out")]
    RepeatedColumn {
        /// The name.
        column: String,
        /// The first feature.
        first: String,
        /// The second feature.
        second: String,
    },
    /// A feature gives another number of columns than it names.
    #[error("the feature {feature} gives {found} columns but names {expected}")]
    Columns {
        /// The feature.
        feature: String,
        /// The columns that it gives.
        found: usize,
        /// The columns that it names.
        expected: usize,
    },
    /// A feature gives a column that is shorter or longer than the bars.
    #[error(
        "the feature {feature} gives a column of {found} rows for {expected} bars; expected one value per bar"
    )]
    Rows {
        /// The feature.
        feature: String,
        /// The rows of the column.
        found: usize,
        /// The rows of the bars.
        expected: usize,
    },
}
