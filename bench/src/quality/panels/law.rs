//! The distribution of the next return, given everything known at a close.

use super::truth::{THRESHOLD, Truth};

/// A mixture of two normal distributions with one standard deviation: the law of the next simple return.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Law {
    /// The probability of the first part.
    pub(crate) weight: f64,
    /// The means of the parts.
    pub(crate) means: [f64; 2],
    /// The standard deviation of each part; positive.
    pub(crate) sd: f64,
}

impl Law {
    /// A plain normal distribution.
    pub(crate) fn normal(mean: f64, sd: f64) -> Self {
        Self { weight: 1.0, means: [mean; 2], sd }
    }

    /// The density at `x`, but for the factor that both parts share, of part `part`.
    pub(crate) fn likelihood(&self, part: usize, x: f64) -> f64 {
        let z = (x - self.means[part]) / self.sd;
        libm::exp(-0.5 * z * z)
    }

    /// The mean, the standard deviation and the probabilities of the classes.
    pub(crate) fn truth(&self) -> Truth {
        let mixed = |value: &dyn Fn(f64) -> f64| {
            self.weight * value(self.means[0]) + (1.0 - self.weight) * value(self.means[1])
        };
        let mean = mixed(&|mean| mean);
        let up = mixed(&|mean| normal_cdf((mean - THRESHOLD) / self.sd));
        let down = mixed(&|mean| normal_cdf((-THRESHOLD - mean) / self.sd));
        let spread = mixed(&|part| (part - mean) * (part - mean));
        Truth { probabilities: [1.0 - up - down, up, down], mean, sd: (self.sd * self.sd + spread).sqrt() }
    }
}

/// The distribution function of the standard normal distribution.
fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_probabilities_of_the_normal_distribution() {
        // Two standard deviations above the upper threshold; values from a table of the distribution.
        let truth = Law::normal(THRESHOLD + 2.0 * 0.004, 0.004).truth();
        assert!((truth.probabilities[1] - 0.977_249_868_051_820_8).abs() < 1e-12, "{truth:?}");
        let even = Law { weight: 0.5, means: [0.003, -0.003], sd: 0.004 }.truth();
        assert!(even.mean.abs() < 1e-18 && (even.sd - 0.005).abs() < 1e-12, "{even:?}");
        assert!((even.probabilities[1] - even.probabilities[2]).abs() < 1e-15);
    }
}
