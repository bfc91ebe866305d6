//! Mean, deviation, skewness and kurtosis.

use crate::Undefined;
use crate::sums::mean;

/// The moments of a series of returns that a Sharpe ratio's uncertainty depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// The number of returns.
    pub count: usize,
    /// The mean over the standard deviation (divisor n), per return and not annualised.
    pub sharpe: f64,
    /// The skewness, adjusted for the sample's size (G1 of Joanes and Gill 1998).
    pub skewness: f64,
    /// The kurtosis, adjusted likewise (G2), plus 3: 3 for a normal distribution.
    pub kurtosis: f64,
}

impl Moments {
    /// The smallest number of returns for which all moments are defined.
    pub const LEAST: usize = 4;

    /// Computes the moments of `returns`.
    ///
    /// # Errors
    ///
    /// [`Undefined`] for fewer than four returns, for equal returns, or if one is not finite.
    pub fn of(returns: &[f64]) -> Result<Self, Undefined> {
        let (count, least) = (returns.len(), Self::LEAST);
        if let Some(&found) = returns.iter().find(|value| !value.is_finite()) {
            return Err(Undefined::NotFinite { found });
        }
        if count < least {
            return Err(Undefined::FewReturns { found: count, least });
        }
        // Tested exactly: in floating point the mean of equal returns can differ from them, and their deviation would
        // be rounding noise instead of 0.
        if returns.iter().all(|value| *value == returns[0]) {
            return Err(Undefined::NoVariance { returns: count });
        }
        let n = count as f64;
        let mean = mean(returns);
        let central = |power: i32| returns.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
        let variance = central(2);
        // Distinct but tiny returns can still underflow to a variance of 0.
        if variance == 0.0 {
            return Err(Undefined::NoVariance { returns: count });
        }
        let (g1, g2) = (central(3) / variance.powf(1.5), central(4) / (variance * variance) - 3.0);
        Ok(Self {
            count,
            // Divisor n, as in the trial log: the variance of those ratios sets the benchmark for this one.
            sharpe: mean / variance.sqrt(),
            skewness: g1 * (n * (n - 1.0)).sqrt() / (n - 2.0),
            kurtosis: 3.0 + (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g2 + 6.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_match_hand_computed_values() {
        // Mean 2, second to fourth central moments 3.5, 4.5, 24.5.
        let found = Moments::of(&[0.0, 1.0, 2.0, 5.0]).unwrap();
        let variance = 3.5_f64;
        assert!((found.sharpe - 2.0 / variance.sqrt()).abs() < 1e-15);
        assert!((found.skewness - 4.5 / variance.powf(1.5) * 12.0_f64.sqrt() / 2.0).abs() < 1e-14);
        let excess = 3.0 / 2.0 * (5.0 * (24.5 / variance.powi(2) - 3.0) + 6.0);
        assert!((found.kurtosis - 3.0 - excess).abs() < 1e-13, "{}", found.kurtosis);
    }

    #[test]
    fn undefined_moments_are_errors() {
        assert_eq!(Moments::of(&[0.1; 9]), Err(Undefined::NoVariance { returns: 9 }));
        assert_eq!(Moments::of(&[0.1, 0.2, 0.3]), Err(Undefined::FewReturns { found: 3, least: 4 }));
        assert!(matches!(Moments::of(&[0.1, f64::NAN]), Err(Undefined::NotFinite { .. })));
        assert_eq!(Moments::of(&[1e-300, 2e-300, 0.0, 0.0]), Err(Undefined::NoVariance { returns: 4 }));
    }
}
