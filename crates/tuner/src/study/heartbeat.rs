//! Heartbeats: they tell other processes that a trial is still being worked on.

use super::work::Shared;

/// Heartbeats per grace period: several, so that a late or failed one does not cost the process its trials.
const BEATS: u32 = 5;

impl Shared<'_> {
    /// Sends heartbeats for the running trials until the workers end.
    ///
    /// Failures are ignored: at worst another process takes a trial over, and it reaches the same result.
    pub(super) fn beat(&self) {
        let interval = self.runner.grace / BEATS;
        let mut last = (self.runner.clock)();
        let mut state = self.state();
        while !state.ended {
            state = self.wait(state, interval);
            let now = (self.runner.clock)();
            // Workers wake this thread too. If the clock was set back, the difference is negative: then send one now.
            if (now - last).to_std().is_ok_and(|passed| passed < interval) {
                continue;
            }
            last = now;
            let rows: Vec<i64> = state.running.values().copied().collect();
            if !rows.is_empty() && !state.ended {
                let _ = state.database.beat(&rows);
            }
        }
    }
}
