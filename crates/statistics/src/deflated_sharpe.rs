//! The deflated Sharpe ratio.

use crate::normal::upper_quantile;
use crate::sums::mean;
use crate::{Moments, Undefined, probabilistic_sharpe_ratio};
use std::f64::consts::E;

/// Euler's constant, which appears in the mean of the extreme value distribution.
const EULER_MASCHERONI: f64 = 0.577_215_664_901_532_9;

/// A deflated Sharpe ratio and the figures it was computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeflatedSharpe {
    /// The probability that the true Sharpe ratio is above `benchmark`, 0 to 1.
    pub probability: f64,
    /// The Sharpe ratio to expect from the best of that many trials without skill, per return.
    pub benchmark: f64,
    /// The number of trials.
    pub trials: u64,
    /// The variance of the Sharpe ratio across the trials, per return; 0 for a single trial.
    pub variance: f64,
    /// The moments of the returns.
    pub moments: Moments,
}

/// The deflated Sharpe ratio of `returns`, those of the best of `trials` trials.
///
/// Without skill, the best of `N` trials whose Sharpe ratios have the variance `V` is expected at
/// `SR* = sqrt(V) ((1 - g) Phi^-1(1 - 1/N) + g Phi^-1(1 - 1/(N e)))`, where `g` is Euler's constant (equation 6 of
/// Bailey and Lopez de Prado 2014). The result is the [`probabilistic_sharpe_ratio`] at this benchmark.
///
/// `variance` is that of the trials' Sharpe ratios, per return and not annualised. It is ignored for a single trial,
/// whose benchmark is 0.
///
/// # Errors
///
/// [`Undefined`] as for [`Moments::of`]; for no trials; for several trials without a variance; or if the moments are so
/// extreme that the estimator's variance would not be positive.
pub fn deflated_sharpe_ratio(
    returns: &[f64],
    trials: u64,
    variance: Option<f64>,
) -> Result<DeflatedSharpe, Undefined> {
    let moments = Moments::of(returns)?;
    let variance = match (trials, variance) {
        (0, _) => return Err(Undefined::NoTrial),
        (1, _) => 0.0,
        (_, Some(variance)) if variance.is_finite() && variance >= 0.0 => variance,
        _ => return Err(Undefined::NoSpread),
    };
    let benchmark = variance.sqrt() * expected_maximum(trials);
    let probability = probabilistic_sharpe_ratio(&moments, benchmark)?;
    Ok(DeflatedSharpe { probability, benchmark, trials, variance, moments })
}

/// The expected maximum of `trials` independent standard normal values, by an approximation for large numbers of them.
fn expected_maximum(trials: u64) -> f64 {
    // The mean of a single value. The approximation would take the quantile of probability 0, which is infinite.
    if trials == 1 {
        return 0.0;
    }
    // Tail probabilities instead of `1 - 1/N`, which would lose digits for many trials.
    let n = trials as f64;
    (1.0 - EULER_MASCHERONI) * upper_quantile(1.0 / n) + EULER_MASCHERONI * upper_quantile(1.0 / (n * E))
}

/// The sample variance (divisor n - 1); `None` for fewer than two values.
pub fn sample_variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then(|| squares / (n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURNS: [f64; 8] = [0.01, -0.02, 0.03, 0.0, 0.02, -0.01, 0.015, 0.005];

    #[test]
    fn more_trials_deflate_the_same_sharpe_ratio_further() {
        let probability = |trials| deflated_sharpe_ratio(&RETURNS, trials, Some(0.04)).unwrap().probability;
        let falling: Vec<f64> = [1, 2, 5, 20, 100, 10_000].map(probability).into();
        assert!(falling.windows(2).all(|pair| pair[0] > pair[1]), "{falling:?}");
        assert_eq!(deflated_sharpe_ratio(&RETURNS, 1, None).unwrap().benchmark, 0.0);
    }

    #[test]
    fn the_benchmark_matches_the_example_of_the_paper() {
        // Section "A numerical example": 100 trials with variance 1/2, annualised, over 1,250 days of a 250-day year
        // give an expected maximum of 0.1132 per day.
        let benchmark = (0.5_f64 / 250.0).sqrt() * expected_maximum(100);
        assert!((benchmark - 0.1132).abs() < 5e-5, "{benchmark}");
    }

    #[test]
    fn undefined_ratios_are_errors() {
        let of =
            |returns: &[f64], trials, variance| deflated_sharpe_ratio(returns, trials, variance).unwrap_err();
        assert_eq!(of(&RETURNS, 0, None), Undefined::NoTrial);
        assert_eq!(of(&RETURNS, 2, None), Undefined::NoSpread);
        assert_eq!(of(&RETURNS, 2, Some(f64::NAN)), Undefined::NoSpread);
        assert_eq!(of(&[0.0; 8], 2, Some(0.1)), Undefined::NoVariance { returns: 8 });
        assert!(of(&[0.0; 8], 1, None).to_string().contains("all 8 returns are equal"));
        assert_eq!(sample_variance(&[1.0]), None);
        assert_eq!(sample_variance(&[1.0, 3.0]), Some(2.0));
    }
}
