//! Operators on the values of a window: the oldest first, NaN where one is missing, the last one on the current row.
//!
//! `m` counts the values that are there. A window has at least one row.

use crate::expressions::statistics::{all_equal, mean, mean_distance, moment, quantile, rank, variance};

/// Their sum.
pub(crate) fn sum(window: &[f64]) -> f64 {
    let values = there(window);
    if values.is_empty() { f64::NAN } else { values.iter().sum() }
}

/// Their mean.
pub(crate) fn average(window: &[f64]) -> f64 {
    mean(&there(window))
}

/// Their sample variance.
pub(crate) fn var(window: &[f64]) -> f64 {
    variance(&there(window))
}

/// Their sample standard deviation.
pub(crate) fn std(window: &[f64]) -> f64 {
    var(window).sqrt()
}

/// `sqrt(m (m - 1)) / (m - 2) * m3 / m2^1.5`.
pub(crate) fn skew(window: &[f64]) -> f64 {
    let values = there(window);
    let m = values.len() as f64;
    if values.len() < 3 || all_equal(&values) {
        return f64::NAN;
    }
    let second = moment(&values, 2);
    (m * (m - 1.0)).sqrt() / (m - 2.0) * moment(&values, 3) / (second * second.sqrt())
}

/// `(m - 1) / ((m - 2) (m - 3)) * ((m + 1) m4 / m2^2 - 3 (m - 1))`.
pub(crate) fn kurt(window: &[f64]) -> f64 {
    let values = there(window);
    let m = values.len() as f64;
    if values.len() < 4 || all_equal(&values) {
        return f64::NAN;
    }
    let second = moment(&values, 2);
    let ratio = moment(&values, 4) / (second * second);
    (m - 1.0) / ((m - 2.0) * (m - 3.0)) * ((m + 1.0) * ratio - 3.0 * (m - 1.0))
}

/// The smallest.
pub(crate) fn min(window: &[f64]) -> f64 {
    there(window).into_iter().reduce(f64::min).unwrap_or(f64::NAN)
}

/// The largest.
pub(crate) fn max(window: &[f64]) -> f64 {
    there(window).into_iter().reduce(f64::max).unwrap_or(f64::NAN)
}

/// The place of the first smallest; the oldest row has place 1.
pub(crate) fn argmin(window: &[f64]) -> f64 {
    place_of(window, min(window))
}

/// The place of the first largest; the oldest row has place 1.
pub(crate) fn argmax(window: &[f64]) -> f64 {
    place_of(window, max(window))
}

/// The rank of the current value among them.
pub(crate) fn current_rank(window: &[f64]) -> f64 {
    let current = current(window);
    if current.is_nan() { f64::NAN } else { rank(&there(window), current) }
}

/// Their median.
pub(crate) fn median(window: &[f64]) -> f64 {
    quantile_at(window, 0.5)
}

/// Their quantile.
pub(crate) fn quantile_at(window: &[f64], q: f64) -> f64 {
    quantile(&there(window), q)
}

/// Their mean distance from their mean.
pub(crate) fn mad(window: &[f64]) -> f64 {
    mean_distance(&there(window))
}

/// `m`.
pub(crate) fn count(window: &[f64]) -> f64 {
    there(window).len() as f64
}

/// Qlib's `WMA`: `sum(w x) / m` with `w = place / (1 + 2 + .. + rows)`.
pub(crate) fn wma(window: &[f64]) -> f64 {
    let places: f64 = (1..=window.len()).map(|place| place as f64).sum();
    let weighted: f64 = with_places(window).map(|(place, value)| place / places * value).sum();
    if there(window).is_empty() { f64::NAN } else { weighted / count(window) }
}

/// `sum(place x) / sum(place)` over the values that are there.
pub(crate) fn lwma(window: &[f64]) -> f64 {
    let weighted: f64 = with_places(window).map(|(place, value)| place * value).sum();
    let places: f64 = with_places(window).map(|(place, _)| place).sum();
    if there(window).is_empty() { f64::NAN } else { weighted / places }
}

/// `sum(a^(t - i) x[i]) / sum(a^(t - i))` with `a = 1 - 2 / (n + 1)`; the window reaches back to row 0.
pub(crate) fn ema(history: &[f64], n: f64) -> f64 {
    // Measured from the last value that is there: the factor a^(missing rows) cancels, and for n = 1 it would be 0 / 0.
    let Some(last) = history.iter().rposition(|value| !value.is_nan()) else { return f64::NAN };
    let a = 1.0 - 2.0 / (n + 1.0);
    let (mut weighted, mut weights) = (0.0, 0.0);
    for value in &history[..=last] {
        weighted *= a;
        weights *= a;
        if !value.is_nan() {
            weighted += value;
            weights += 1.0;
        }
    }
    weighted / weights
}

/// The value on the current row; NaN if it is missing.
pub(crate) fn current(window: &[f64]) -> f64 {
    window.last().copied().unwrap_or(f64::NAN)
}

/// The values that are there, each with the place of its row in the window; the oldest row has place 1.
pub(crate) fn with_places(window: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let places = window.iter().enumerate().map(|(index, value)| ((index + 1) as f64, *value));
    places.filter(|(_, value)| !value.is_nan())
}

fn there(window: &[f64]) -> Vec<f64> {
    window.iter().copied().filter(|value| !value.is_nan()).collect()
}

fn place_of(window: &[f64], wanted: f64) -> f64 {
    with_places(window).find(|(_, value)| *value == wanted).map_or(f64::NAN, |(place, _)| place)
}
