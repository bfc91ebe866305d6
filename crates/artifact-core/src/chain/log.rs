//! A log as a file.

use crate::error::Error;
use std::path::PathBuf;

/// Where a log is, and what may be wrong with it.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) path: PathBuf,
    /// What messages call the file, such as `test ledger`.
    pub(super) name: &'static str,
    /// Whether earlier versions of the program write it without a head: lines may then be there that no head vouches for.
    pub(super) once_headless: bool,
}

impl Log {
    /// The error for line `line`, from 1.
    pub(super) fn broken(&self, line: usize, reason: String) -> Error {
        Error::Ledger { name: self.name, path: self.path.clone(), line, reason }
    }

    /// The head's file beside the log.
    pub(super) fn head_path(&self) -> PathBuf {
        self.path.with_extension("head")
    }
}
