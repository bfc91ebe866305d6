//! Quantiles and ranks of windows, from the window's values kept in order.

use super::Output;
use crate::operation::Operation;

pub(super) fn run(x: &[f64], window: usize, outputs: &mut [Output<'_>]) {
    let mut sorted = Vec::with_capacity(window.min(x.len()));
    for row in 0..x.len() {
        let leaves = row.checked_sub(window).map(|row| x[row]).filter(|value| value.is_finite());
        let enters = Some(x[row]).filter(|value| value.is_finite());
        exchange(&mut sorted, leaves, enters);
        for (operation, out) in outputs.iter_mut() {
            out[row] = match operation {
                Operation::Quantile(_, q) => quantile(&sorted, f64::from_bits(*q)),
                _ => enters.map_or(f64::NAN, |value| rank(&sorted, value)),
            };
        }
    }
}

/// Takes one value out and puts one in; only the values between the two move.
fn exchange(sorted: &mut Vec<f64>, leaves: Option<f64>, enters: Option<f64>) {
    let below = |sorted: &[f64], value: f64| sorted.partition_point(|other| *other < value);
    match (leaves, enters) {
        (None, None) => {}
        (None, Some(enters)) => sorted.insert(below(sorted, enters), enters),
        (Some(leaves), None) => {
            sorted.remove(below(sorted, leaves));
        }
        (Some(leaves), Some(enters)) => {
            let (from, to) = (below(sorted, leaves), below(sorted, enters));
            if to > from {
                sorted.copy_within(from + 1..to, from);
                sorted[to - 1] = enters;
            } else {
                sorted.copy_within(to..from, to + 1);
                sorted[to] = enters;
            }
        }
    }
}

/// Linear interpolation at `q (m - 1)`; NaN without values.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q * last as f64;
    let low = (position.floor() as usize).min(last);
    let (below, above) = (sorted[low], sorted[(low + 1).min(last)]);
    below + (above - below) * (position - low as f64)
}

/// The average rank of a value that is there, as a share of all.
pub(super) fn rank(sorted: &[f64], value: f64) -> f64 {
    let less = sorted.partition_point(|other| *other < value);
    let equal = sorted[less..].partition_point(|other| *other <= value);
    (less as f64 + (equal as f64 + 1.0) / 2.0) / sorted.len() as f64
}
