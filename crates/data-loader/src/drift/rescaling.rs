//! Rescalings: prices that all changed by one factor.
//!
//! A source of adjusted prices multiplies a ticker's whole history by one factor whenever it pays a dividend. Compared
//! value by value that looks like a different history; here it is recognised.

use crate::panel::Panel;
use artifact_core::schema::COLUMNS;
use ndarray::{ArrayView1, s};
use serde::Serialize;
use std::collections::BTreeMap;

/// By how much the factor of a single price may differ, relative to that of all: prices are rounded one by one.
const TOLERANCE: f64 = 1e-4;
/// How many columns, the first ones, are prices.
const PRICES: usize = 4;

/// A ticker whose frozen prices all changed by one factor, and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rescaling {
    /// The ticker.
    pub ticker: String,
    /// What the frozen prices are multiplied by now.
    pub factor: f64,
    /// How many of its bars could be compared, at least 2.
    pub bars: usize,
}

/// The tickers that were rescaled, on the dates that both panels have.
pub(super) fn rescalings(frozen: &Panel, present: &Panel) -> Vec<Rescaling> {
    let rows: BTreeMap<_, usize> = present.dates.iter().enumerate().map(|(row, date)| (date, row)).collect();
    let shared: Vec<(usize, usize)> =
        frozen.dates.iter().enumerate().filter_map(|(then, date)| Some((then, *rows.get(date)?))).collect();
    let place = |ticker: &String| present.tickers.iter().position(|other| other == ticker);
    let tickers =
        frozen.tickers.iter().enumerate().filter_map(|(then, name)| Some((then, place(name)?, name)));
    tickers.filter_map(|(then, now, name)| rescaling((frozen, then), (present, now), &shared, name)).collect()
}

fn rescaling(
    (frozen, then): (&Panel, usize),
    (present, now): (&Panel, usize),
    shared: &[(usize, usize)],
    ticker: &str,
) -> Option<Rescaling> {
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let mut bars = 0;
    for &(row, to) in shared {
        let old = frozen.values.slice(s![row, then, ..COLUMNS.len()]);
        let new = present.values.slice(s![to, now, ..COLUMNS.len()]);
        if old[PRICES].to_bits() != new[PRICES].to_bits() || missing(old) != missing(new) {
            return None;
        }
        if !missing(old) {
            bars += 1;
            pairs.extend(old.iter().zip(new).take(PRICES).map(|(&old, &new)| (old, new)));
        }
    }
    // One bar always has a factor.
    if bars < 2 {
        return None;
    }
    let (old, new) = pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    let factor = new / old;
    let near = |value: f64, expected: f64| (value / expected - 1.0).abs() <= TOLERANCE;
    // Within the rounding of every price, nothing was rescaled: single values were corrected.
    let moved = factor.is_finite() && !near(factor, 1.0);
    let same = moved && pairs.iter().all(|(old, new)| near(new / old, factor));
    same.then(|| Rescaling { ticker: ticker.to_owned(), factor, bars })
}

fn missing(bar: ArrayView1<'_, f64>) -> bool {
    bar.iter().any(|value| value.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Moment;
    use chrono::TimeDelta;
    use ndarray::Array3;

    fn panel(rows: usize) -> Panel {
        let dates = (0..rows).map(|day| Moment::default() + TimeDelta::days(day as i64)).collect();
        let value = |(t, k, c): (usize, usize, usize)| 50.0 + (t * 7 % 11) as f64 + k as f64 + c as f64 / 8.0;
        Panel::new(vec!["A".into(), "B".into()], dates, Array3::from_shape_fn((rows, 2, 5), value)).unwrap()
    }

    /// The rescalings after the prices of B were multiplied and rounded to four digits, and one more change.
    fn found(factor: f64, change: impl Fn(&mut Panel)) -> Vec<(String, f64)> {
        let mut present = panel(23);
        let round = |price: f64| (price * factor * 1e4).round() / 1e4;
        present.values.slice_mut(s![.., 1, ..PRICES]).mapv_inplace(round);
        change(&mut present);
        let found = rescalings(&panel(20), &present);
        found.into_iter().map(|it| (it.ticker, (it.factor * 1e4).round() / 1e4)).collect()
    }

    #[test]
    fn one_factor_for_all_prices_of_a_ticker_is_recognised() {
        assert_eq!(found(0.9934, |_| ()), [("B".to_owned(), 0.9934)]);
        assert_eq!(found(1.0, |_| ()), []);
        // Two factors, a corrected price, another volume, a bar that is gone: each is more than a dividend.
        let halve =
            |it: &mut Panel| it.values.slice_mut(s![..10, 1, ..PRICES]).mapv_inplace(|price| price / 2.0);
        assert_eq!(found(0.9934, halve), []);
        assert_eq!(found(0.9934, |it| it.values[[3, 1, 0]] *= 1.001), []);
        assert_eq!(found(0.9934, |it| it.values[[3, 1, 4]] += 1.0), []);
        assert_eq!(found(0.9934, |it| it.values.slice_mut(s![3, 1, ..]).fill(f64::NAN)), []);
        // A correction of the other ticker does not hide it.
        assert_eq!(found(0.9934, |it| it.values[[3, 0, 0]] += 1.0).len(), 1);
    }
}
