//! Heartbeats: what tells other processes that a trial is worked on.

use super::work::Shared;

/// How often a sign is given within the grace period.
const BEATS: u32 = 5;

impl Shared<'_> {
    /// Gives signs of life for the running trials until the workers end.
    ///
    /// A failure here is not the end: whoever takes a trial over comes to the same result.
    pub(super) fn beat(&self) {
        let interval = self.runner.grace / BEATS;
        let mut last = (self.runner.clock)();
        let mut state = self.state();
        while !state.ended {
            state = self.wait(state, interval);
            let now = (self.runner.clock)();
            // Others wake this thread too; and a clock that is set back must not silence it.
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
