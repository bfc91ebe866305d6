//! Files that one process holds at a time.

use crate::error::Error;
use crate::files::{self, Hooks};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How often to try for a lock: [`held_since`] takes it for an instant, so one refusal does not prove that it is held.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(10);
/// How often to try to share a lock: its first holder keeps it alone while it sets the run up.
const SHARE_ATTEMPTS: u32 = 80;
const SHARE_PAUSE: Duration = Duration::from_millis(25);

/// Locks the file for this process, until the returned file is dropped; `None` when another process has it.
///
/// The file's modification time then says since when it is held.
pub(crate) fn hold(path: &Path) -> Result<Option<File>, Error> {
    let directory = path.parent().unwrap_or(Path::new("."));
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let file = match files::open_with(OpenOptions::new().create(true).truncate(false).write(true), path) {
            Ok(file) => file,
            // The directory was moved away a moment ago.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("create", path)(error)),
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => {
                files::touch(&file, path, &Hooks::default())?;
                return Ok(Some(file));
            }
            // Locked, but the path now leads to another file, so this lock would exclude no one.
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
    }
    Ok(None)
}

/// Shares the lock on the file with other processes; `None` when one process holds it alone.
///
/// The file keeps the modification time that its first holder set.
pub(crate) fn share(path: &Path) -> Result<Option<File>, Error> {
    for _ in 0..SHARE_ATTEMPTS {
        let file = match files::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        match file.try_lock_shared() {
            Ok(()) if is_at(&file, path) => return Ok(Some(file)),
            Ok(()) | Err(TryLockError::WouldBlock) => std::thread::sleep(SHARE_PAUSE),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
    }
    Ok(None)
}

/// When the file was locked; `None` if no process holds it.
pub(crate) fn held_since(path: &Path) -> Result<Option<SystemTime>, Error> {
    let file = match files::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        // An exclusive lock, since a shared one would succeed alongside other shared locks.
        match file.try_lock() {
            Ok(()) => return Ok(None),
            // The holder may just be another process running this function.
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
    }
    let since = file.metadata().and_then(|metadata| metadata.modified());
    since.map(Some).map_err(Error::io("read", path))
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let same =
        |here: fs::Metadata, there: fs::Metadata| (here.dev(), here.ino()) == (there.dev(), there.ino());
    file.metadata().and_then(|here| Ok(same(here, fs::metadata(path)?))).unwrap_or(false)
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.is_file()
}
