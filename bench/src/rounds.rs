//! Repeated timings.

use std::time::{Duration, Instant};

/// The calls per second of `body` in each of `rounds` rounds of at least `seconds`, after one call to warm up.
pub(crate) fn rates(rounds: usize, seconds: f64, mut body: impl FnMut()) -> Vec<f64> {
    body();
    let round = || {
        let (start, mut calls) = (Instant::now(), 0u32);
        while start.elapsed() < Duration::from_secs_f64(seconds) {
            body();
            calls += 1;
        }
        f64::from(calls) / start.elapsed().as_secs_f64()
    };
    std::iter::repeat_with(round).take(rounds).collect()
}

/// The median; for an even number of values, the lower of the middle two; NaN for none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
