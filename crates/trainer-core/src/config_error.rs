//! A setting that cannot be used.

use std::fmt::Display;

/// A setting or a data set that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, expected {expected}")]
pub struct ConfigError {
    /// The field, as in the configuration.
    pub field: &'static str,
    /// What it holds.
    pub found: String,
    /// What it must hold.
    pub expected: String,
}

impl ConfigError {
    /// Fails unless `holds`.
    pub(crate) fn require(
        holds: bool,
        field: &'static str,
        found: impl Display,
        expected: impl Into<String>,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self { field, found: found.to_string(), expected: expected.into() })
    }
}
