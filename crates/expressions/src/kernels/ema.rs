//! The exponentially weighted mean of all values up to a row.

pub(super) fn run(x: &[f64], n: usize, out: &mut [f64]) {
    let keep = 1.0 - 2.0 / (n as f64 + 1.0);
    let (mut weight, mut mean) = (0.0, f64::NAN);
    for (value, out) in x.iter().zip(out) {
        weight *= keep;
        if value.is_finite() {
            // The newest value has weight 1, the older ones together `weight`; without older ones the mean is the value.
            weight += 1.0;
            mean = if mean.is_nan() { *value } else { mean + (value - mean) / weight };
        }
        *out = mean;
    }
}
