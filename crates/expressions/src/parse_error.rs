//! Why a text is not an expression.

/// A text that is not an expression: where, what stands there, what was expected.
///
/// The message is one line:
///
/// ```text
/// at character 1: found `ts_maen`, expected a function; did you mean `ts_mean`?
/// at character 12: found `-`, expected a lag of at least 1: a negative lag would look ahead
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: found {found}, expected {expected}{}", hint(.nearest.as_deref()))]
pub struct ParseError {
    position: usize,
    found: String,
    expected: String,
    nearest: Option<String>,
}

impl ParseError {
    pub(crate) fn new(position: usize, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { position, found: found.into(), expected: expected.into(), nearest: None }
    }

    pub(crate) fn or_rather(mut self, nearest: Option<&str>) -> Self {
        self.nearest = nearest.map(str::to_owned);
        self
    }

    /// Returns where the fault starts, counted in characters from 1.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Returns what stands there, such as `` `-` `` or `the end`.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns what was expected instead.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns the known name that is nearest to an unknown one, if one is near.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
