//! A log as a file.

use crate::error::Error;
use std::fs::TryLockError;
use std::io;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// The pause between two attempts to lock a log. Its holder needs it for milliseconds.
const PAUSE: Duration = Duration::from_millis(5);
/// After how many pauses a wait is reported (2 s), and after how many it ends (60 s): the holder is then suspended.
const SILENT: u32 = 400;
const MOST: u32 = 12_000;

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

    /// Locks the file, which `attempt` tries. Waits for its holder: not silently, and not for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], also if another process keeps the lock for a minute.
    pub(super) fn locked(&self, attempt: impl Fn() -> Result<(), TryLockError>) -> Result<(), Error> {
        let failed = |source| Error::io("lock", &self.path)(source);
        for pauses in 0..MOST {
            match attempt() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if pauses == SILENT {
                let path = self.path.display();
                tracing::warn!(
                    "the {} {path} is locked by another process, which may be suspended; this process waits for it, for a \
                     minute at most",
                    self.name
                );
            }
            sleep(PAUSE);
        }
        let reason =
            "another process has held it for a minute; end that process, or let it go on, and run this again";
        Err(failed(io::Error::new(io::ErrorKind::TimedOut, reason)))
    }

    /// The head's file beside the log.
    pub(super) fn head_path(&self) -> PathBuf {
        self.path.with_extension("head")
    }
}
