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
    /// A feature reads a column that the bars do not have.
    #[error("the feature {feature} cannot be computed from these bars: {reason}")]
    MissingColumn {
        /// The feature.
        feature: String,
        /// Which column, and which there are.
        reason: String,
    },
    /// A feature did not return the columns of every ticker.
    #[error("the feature {feature} returned the columns of {found} tickers, expected those of {expected}")]
    Tickers {
        /// The feature.
        feature: String,
        /// The tickers it returned columns for.
        found: usize,
        /// The tickers it was given.
        expected: usize,
    },
    /// A feature returned more or fewer columns than it names.
    #[error("the feature {feature} returned {found} columns but names {expected}")]
    Columns {
        /// The feature.
        feature: String,
        /// The number of columns it returned.
        found: usize,
        /// The number of columns it names.
        expected: usize,
    },
    /// A feature returned a column that is shorter or longer than the bars.
    #[error(
        "the feature {feature} returned a column of {found} rows for {expected} bars; expected one value per bar"
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
