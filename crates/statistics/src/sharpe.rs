//! How sure a Sharpe ratio is.

use crate::normal::{below, upper_quantile};
use crate::{Moments, Undefined};

/// The probability that the true Sharpe ratio is above `benchmark`, from 0 to 1: equation 7 of Bailey and Lopez de Prado
/// (2012), `Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2))`.
///
/// `benchmark` is per return and not annualised, like that of the moments. Returns are taken as independent: of overlapping
/// ones there are fewer than `n`, and the probability is too far from one half.
///
/// # Errors
///
/// [`Undefined`] if the benchmark is not finite, or the moments are so extreme that the estimator's variance would not be
/// positive.
pub fn probabilistic_sharpe_ratio(moments: &Moments, benchmark: f64) -> Result<f64, Undefined> {
    Undefined::unless_finite(&[benchmark])?;
    let z = (moments.sharpe - benchmark) * (moments.count as f64 - 1.0).sqrt() / deviation(moments)?;
    Ok(below(z))
}

/// The least number of returns with these moments for which [`probabilistic_sharpe_ratio`] is at least `confidence`:
/// equation 11 of Bailey and Lopez de Prado (2012). `None` if no number is enough, since the Sharpe ratio is not above the
/// benchmark.
///
/// It is at least 2, the number that a Sharpe ratio takes, which serves for any confidence up to one half.
///
/// # Errors
///
/// [`Undefined`] as for [`probabilistic_sharpe_ratio`], or for a confidence outside 0 to 1.
pub fn minimum_track_record(
    moments: &Moments,
    benchmark: f64,
    confidence: f64,
) -> Result<Option<f64>, Undefined> {
    Undefined::unless_finite(&[benchmark])?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Undefined::Probability { found: confidence });
    }
    let (deviation, distance) = (deviation(moments)?, moments.sharpe - benchmark);
    if distance <= 0.0 {
        return Ok(None);
    }
    let z = upper_quantile(1.0 - confidence).max(0.0);
    Ok(Some(((z * deviation / distance).powi(2).ceil() + 1.0).max(2.0)))
}

/// The standard deviation of the estimated Sharpe ratio, times the root of the number of returns less 1.
fn deviation(moments: &Moments) -> Result<f64, Undefined> {
    let &Moments { sharpe, skewness, kurtosis, .. } = moments;
    // Never negative for the moments of a distribution, since skewness^2 <= kurtosis - 1; the adjusted estimates need
    // not satisfy that.
    let variance = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
    if !(variance.is_finite() && variance > 0.0) {
        return Err(Undefined::Extreme { skewness, kurtosis });
    }
    Ok(variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Moments = Moments { count: 101, sharpe: 0.1, skewness: 0.0, kurtosis: 3.0 };

    #[test]
    fn a_track_record_is_as_long_as_it_takes() {
        for confidence in [0.6, 0.9, 0.95, 0.999] {
            let least = minimum_track_record(&NORMAL, 0.02, confidence).unwrap().unwrap();
            let with = |count: f64| {
                probabilistic_sharpe_ratio(&Moments { count: count as usize, ..NORMAL }, 0.02).unwrap()
            };
            assert!(with(least) >= confidence && with(least - 1.0) < confidence, "{confidence}: {least}");
        }
        assert_eq!(minimum_track_record(&NORMAL, 0.02, 0.5), Ok(Some(2.0)));
        assert_eq!(minimum_track_record(&NORMAL, 0.1, 0.95), Ok(None));
    }

    #[test]
    fn a_normal_distribution_needs_the_textbook_number_of_returns() {
        // For small ratios the standard deviation of the estimate is about 1 / sqrt(n).
        let tiny = Moments { count: 401, sharpe: 0.05, ..NORMAL };
        let found = probabilistic_sharpe_ratio(&tiny, 0.0).unwrap();
        assert!((found - 0.8413).abs() < 2e-3, "{found}");
    }

    #[test]
    fn undefined_probabilities_are_errors() {
        let extreme = Moments { skewness: 30.0, ..NORMAL };
        assert!(matches!(probabilistic_sharpe_ratio(&extreme, 0.0), Err(Undefined::Extreme { .. })));
        assert!(matches!(minimum_track_record(&extreme, 0.0, 0.95), Err(Undefined::Extreme { .. })));
        assert!(matches!(probabilistic_sharpe_ratio(&NORMAL, f64::NAN), Err(Undefined::NotFinite { .. })));
        assert_eq!(minimum_track_record(&NORMAL, 0.0, 1.0), Err(Undefined::Probability { found: 1.0 }));
    }
}
