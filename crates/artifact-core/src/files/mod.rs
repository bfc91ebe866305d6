//! Files that are written whole or not at all.

mod checked;
mod hooks;
mod operations;
mod regular;

pub(crate) use checked::checked_line;
pub use checked::{checked_json, parse_checked, pretty_json};
pub use hooks::Hook;
pub(crate) use hooks::Hooks;
pub use operations::entries;
pub(crate) use operations::{Onto, TEMPORARY_PREFIX, link, remove, rename, sync_directory, touch, write};
pub(crate) use regular::open_with;
pub use regular::{expect_regular, open, read, read_if_there};

use crate::error::Error;
use std::path::Path;

/// Replaces `path` by `bytes` in one step: a reader sees the old file or the new one, even after a crash.
///
/// The bytes go to a temporary file in the same directory, which is synced, renamed over `path`, and made durable by
/// syncing the directory. Missing parent directories are created, each synced in its own parent.
///
/// # Errors
///
/// [`Error::Io`]; the old file, if any, is then unchanged.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes, Onto::Anything, &Hooks::default()).map(drop)
}

/// Whether a name is that of a temporary file: left behind by a killed writer, or being written by a running one.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX)
}

/// Creates `path` with `bytes` in one step, unless the file exists; returns whether this call created it.
///
/// Of several processes that create the same file at the same time, exactly one gets `true`.
///
/// # Errors
///
/// [`Error::Io`]; there is then no new file.
pub fn create_atomically(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    write(path, bytes, Onto::Nothing, &Hooks::default())
}

/// Removes a file; returns whether it was there.
///
/// # Errors
///
/// [`Error::Io`] naming the path.
pub fn remove_file(path: &Path) -> Result<bool, Error> {
    remove(path, &Hooks::default())
}

/// Moves a file or directory to a new name, durably; returns whether it was there. Creates the new name's directory.
///
/// # Errors
///
/// [`Error::Io`] naming the path.
pub fn move_durably(from: &Path, to: &Path) -> Result<bool, Error> {
    let hooks = Hooks::default();
    let moved = rename(from, to, &hooks)?;
    for directory in [from.parent(), to.parent()].into_iter().flatten() {
        sync_directory(directory, &hooks)?;
    }
    Ok(moved)
}

/// Reads a JSON document.
///
/// # Errors
///
/// [`Error::Io`] or [`Error::Json`], naming the path.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    serde_json::from_slice(&read(path)?)
        .map_err(|source| Error::Json { what: path.display().to_string(), source })
}
