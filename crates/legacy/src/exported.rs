//! The files that an export writes.

use crate::json::to_text;
use artifact_core::schema::written::Json;

/// A run as files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Export {
    /// The files to write.
    pub files: Vec<ExportedFile>,
    /// The parts of the run that they leave out, and why.
    pub left_out: Vec<String>,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its path below the directory, with forward slashes.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl ExportedFile {
    pub(super) fn json(path: impl Into<String>, value: &Json) -> Self {
        Self { path: path.into(), bytes: to_text(value).into_bytes() }
    }
}
