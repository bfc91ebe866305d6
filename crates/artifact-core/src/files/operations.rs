//! The elementary file operations of a store, each with a hook at which a test can kill the writer.

use super::hooks::{Hooks, Stopped};
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The prefix of the names of temporary files, which identifies what a crash leaves behind.
pub(crate) const TEMPORARY_PREFIX: &str = ".holdfast-tmp-";

/// What a new file may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onto {
    /// Whatever has its name.
    Anything,
    /// Nothing: a file with its name stays.
    Nothing,
}

/// Writes a whole file, durably; returns whether it was written.
pub(crate) fn write(path: &Path, bytes: &[u8], onto: Onto, hooks: &Hooks) -> Result<bool, Error> {
    let directory = parent(path);
    create_directories(directory, hooks)?;
    hooks.before("create").map_err(|e| Error::io("create a file in", directory)(e.into()))?;
    // In the target's directory: only within one file system is a rename atomic.
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempfile_in(directory)
        .map_err(Error::io("create a file in", directory))?;
    if let Err(stopped) = fill(&mut file, bytes, hooks) {
        // A killed writer leaves the file behind.
        file.disable_cleanup(matches!(stopped, Stopped::Killed(_)));
        return Err(Error::io("write", file.path())(stopped.into()));
    }
    let persisted = match onto {
        Onto::Anything => file.persist(path),
        Onto::Nothing => file.persist_noclobber(path),
    };
    match persisted {
        Ok(_) => sync_directory(directory, hooks).map(|()| true),
        Err(error) if onto == Onto::Nothing && error.error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(false)
        }
        Err(_) if path.is_dir() => {
            let reason = "a directory is in its place; move that away";
            Err(Error::io("write", path)(io::Error::new(io::ErrorKind::IsADirectory, reason)))
        }
        Err(error) => Err(Error::io("write", path)(error.error)),
    }
}

fn fill(file: &mut NamedTempFile, bytes: &[u8], hooks: &Hooks) -> Result<(), Stopped> {
    if let Err(killed) = hooks.before("write") {
        file.write_all(&bytes[..bytes.len() / 2])?;
        return Err(killed);
    }
    file.write_all(bytes)?;
    make_readable(file.as_file())?;
    if let Some(now) = hooks.now() {
        file.as_file().set_modified(now)?;
    }
    // Sync before the rename: otherwise a crash could leave the final name on a partial file.
    hooks.before("sync")?;
    file.as_file().sync_all()?;
    hooks.before("rename")
}

/// Temporary files are private; what replaces a file should be as readable as any other.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

/// The directory a file is in.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a directory and those above it, each made durable by syncing the one above.
fn create_directories(directory: &Path, hooks: &Hooks) -> Result<(), Error> {
    if directory.is_dir() {
        return Ok(());
    }
    let above = parent(directory);
    if above != directory {
        create_directories(above, hooks)?;
    }
    let io = || Error::io("create the directory", directory);
    hooks.before("create the directory").map_err(|e| io()(e.into()))?;
    match fs::create_dir(directory) {
        Ok(()) => {}
        // Another process created it first; a file in its place is an error, in the next arm.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => {}
        Err(error) => return Err(io()(error)),
    }
    sync_directory(above, hooks)
}

/// Makes the names in `directory` durable. Only Unix lets a directory be synced.
pub(crate) fn sync_directory(directory: &Path, hooks: &Hooks) -> Result<(), Error> {
    let io = || Error::io("sync", directory);
    hooks.before("sync the directory").map_err(|e| io()(e.into()))?;
    if cfg!(unix) {
        File::open(directory).and_then(|d| d.sync_all()).map_err(io())?;
    }
    Ok(())
}

/// Stamps an open file with the file system's present time; returns whether that is possible.
pub(crate) fn touch(file: &File, path: &Path, hooks: &Hooks) -> Result<bool, Error> {
    let io = || Error::io("set the time of", path);
    hooks.before("touch").map_err(|e| io()(e.into()))?;
    match hooks.now() {
        Some(now) => file.set_modified(now).map(|()| true).map_err(io()),
        None => match touch_now(file) {
            // Another user owns the file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            other => other.map_err(io()),
        },
    }
}

#[cfg(unix)]
fn touch_now(file: &File) -> io::Result<bool> {
    use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};
    let at = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    futimens(file, &Timestamps { last_access: at(UTIME_OMIT), last_modification: at(UTIME_NOW) })?;
    Ok(true)
}

#[cfg(not(unix))]
fn touch_now(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Moves a file or directory to a new name, whose directory is created; returns whether it was there.
pub(crate) fn rename(from: &Path, to: &Path, hooks: &Hooks) -> Result<bool, Error> {
    create_directories(parent(to), hooks)?;
    hooks.before("rename").map_err(|e| Error::io("move", from)(e.into()))?;
    found(fs::rename(from, to)).map_err(Error::io("move", from))
}

/// Gives a file a second name, unless something has that name already; returns whether the file now has it.
pub(crate) fn link(from: &Path, to: &Path, hooks: &Hooks) -> Result<bool, Error> {
    create_directories(parent(to), hooks)?;
    hooks.before("link").map_err(|e| Error::io("link", from)(e.into()))?;
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(true),
        other => found(other).map_err(Error::io("link", from)),
    }
}

/// Removes a file; returns whether it was there.
pub(crate) fn remove(path: &Path, hooks: &Hooks) -> Result<bool, Error> {
    hooks.before("remove").map_err(|e| Error::io("remove", path)(e.into()))?;
    found(fs::remove_file(path)).map_err(Error::io("remove", path))
}

fn found(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is in a directory, in order of name; nothing when it does not exist.
///
/// # Errors
///
/// [`Error::Io`] naming the directory.
pub fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || fs::read_dir(directory)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<_>>();
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => {
            let mut paths: Vec<PathBuf> = other.map_err(Error::io("read the directory", directory))?;
            paths.sort();
            Ok(paths)
        }
    }
}
