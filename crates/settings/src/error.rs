//! Why a configuration is rejected, and on which line.

use crate::part::PartError;
use std::path::{Path, PathBuf};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The file is not TOML, or a key is unknown or of the wrong type. The message shows the line.
    #[error("the configuration {origin} is not valid\n{message}")]
    Syntax {
        /// The file or preset.
        origin: String,
        /// The parser's message, with the line.
        message: String,
    },
    /// A value is out of range.
    #[error("{origin}{}: {key}: {reason}", line.map(|l| format!(", line {l}")).unwrap_or_default())]
    Value {
        /// The file or preset.
        origin: String,
        /// The line, from 1, that sets the key, if the file does.
        line: Option<usize>,
        /// The key's path.
        key: String,
        /// What was found and what was expected.
        reason: String,
    },
}

impl ConfigError {
    /// The error for a part that `key` names but that cannot be chosen, with the line of `file` that names it.
    pub fn of_part(key: &str, error: &PartError, file: Option<&Path>) -> Self {
        let key = match error {
            PartError::Params(error) if error.parameter().is_some() => {
                format!("{key}.{}", error.parameter().unwrap_or_default())
            }
            _ => key.to_owned(),
        };
        Self::of(key, error.under_key()).at(file)
    }

    /// The error for a key whose value is rejected after loading, by code that knows the parts it names. It has no line
    /// yet; [`ConfigError::at`] adds one.
    pub fn of(key: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        let (origin, key, reason) = ("configuration".to_owned(), key.into(), reason.to_string());
        ConfigError::Value { origin, line: None, key, reason }
    }

    /// The same error with the line of `file` that sets the key. Unchanged if `file` is `None` or cannot be read.
    #[must_use]
    pub fn at(self, file: Option<&Path>) -> Self {
        let text = file.and_then(|path| Some((path, std::fs::read_to_string(path).ok()?)));
        match (self, text) {
            (ConfigError::Value { key, reason, .. }, Some((path, text))) => {
                // A part may be written as a table, whose `name` is on a later line than the key. `line_of` falls back
                // to the enclosing section, so the largest line is the most specific match.
                let spellings = [key.clone(), format!("{key}.name"), format!("{key}.kind")];
                let line = spellings.iter().filter_map(|key| line_of(&text, key)).max();
                ConfigError::Value { origin: path.display().to_string(), line, key, reason }
            }
            (error, _) => error,
        }
    }
}

/// The line, from 1, on which `text` sets the dotted key, such as `tuner.stages[1].sampler`, or else opens the
/// innermost section of it that exists. `None` if not even the outermost section exists.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = Some(document.get_ref());
    let mut found = None;
    for part in key.split('.') {
        let (part, place) =
            part.strip_suffix(']').and_then(|part| part.split_once('[')).unwrap_or((part, ""));
        let Some((name, value)) = table.and_then(|t| t.iter().find(|(name, _)| name.get_ref() == part))
        else {
            break;
        };
        found = Some(name.span().start);
        table = value.get_ref().as_table();
        // An entry of a list is often on a later line than its key, so its own position wins.
        let element = || value.get_ref().as_array()?.get(place.parse::<usize>().ok()?);
        if let Some(element) = element() {
            found = Some(element.span().start);
            table = element.get_ref().as_table();
        }
    }
    found.map(|offset| text[..offset].matches('\n').count() + 1)
}
