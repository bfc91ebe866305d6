//! Operations on the values that all tickers have on one date.

use super::order::{quantile, rank};
use crate::operation::Cross;

/// Replaces the values of one row, one per ticker, by the operation's; `sorted` is scratch space.
pub(crate) fn run(cross: Cross, row: &mut [f64], sorted: &mut Vec<f64>) {
    sorted.clear();
    sorted.extend(row.iter().copied().filter(|value| value.is_finite()));
    let missing = |value: f64, f: &dyn Fn(f64) -> f64| if value.is_finite() { f(value) } else { f64::NAN };
    match cross {
        Cross::Rank => {
            sorted.sort_unstable_by(f64::total_cmp);
            row.iter_mut().for_each(|value| *value = missing(*value, &|value| rank(sorted, value)));
        }
        Cross::Winsorize(bits) => {
            let tail = f64::from_bits(bits);
            sorted.sort_unstable_by(f64::total_cmp);
            let (low, high) = (quantile(sorted, tail), quantile(sorted, 1.0 - tail));
            row.iter_mut().for_each(|value| *value = missing(*value, &|value| value.max(low).min(high)));
        }
        Cross::Demean => {
            let mean = mean(sorted);
            row.iter_mut().for_each(|value| *value = missing(*value, &|value| value - mean));
        }
        Cross::Zscore => {
            let mean = mean(sorted);
            let squares = sorted.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
            let equal = sorted.iter().all(|value| *value == sorted[0]);
            let deviation = (squares / (sorted.len() as f64 - 1.0)).sqrt();
            let scored = |value: f64| if equal { f64::NAN } else { (value - mean) / deviation };
            row.iter_mut().for_each(|value| *value = missing(*value, &scored));
        }
    }
}

/// The mean, in the order of the tickers; exact if all values are equal.
fn mean(values: &[f64]) -> f64 {
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => *first,
        _ => values.iter().sum::<f64>() / values.len() as f64,
    }
}
