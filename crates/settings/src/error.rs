//! Why a configuration is refused, and on which line.

use crate::part::PartError;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
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
        /// The line of the key, where the file sets it.
        line: Option<usize>,
        /// The key's path.
        key: String,
        /// What was found and what was expected.
        reason: String,
    },
}

impl ConfigError {
    /// The error of a part that `key` names and that cannot be chosen, at the line on which `file` names it.
    pub fn of_part(key: &str, error: &PartError, file: Option<&Path>) -> Self {
        let key = match error {
            PartError::Params(error) if error.parameter().is_some() => {
                format!("{key}.{}", error.parameter().unwrap_or_default())
            }
            _ => key.to_owned(),
        };
        Self::of(key, error).at(file)
    }

    /// A key whose value cannot be used, as is found where the parts that it names are known.
    pub fn of(key: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        let (origin, key, reason) = ("configuration".to_owned(), key.into(), reason.to_string());
        ConfigError::Value { origin, line: None, key, reason }
    }

    /// The same error with the place in `file` where the key is set, if that is where.
    #[must_use]
    pub fn at(self, file: Option<&Path>) -> Self {
        let text = file.and_then(|path| Some((path, std::fs::read_to_string(path).ok()?)));
        match (self, text) {
            (ConfigError::Value { key, reason, .. }, Some((path, text))) => {
                // The name of a part may stand in a table of its own, on a line below the key's.
                let spellings = [key.clone(), format!("{key}.name"), format!("{key}.kind")];
                let line = spellings.iter().filter_map(|key| line_of(&text, key)).max();
                ConfigError::Value { origin: path.display().to_string(), line, key, reason }
            }
            (error, _) => error,
        }
    }
}

/// The line, from 1, on which `text` sets the dotted key, such as `tuner.stages[1].sampler`, or the innermost section of
/// it that is there.
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
        let element = || value.get_ref().as_array()?.get(place.parse::<usize>().ok()?);
        if let Some(element) = element() {
            found = Some(element.span().start);
            table = element.get_ref().as_table();
        }
    }
    found.map(|offset| text[..offset].matches('\n').count() + 1)
}
