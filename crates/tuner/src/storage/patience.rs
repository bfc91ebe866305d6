//! Waiting for processes that hold a lock, and for servers that are away: not silently, not for ever, and not against the
//! user's will.

use super::{Location, StorageError};
use crate::storage::database::Failure;
use std::fmt;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// How long to wait by default: a PostgreSQL session of ours that does nothing in a transaction ends before.
const MOST: Duration = Duration::from_secs(60);
/// How long a wait may continue once the study is to stop: healthy processes hold locks for milliseconds, and with the lock a
/// stopping process can still give its trials up.
const STOPPING: Duration = Duration::from_secs(2);
/// When a wait is first reported, and how often then.
const SILENT: Duration = Duration::from_secs(2);
const REPORTS: Duration = Duration::from_secs(15);
/// The longest pause between two attempts, and how often the stop is polled meanwhile.
const LONGEST: Duration = Duration::from_secs(4);
const POLL: Duration = Duration::from_millis(50);

/// How long to wait for a database that is locked or away, and what ends the wait early.
#[derive(Clone)]
pub struct Patience {
    most: Duration,
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Patience {
    /// Waits for a minute, or until `stop` returns true.
    pub fn until(stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { most: MOST, stop: Arc::new(stop) }
    }

    /// The same, but waits no longer than this.
    #[must_use]
    pub fn at_most(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }
}

/// Waits for a minute, whatever happens.
impl Default for Patience {
    fn default() -> Self {
        Self::until(|| false)
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("most", &self.most).finish_non_exhaustive()
    }
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause<'a> {
    /// A lock, and who holds it if that is known.
    Lock(Option<&'a str>),
    /// The server.
    Server,
}

/// One wait, of several attempts.
pub(super) struct Wait<'a> {
    location: &'a Location,
    patience: &'a Patience,
    waited: Duration,
    reported: Option<Duration>,
    pause: Duration,
}

impl<'a> Wait<'a> {
    pub(super) fn new(location: &'a Location, patience: &'a Patience) -> Self {
        Self { location, patience, waited: Duration::ZERO, reported: None, pause: POLL }
    }

    /// Pauses after an attempt that failed with `source` and itself waited for `took`.
    ///
    /// # Errors
    ///
    /// [`StorageError::Stopped`] when the study is to stop; otherwise `source`, after the longest wait.
    pub(super) fn pause(
        &mut self,
        took: Duration,
        cause: Cause<'_>,
        source: Failure,
    ) -> Result<(), StorageError> {
        self.waited += took;
        let pause = if cause == Cause::Server { self.pause } else { POLL };
        self.pause = (self.pause * 2).min(LONGEST);
        let end = self.waited + pause;
        while self.waited < end {
            if self.waited >= STOPPING && (self.patience.stop)() {
                return Err(StorageError::Stopped {
                    location: self.location.clone(),
                    what: self.what(cause),
                    source,
                });
            }
            if self.waited >= self.patience.most {
                return Err(StorageError::of(self.location, source));
            }
            sleep(POLL);
            self.waited += POLL;
        }
        self.report(cause);
        Ok(())
    }

    fn report(&mut self, cause: Cause<'_>) {
        let due = self.reported.map_or(SILENT, |last| last + REPORTS);
        if self.waited >= due && self.waited < self.patience.most {
            self.reported = Some(self.waited);
            let left = (self.patience.most - self.waited).as_secs();
            tracing::warn!("{}; this process waits for it, for {left} s more at most", self.what(cause));
        }
    }

    fn what(&self, cause: Cause<'_>) -> String {
        let location = self.location;
        match cause {
            Cause::Lock(holder) => {
                let holder = holder.unwrap_or("another process, which may be suspended");
                format!("the study database {location} is locked by {holder}")
            }
            Cause::Server => format!("the server of the study database {location} does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn failed() -> Failure {
        "locked".into()
    }

    #[test]
    fn a_wait_ends_by_itself_and_at_a_stop() {
        let location = Location::Sqlite("a.db".into());
        let short = Patience::default().at_most(2 * POLL);
        let mut wait = Wait::new(&location, &short);
        assert!(wait.pause(Duration::ZERO, Cause::Server, failed()).is_ok());
        let ended = wait.pause(Duration::ZERO, Cause::Server, failed()).unwrap_err();
        assert!(matches!(ended, StorageError::Database { .. }), "{ended:?}");

        let polls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&polls);
        let stopping = Patience::until(move || counted.fetch_add(1, Ordering::Relaxed) == 1);
        let mut wait = Wait::new(&location, &stopping);
        let cause = Cause::Lock(Some("process 7"));
        assert!(wait.pause(Duration::ZERO, cause, failed()).is_ok(), "not before others had their time");
        assert_eq!(polls.load(Ordering::Relaxed), 0);
        assert!(wait.pause(STOPPING, cause, failed()).is_ok());
        let ended = wait.pause(Duration::ZERO, cause, failed()).unwrap_err();
        assert!(matches!(ended, StorageError::Stopped { .. }), "{ended:?}");
        assert!(ended.to_string().contains("a.db is locked by process 7"), "{ended}");
    }
}
