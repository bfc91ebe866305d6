//! Operators on the values of all tickers on a date: those that are there, and the ticker's own one, which is among
//! them.

use crate::expressions::statistics::{self, all_equal, mean, quantile, variance};

/// The rank among the tickers.
pub(crate) fn rank(values: &[f64], own: f64) -> f64 {
    statistics::rank(values, own)
}

/// The value less the mean.
pub(crate) fn demean(values: &[f64], own: f64) -> f64 {
    own - mean(values)
}

/// The value less the mean, in sample standard deviations; NaN if all values are equal.
pub(crate) fn zscore(values: &[f64], own: f64) -> f64 {
    if all_equal(values) { f64::NAN } else { demean(values, own) / variance(values).sqrt() }
}

/// The value clipped to the quantiles `p` and `1 - p`.
pub(crate) fn winsorize(values: &[f64], own: f64, p: f64) -> f64 {
    own.max(quantile(values, p)).min(quantile(values, 1.0 - p))
}
