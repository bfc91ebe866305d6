//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The probability below `z`.
pub(crate) fn below(z: f64) -> f64 {
    // `erfc` keeps its relative precision in the lower tail, where `1 + erf` would cancel.
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The value that is exceeded with probability `tail`, which must lie strictly between 0 and 1.
///
/// Starts from formula 26.2.23 of Abramowitz and Stegun, *Handbook of Mathematical Functions* (1964), whose error is
/// below 4.5e-4, and refines it with Halley steps, each of which roughly triples the number of correct digits.
pub(crate) fn upper_quantile(tail: f64) -> f64 {
    // The formula holds for tails up to one half; the rest follows by symmetry.
    if tail > 0.5 {
        return -upper_quantile(1.0 - tail);
    }
    // `libm` instead of the standard library, whose last bits differ between platforms.
    let t = (-2.0 * libm::log(tail)).sqrt();
    let above = 2.515517 + t * (0.802853 + t * 0.010328);
    let below_line = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    let mut z = t - above / below_line;
    for _ in 0..3 {
        let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
        // The upper tail by symmetry: `1 - below(z)` would lose the digits of a small one.
        let step = (below(-z) - tail) / density;
        z += step / (1.0 - 0.5 * z * step);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1.0), "{found}, expected {expected}");
    }

    #[test]
    fn values_match_published_tables() {
        // Abramowitz and Stegun, tables 26.1 and 26.5, to more digits.
        close(below(0.0), 0.5);
        close(below(1.0), 0.841_344_746_068_542_9);
        close(below(-3.0), 1.349_898_031_630_094_6e-3);
        close(upper_quantile(0.5), 0.0);
        close(upper_quantile(0.025), 1.959_963_984_540_054);
        close(upper_quantile(0.001), 3.090_232_306_167_813_5);
        close(upper_quantile(0.975), -1.959_963_984_540_054);
    }

    #[test]
    fn quantiles_invert_probabilities() {
        for tail in [1e-12, 1e-6, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.99] {
            let back = below(-upper_quantile(tail));
            assert!((back / tail - 1.0).abs() < 1e-12, "{tail}: {back}");
        }
    }
}
