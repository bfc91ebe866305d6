//! The error for an invalid setting.

use settings::part::ParamError;
use std::borrow::Cow;
use std::fmt::Display;

/// An invalid setting, or a data set that does not fit the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, expected {expected}")]
pub struct SettingError {
    /// The field, as in the configuration.
    pub field: Cow<'static, str>,
    /// Its value.
    pub found: String,
    /// What is expected instead.
    pub expected: String,
}

impl SettingError {
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
        Err(Self { field: field.into(), found: found.to_string(), expected: expected.into() })
    }
}

impl From<ParamError> for SettingError {
    fn from(error: ParamError) -> Self {
        let (field, found, expected) = match error {
            ParamError::Value { name, found, expected, .. } => (name, found, expected),
            ParamError::Missing { name, doc, .. } => (name, "absent".to_owned(), doc),
            ParamError::Together { first, second, rule, .. } => {
                let (name, value) = second.split_once(" = ").unwrap_or((second.as_str(), ""));
                // The rule is a sentence, but follows "expected" here.
                (name.to_owned(), format!("{value} with {first}"), rule.replacen(" must ", " to ", 1))
            }
            ParamError::Unknown { name, known, .. } => {
                let expected = if known.is_empty() { "none".to_owned() } else { format!("one of {known}") };
                (name, "no parameter of the model".to_owned(), expected)
            }
            ParamError::Version { part, found, known } => {
                (part, format!("of version {found}"), format!("version {known}"))
            }
        };
        Self { field: field.into(), found, expected }
    }
}
