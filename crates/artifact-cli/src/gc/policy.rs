//! What a clean-up should keep.

use std::time::Duration;

/// What to keep besides everything that tags, the test ledger and kept runs reach.
///
/// Without `keep_last`, `keep_best` and `max_bytes`, every run is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Keep this many of the most recently written runs.
    pub keep_last: Option<usize>,
    /// Keep this many of the best runs by each objective; a run without a result cannot be judged and stays.
    pub keep_best: Option<usize>,
    /// Keep everything written within this time.
    pub older_than: Duration,
    /// Remove the oldest runs until the remaining objects take no more than this many bytes.
    pub max_bytes: Option<u64>,
    /// How long a new object may stay unreferenced, and then set aside; one day by default. Zero deletes at once, which
    /// is safe only while nothing else uses the workspace.
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
