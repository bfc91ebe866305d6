//! Waiting for what another thread or process does.

use std::time::{Duration, Instant};

/// Far more than anything that is waited for takes on a slow, busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until the condition holds.
///
/// A test waits for what it needs and never for a time, which would be too short on one machine and wasted on another.
///
/// # Panics
///
/// When the condition does not hold after two minutes; the message says `what` was waited for.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < DEADLINE, "waited {DEADLINE:?} in vain until {what}");
        std::thread::sleep(PAUSE);
    }
}
