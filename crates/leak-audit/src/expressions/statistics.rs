//! Statistics of a list of numbers, none of them missing.

/// A value as windows and cross-sections collect it: infinite values are missing too.
pub(crate) fn collected(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// Whether all values are equal.
pub(crate) fn all_equal(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

/// The mean; NaN of no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return f64::NAN;
    }
    // Rounding could carry it past the values, and equal values would then seem to spread.
    (sum / values.len() as f64).max(smallest).min(largest)
}

/// The mean of the `k`-th powers of the distances from the mean.
pub(crate) fn moment(values: &[f64], k: i32) -> f64 {
    let mean = mean(values);
    let power = |value: &f64| (0..k).fold(1.0, |power, _| power * (value - mean));
    values.iter().map(power).sum::<f64>() / values.len() as f64
}

/// The mean distance from the mean; NaN of no values.
pub(crate) fn mean_distance(values: &[f64]) -> f64 {
    let center = mean(values);
    mean(&values.iter().map(|value| (value - center).abs()).collect::<Vec<_>>())
}

/// The sample variance, with the divisor `m - 1`; NaN of fewer than two values.
pub(crate) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    squares / (values.len() - 1) as f64
}

/// The quantile at `q`, with linear interpolation at position `q (m - 1)` of the sorted values; NaN of no values.
pub(crate) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// The rank of a value among all: `(less + (equal + 1) / 2) / m`.
pub(crate) fn rank(values: &[f64], own: f64) -> f64 {
    let less = values.iter().filter(|value| **value < own).count() as f64;
    let equal = values.iter().filter(|value| **value == own).count() as f64;
    (less + (equal + 1.0) / 2.0) / values.len() as f64
}
