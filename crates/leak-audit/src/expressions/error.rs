//! Why a formula cannot be read or computed.

/// Why a formula cannot be read or computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ExpressionError {
    /// The text is not an expression.
    #[error("character {position} of the formula: found {found}, expected {expected}")]
    Syntax {
        /// The place of the first character that cannot stand there, from 1.
        position: usize,
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: String,
    },
    /// A parameter is absent or of the wrong type.
    #[error("feature {feature}: parameter `{parameter}` must be a text")]
    Parameter {
        /// The feature with its parameters.
        feature: String,
        /// The name of the parameter.
        parameter: &'static str,
    },
    /// The data lacks a column.
    #[error("the formula reads column `{name}`, which the data does not have; it has {known}")]
    Column {
        /// The column.
        name: String,
        /// The columns that there are.
        known: String,
    },
}
