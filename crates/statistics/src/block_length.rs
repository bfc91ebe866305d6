//! The mean length of the bootstrap's blocks.

use crate::Undefined;
use crate::sums::{mean, product};

/// The mean block length of the stationary bootstrap for which the variance of the mean is estimated best: Politis and
/// White (2004) as corrected by Patton, Politis and White (2009).
///
/// The dependence of the values is cut off where their autocorrelations stay within `2 sqrt(log10(n) / n)`, for
/// `max(5, log10(n))` lags in a row; if they never do, at `sqrt(n)` plus that number of lags. The length is at most
/// `min(3 sqrt(n), n / 3)`, rounded up, and at least 1; it is 1 for values that are all equal.
///
/// Labels over `W` rows overlap, which makes returns dependent over `W - 1` rows even where the estimate does not show it:
/// the larger of both lengths is the safe one.
///
/// # Errors
///
/// [`Undefined`] for fewer than 9 values, or one that is not finite.
pub fn block_length(values: &[f64]) -> Result<f64, Undefined> {
    /// Fewer values than this have fewer lags than are looked at.
    const LEAST: usize = 9;
    let count = values.len();
    Undefined::unless_finite(values)?;
    if count < LEAST {
        return Err(Undefined::FewReturns { found: count, least: LEAST });
    }
    if values.iter().all(|value| *value == values[0]) {
        return Ok(1.0);
    }
    let n = count as f64;
    let mean = mean(values);
    let distances: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let in_a_row = 5.max(libm::log10(n) as usize);
    let most = (n.sqrt().ceil() as usize + in_a_row).min(count - 1);
    let autocovariance: Vec<f64> =
        (0..=most).map(|lag| product(&distances[lag..], &distances[..count - lag]) / n).collect();
    let lags = cut_off(&distances, &autocovariance, in_a_row).map_or(most, |lag| (2 * lag.max(1)).min(most));
    let (mut slope, mut spectrum) = (0.0, autocovariance[0]);
    for (lag, covariance) in autocovariance.iter().enumerate().take(lags + 1).skip(1) {
        // The flat-top kernel of Politis and Romano (1995).
        let weight = (2.0 * (1.0 - lag as f64 / lags as f64)).min(1.0);
        slope += 2.0 * weight * lag as f64 * covariance;
        spectrum += 2.0 * weight * covariance;
    }
    let longest = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    let length = libm::cbrt(slope * slope / (spectrum * spectrum) * n);
    // A spectrum of 0 means dependence without end.
    Ok(if length.is_nan() { longest } else { length.clamp(1.0, longest) })
}

/// The lag from which on the autocorrelations of so many lags in a row are as small as chance makes them.
fn cut_off(distances: &[f64], autocovariance: &[f64], in_a_row: usize) -> Option<usize> {
    let count = distances.len();
    let n = count as f64;
    let small = 2.0 * (libm::log10(n) / n).sqrt();
    let is_small = |lag: usize| {
        // Each side's own sum of squares, one row shorter than the lag would allow: as in the package arch.
        let (late, early) = (&distances[(lag + 1).min(count)..], &distances[..count.saturating_sub(lag + 1)]);
        let scale = (product(late, late) * product(early, early)).sqrt();
        (n * autocovariance[lag] / scale).abs() < small
    };
    (in_a_row..autocovariance.len())
        .map(|end| end - in_a_row)
        .find(|&start| (start..start + in_a_row).all(is_small))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::noise;

    #[test]
    fn dependence_asks_for_longer_blocks() {
        let noise = noise(600, 1);
        let smooth: Vec<f64> = noise.windows(20).map(|window| window.iter().sum()).collect();
        let (free, tied) = (block_length(&noise).unwrap(), block_length(&smooth).unwrap());
        assert!(free < 5.0 && tied > 15.0, "{free} {tied}");
    }

    #[test]
    fn the_length_is_bounded_and_defined_for_all_finite_values() {
        assert_eq!(block_length(&[0.5; 30]), Ok(1.0));
        let trend: Vec<f64> = (0..60).map(f64::from).collect();
        let found = block_length(&trend).unwrap();
        assert!((1.0..=20.0).contains(&found), "{found}");
        assert_eq!(block_length(&[1.0; 8]), Err(Undefined::FewReturns { found: 8, least: 9 }));
        assert!(matches!(block_length(&[f64::NAN; 9]), Err(Undefined::NotFinite { .. })));
        let nine = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.5];
        assert!((1.0..=3.0).contains(&block_length(&nine).unwrap()));
    }
}
