//! A figure with its standard error.

use crate::Undefined;
use crate::sums::mean;

/// A figure and how far chance moves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard error, in the figure's unit; 0 if the rows do not vary.
    pub error: f64,
}

impl Estimate {
    /// A figure whose dependence on each row is known.
    ///
    /// `influence` has one value per row: how much the figure moves, times the number of rows, when that row gets a little
    /// more weight (the influence function of Hampel 1974). The standard error is that of the mean of these values over
    /// dependent rows, as the stationary bootstrap with this mean block has it.
    ///
    /// # Errors
    ///
    /// [`Undefined`] for no rows, values that are not finite or so large that their variance is not, or a mean block that is
    /// not a number from 1 on.
    pub fn of(value: f64, influence: &[f64], mean_block: f64) -> Result<Self, Undefined> {
        if influence.is_empty() {
            return Err(Undefined::FewReturns { found: 0, least: 1 });
        }
        Undefined::unless_block_length(mean_block)?;
        Undefined::unless_finite(&[value])?;
        Undefined::unless_finite(influence)?;
        let error = (long_run_variance(influence, mean_block) / influence.len() as f64).sqrt();
        Undefined::unless_finite(&[error])?;
        Ok(Self { value, error })
    }

    /// The mean of the values of the rows, whose influence are the values themselves.
    ///
    /// # Errors
    ///
    /// As for [`Self::of`].
    pub fn of_mean(values: &[f64], mean_block: f64) -> Result<Self, Undefined> {
        Self::of(mean(values), values, mean_block)
    }

    /// The Sharpe ratio of returns: their mean over their standard deviation (divisor n), per return and not annualised.
    ///
    /// With `z` for a return less the mean, over the standard deviation, its influence is `z - SR (z^2 - 1) / 2`. For
    /// independent normal returns the standard error is `sqrt((1 + SR^2 / 2) / n)` (Lo, *The Statistics of Sharpe Ratios*,
    /// Financial Analysts Journal 58, 2002).
    ///
    /// # Errors
    ///
    /// As for [`Self::of`], or [`Undefined::NoVariance`] if all returns are equal.
    pub fn of_sharpe(returns: &[f64], mean_block: f64) -> Result<Self, Undefined> {
        if returns.is_empty() {
            return Err(Undefined::FewReturns { found: 0, least: 1 });
        }
        Undefined::unless_finite(returns)?;
        let mean = mean(returns);
        let squares: f64 = returns.iter().map(|own| (own - mean) * (own - mean)).sum();
        let deviation = (squares / returns.len() as f64).sqrt();
        // Beyond all bounds, it would make every return look alike.
        Undefined::unless_finite(&[mean, deviation])?;
        // Tested exactly too: in floating point the mean of equal returns can differ from them.
        if returns.iter().all(|own| *own == returns[0]) || deviation == 0.0 {
            return Err(Undefined::NoVariance { returns: returns.len() });
        }
        let sharpe = mean / deviation;
        let influence = |own: &f64| {
            let z = (own - mean) / deviation;
            z - sharpe * (z * z - 1.0) / 2.0
        };
        Self::of(sharpe, &returns.iter().map(influence).collect::<Vec<_>>(), mean_block)
    }
}

/// The variance, on resamples, of the root of n times the mean: equation 7 of Politis and Romano (1994), `R(0) + 2 sum of
/// ((1 - i/n) q^i + i/n q^(n - i)) R(i)`, with the autocovariances `R` and `q = 1 - 1 / mean_block`.
pub(crate) fn long_run_variance(values: &[f64], mean_block: f64) -> f64 {
    // The mean of equal values can differ from them by rounding.
    if values.iter().all(|own| *own == values[0]) {
        return 0.0;
    }
    let n = values.len();
    let mean = mean(values);
    let distances: Vec<f64> = values.iter().map(|own| own - mean).collect();
    // Both parts of the kernel fold into one where the rows are a circle: `R(i) + R(n - i)` is the autocovariance there. Its
    // sums over lags follow from one row to the next, so that all of them take one pass.
    let stays = 1.0 - 1.0 / mean_block;
    let (mut weighted, mut by_lag, mut chance) = (0.0, 0.0, 1.0);
    for lag in 1..n {
        chance *= stays;
        // Blocks that long do not occur.
        if chance < 1e-18 {
            break;
        }
        let before = chance * distances[n - lag];
        weighted += before;
        by_lag += lag as f64 * before;
    }
    let longest = libm::pow(stays, (n - 1) as f64);
    let (mut variance, mut covariances) = (0.0, 0.0);
    for (row, own) in distances.iter().enumerate() {
        variance += own * own;
        covariances += own * (weighted - by_lag / n as f64);
        let next = longest * distances[(row + 1) % n];
        by_lag = stays * (own + weighted + by_lag - n as f64 * next);
        weighted = stays * (own + weighted - next);
    }
    let variance = (variance + 2.0 * covariances) / n as f64;
    // Never negative but for rounding: it is the variance of resampled means.
    variance.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::noise;
    use crate::{Interval, Resamples};

    #[test]
    fn the_error_is_the_spread_over_resamples() {
        let values: Vec<f64> = noise(120, 11).windows(6).map(|window| window.iter().sum()).collect();
        let resamples = Resamples::stationary(values.len(), 4.0, 20_000, [5; 32]).unwrap();
        let spread = |figure: &dyn Fn(&[f64]) -> Estimate| {
            let of = |rows: &[usize]| figure(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>()).value;
            let found: Vec<f64> = resamples.iter().map(of).collect();
            let centre = mean(&found);
            let squares: f64 = found.iter().map(|own| (own - centre) * (own - centre)).sum();
            (squares / found.len() as f64).sqrt()
        };
        let of_mean = |values: &[f64]| Estimate::of_mean(values, 4.0).unwrap();
        let ratio = of_mean(&values).error / spread(&of_mean);
        // The standard error of a deviation from 20,000 draws is half a percent.
        assert!((ratio - 1.0).abs() < 0.025, "{ratio}");
        // That of a Sharpe ratio is a linear approximation.
        let of_sharpe = |values: &[f64]| Estimate::of_sharpe(values, 4.0).unwrap();
        let ratio = of_sharpe(&values).error / spread(&of_sharpe);
        assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    }

    #[test]
    fn one_pass_gives_the_sum_over_all_lags() {
        for (rows, block) in [(1, 3.0), (2, 1.5), (7, 40.0), (90, 1.0), (90, 6.0), (400, 25.0)] {
            let values = noise(rows, 7);
            let centre = mean(&values);
            let distances: Vec<f64> = values.iter().map(|own| own - centre).collect();
            let at = |lag: usize| {
                let pairs = (0..rows).map(|row| distances[row] * distances[(row + rows - lag) % rows]);
                pairs.sum::<f64>() / rows as f64
            };
            let stays: f64 = 1.0 - 1.0 / block;
            let weight = |lag: usize| 2.0 * (1.0 - lag as f64 / rows as f64) * stays.powi(lag as i32);
            let expected = at(0) + (1..rows).map(|lag| weight(lag) * at(lag)).sum::<f64>();
            let found = long_run_variance(&values, block);
            assert!((found - expected.max(0.0)).abs() < 1e-12, "{rows} {block}: {found} {expected}");
        }
    }

    #[test]
    fn independent_rows_have_the_textbook_error() {
        let values = noise(400, 3);
        let found = Estimate::of_mean(&values, 1.0).unwrap();
        let squares: f64 = values.iter().map(|own| (own - found.value).powi(2)).sum();
        assert!((found.error - squares.sqrt() / 400.0).abs() < 1e-15);
        assert_eq!(Estimate::of_mean(&[0.1; 9], 3.0).unwrap().error, 0.0);
    }

    #[test]
    fn intervals_of_overlapping_values_hold_the_truth_about_as_often_as_they_say() {
        let (rows, width, runs, level) = (150, 5, 200, 0.95);
        let block = 2.0 * width as f64;
        let held = (0..runs).filter(|&run| {
            let values: Vec<f64> =
                noise(rows + width - 1, run).windows(width).map(|window| window.iter().sum()).collect();
            let resamples = Resamples::stationary(rows, block, 200, [run; 32]).unwrap();
            let of = |rows: &[usize]| {
                let values: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
                Estimate::of_mean(&values, block).ok()
            };
            let estimate = Estimate::of_mean(&values, block).unwrap();
            !Interval::studentised(estimate, resamples.iter().map(of), level).unwrap().excludes_zero()
        });
        // Two standard errors of the share are 0.03; plain percentiles would hold 0 in about 0.88 of the runs.
        let share = held.count() as f64 / f64::from(runs);
        assert!((0.9..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn undefined_estimates_are_errors() {
        assert_eq!(Estimate::of_mean(&[], 1.0), Err(Undefined::FewReturns { found: 0, least: 1 }));
        assert_eq!(Estimate::of_mean(&[0.1], 0.0), Err(Undefined::BlockLength { found: 0.0 }));
        assert_eq!(Estimate::of_sharpe(&[0.1; 7], 1.0), Err(Undefined::NoVariance { returns: 7 }));
        assert!(matches!(Estimate::of(f64::NAN, &[0.1], 1.0), Err(Undefined::NotFinite { .. })));
        assert!(matches!(Estimate::of_sharpe(&[f64::NAN], 1.0), Err(Undefined::NotFinite { .. })));
        let huge = [1e200, -1e200, 1e200];
        assert!(matches!(Estimate::of_mean(&huge, 1.0), Err(Undefined::NotFinite { .. })));
        assert!(matches!(Estimate::of_sharpe(&huge, 1.0), Err(Undefined::NotFinite { .. })));
        assert_eq!(Estimate::of_sharpe(&[], 1.0), Err(Undefined::FewReturns { found: 0, least: 1 }));
    }
}
