//! The points at which a test can kill a writer.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

/// Stands between the store and the file system; outside tests it does nothing.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Option<Arc<dyn Hook>>);

/// How a test intervenes in the file operations of a store.
pub trait Hook: Send + Sync {
    /// Called before every operation that changes a directory. After an error nothing more happens, not even tidying
    /// up: the writer counts as killed.
    ///
    /// # Errors
    ///
    /// When the writer is to be killed here.
    fn before(&self, operation: &'static str) -> io::Result<()>;

    /// The time that new and reused objects are stamped with; `None` leaves that to the file system.
    fn now(&self) -> Option<SystemTime> {
        None
    }
}

impl Hooks {
    #[cfg(feature = "conformance")]
    pub(crate) fn new(hook: Arc<dyn Hook>) -> Self {
        Self(Some(hook))
    }

    pub(super) fn before(&self, operation: &'static str) -> Result<(), Stopped> {
        match &self.0 {
            Some(hook) => hook.before(operation).map_err(Stopped::Killed),
            None => Ok(()),
        }
    }

    pub(super) fn now(&self) -> Option<SystemTime> {
        self.0.as_ref()?.now()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hooks(some)" } else { "Hooks(none)" })
    }
}

/// Why a file operation did not happen.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The file system refused.
    Failed(io::Error),
    /// A test killed the writer here.
    Killed(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Stopped::Failed(error)
    }
}

impl From<Stopped> for io::Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Failed(error) | Stopped::Killed(error) => error,
        }
    }
}
