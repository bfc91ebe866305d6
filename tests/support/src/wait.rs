//! Waits for other threads and processes.

use std::time::{Duration, Instant};

/// Far longer than anything a test waits for takes on a slow, busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// The time between two checks.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until the condition holds.
///
/// A test waits for a condition and never for a fixed time, which would be too short on one machine and wasted on
/// another.
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
