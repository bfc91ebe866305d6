//! Views as files: their expected content, and whether the files match it.

use artifact_core::files::{self, write_atomically};
use artifact_core::{Error, Run};
use std::path::{Path, PathBuf};

/// A view: its path and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewFile {
    /// The file.
    pub path: PathBuf,
    /// Its content, as derived from the store.
    pub bytes: Vec<u8>,
}

/// How a view's file compares with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewState {
    /// The file matches the store.
    Current,
    /// The file is in an earlier version of the format, written by an earlier program.
    Earlier,
    /// The file does not exist.
    Missing,
    /// The file does not match the store.
    Different,
}

impl ViewFile {
    pub(crate) fn new(path: PathBuf, bytes: Vec<u8>) -> Self {
        Self { path, bytes }
    }

    /// Writes the file, atomically.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn write(&self) -> Result<(), Error> {
        write_atomically(&self.path, &self.bytes)
    }

    /// Compares the file with the store. JSON documents are compared by content, whatever their spacing and key order.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file exists but cannot be read.
    pub fn state(&self) -> Result<ViewState, Error> {
        match files::read_if_there(&self.path) {
            Ok(Some(bytes)) if bytes == self.bytes || self.has_equal_content(&bytes) => {
                Ok(ViewState::Current)
            }
            // An upgrade of the program is no damage.
            Ok(Some(bytes)) if self.is_of_earlier_version(&bytes) => Ok(ViewState::Earlier),
            Ok(Some(_)) => Ok(ViewState::Different),
            Ok(None) => Ok(ViewState::Missing),
            // A directory or a pipe is there instead.
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::InvalidInput => {
                Ok(ViewState::Different)
            }
            Err(error) => Err(error),
        }
    }

    fn has_equal_content(&self, found: &[u8]) -> bool {
        let document = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        // Two files that are not JSON are not equal, although both parse to `None`.
        document(found).is_some_and(|found| document(&self.bytes) == Some(found))
    }

    fn is_of_earlier_version(&self, found: &[u8]) -> bool {
        /// The fields with which every versioned view begins.
        #[derive(serde::Deserialize)]
        struct Version {
            kind: String,
            schema_version: u64,
            #[serde(default)]
            schema_minor: u64,
        }
        let number = |version: &Version| (version.schema_version, version.schema_minor);
        let version = |bytes: &[u8]| serde_json::from_slice::<Version>(bytes).ok();
        version(found)
            .zip(version(&self.bytes))
            .is_some_and(|(found, now)| found.kind == now.kind && number(&found) < number(&now))
    }

    /// The file's path below the run's directory, for display.
    pub fn name<'a>(&'a self, run: &Run) -> &'a Path {
        self.path.strip_prefix(run.directory()).unwrap_or(&self.path)
    }
}

/// Writes views in the given order.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_all(views: &[ViewFile]) -> Result<(), Error> {
    views.iter().try_for_each(ViewFile::write)
}
