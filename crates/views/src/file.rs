//! Views as files: what they should hold, and whether they do.

use artifact_core::files::write_atomically;
use artifact_core::{Error, Run};
use std::path::{Path, PathBuf};

/// A view: where it lies, and every byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewFile {
    /// The file.
    pub path: PathBuf,
    /// Its content, as the store has it.
    pub bytes: Vec<u8>,
}

/// How a view's file stands to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewState {
    /// The file is what the store says.
    Current,
    /// The file is of an earlier version of the format: an earlier program wrote it.
    Earlier,
    /// There is no file.
    Missing,
    /// The file is another.
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

    /// Compares the file with the store; of a JSON document what it says, not how it is spaced or ordered.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when there is a file that cannot be read.
    pub fn state(&self) -> Result<ViewState, Error> {
        match std::fs::read(&self.path) {
            Ok(bytes) if bytes == self.bytes || self.says_the_same(&bytes) => Ok(ViewState::Current),
            Ok(bytes) if self.is_of_earlier_version(&bytes) => Ok(ViewState::Earlier),
            Ok(_) => Ok(ViewState::Different),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(ViewState::Missing),
            Err(error) => Err(Error::io("read", &self.path)(error)),
        }
    }

    fn says_the_same(&self, found: &[u8]) -> bool {
        let document = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        document(found).is_some_and(|found| document(&self.bytes) == Some(found))
    }

    fn is_of_earlier_version(&self, found: &[u8]) -> bool {
        /// What every view that has a version of its own begins with.
        #[derive(serde::Deserialize)]
        struct Version {
            kind: String,
            schema_version: u64,
        }
        let version = |bytes: &[u8]| serde_json::from_slice::<Version>(bytes).ok();
        version(found)
            .zip(version(&self.bytes))
            .is_some_and(|(found, now)| found.kind == now.kind && found.schema_version < now.schema_version)
    }

    /// The file's path below the run's directory, for people.
    pub fn name<'a>(&'a self, run: &Run) -> &'a Path {
        self.path.strip_prefix(run.directory()).unwrap_or(&self.path)
    }
}

/// Writes views in their order.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_all(views: &[ViewFile]) -> Result<(), Error> {
    views.iter().try_for_each(ViewFile::write)
}
