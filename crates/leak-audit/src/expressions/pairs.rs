//! Operators on pairs of values in a window: those of two expressions, or places and values.
//!
//! A pair counts if both of its values are there.

use crate::expressions::statistics::{all_equal, mean};
use crate::expressions::windows::{current, std, with_places};

/// A standard deviation up to which Qlib takes a series to be constant.
const CONSTANT: f64 = 0.00002;

/// The sample covariance.
pub(crate) fn cov(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = both(x, y);
    if x.len() < 2 { f64::NAN } else { products(&x, &y) / (x.len() - 1) as f64 }
}

/// The correlation; NaN also if either series is nearly constant over its own values in the window.
pub(crate) fn corr(x: &[f64], y: &[f64]) -> f64 {
    if std(x) <= CONSTANT || std(y) <= CONSTANT {
        return f64::NAN;
    }
    let (x, y) = both(x, y);
    correlation(&x, &y)
}

/// The slope of the least-squares line through the places and values.
pub(crate) fn slope(window: &[f64]) -> f64 {
    let (places, values): (Vec<f64>, Vec<f64>) = with_places(window).unzip();
    if values.len() < 2 { f64::NAN } else { products(&places, &values) / products(&places, &places) }
}

/// The squared correlation of the places and values; NaN if they are nearly constant.
pub(crate) fn rsquare(window: &[f64]) -> f64 {
    let (places, values): (Vec<f64>, Vec<f64>) = with_places(window).unzip();
    let r = correlation(&places, &values);
    if std(window) <= CONSTANT { f64::NAN } else { r * r }
}

/// The current value less the line's value on its row.
pub(crate) fn resi(window: &[f64]) -> f64 {
    let (places, values): (Vec<f64>, Vec<f64>) = with_places(window).unzip();
    let line = mean(&values) + slope(window) * (window.len() as f64 - mean(&places));
    current(window) - line
}

/// Pearson's correlation, from -1 to 1; NaN of fewer than two pairs, or if either side does not vary.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    if x.len() < 2 || all_equal(x) || all_equal(y) {
        return f64::NAN;
    }
    let r = products(x, y) / (products(x, x).sqrt() * products(y, y).sqrt());
    r.clamp(-1.0, 1.0)
}

/// The sum of the products of the distances from the means.
fn products(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
}

fn both(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip()
}
