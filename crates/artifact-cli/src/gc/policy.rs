//! What is asked of a clean-up.

use std::time::Duration;

/// What is to be kept, besides everything that tags, the test ledger and kept runs reach.
///
/// Without `keep_last`, `keep_best` and `max_bytes` every run is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Keep the runs that were written last, this many.
    pub keep_last: Option<usize>,
    /// Keep the best runs by each objective, this many; a run without a result cannot be judged and stays.
    pub keep_best: Option<usize>,
    /// Leave alone what was written in this time.
    pub older_than: Duration,
    /// Remove the oldest runs until the objects that stay take no more than this.
    pub max_bytes: Option<u64>,
    /// How long a new object may be without anything that refers to it, and how long it is then set aside. Default
    /// one day. With none, what is set aside is deleted at once: only where nothing else works in the workspace.
    pub grace: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            keep_last: None,
            keep_best: None,
            older_than: Duration::ZERO,
            max_bytes: None,
            grace: Duration::from_secs(24 * 60 * 60),
        }
    }
}
