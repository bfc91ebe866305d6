//! Answers kept in a folder.

use super::settings::Settings;
use crate::sources::SourceError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder and the name of a ticker's answer.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
}

impl Kept {
    /// The place of a ticker's answer; `None` if answers are not kept. What was asked for is in the name, so that another
    /// question never finds this answer.
    pub(super) fn of(settings: &Settings, ticker: &str) -> Option<Self> {
        let folder = settings.cache.as_ref()?;
        let Settings { from, to, interval, .. } = settings;
        Some(Self { path: folder.join(format!("{}_{from}_{to}_{interval}.json", encoded(ticker))) })
    }

    /// The answer, if it is there.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, SourceError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SourceError::Unreadable { path: self.path.clone(), source }),
        }
    }

    /// Keeps an answer. It gets its name when it is whole, so that nobody finds half of it.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), SourceError> {
        let failed = |source| SourceError::Unwritable { path: self.path.clone(), source };
        let unfinished = self.path.with_extension("json.part");
        std::fs::create_dir_all(self.path.parent().unwrap_or(Path::new(""))).map_err(failed)?;
        std::fs::write(&unfinished, bytes).map_err(failed)?;
        std::fs::rename(&unfinished, &self.path).map_err(failed)
    }

    /// The file, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// A ticker as a part of an address or of a file's name: all but letters, digits, `-` and `.` as `%` and two digits.
pub(super) fn encoded(ticker: &str) -> String {
    let mut text = String::with_capacity(ticker.len());
    for byte in ticker.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => text.push(char::from(byte)),
            other => text += &format!("%{other:02X}"),
        }
    }
    text
}
