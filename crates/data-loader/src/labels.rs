//! What is to be predicted: classes and returns, by decision row.

use crate::panel::Panel;
use crate::part::Part;
use crate::random::Stream;
use crate::sequences::MASKED;
use artifact_core::IndexSet;
use artifact_core::schema::LabelRule;
use artifact_core::seed::Purpose;
use ndarray::{Array2, ArrayView2};
use std::marker::PhantomData;

/// The class of a price that stays where it is.
pub const HOLD: i8 = 0;
/// The class of a price that rises.
pub const UP: i8 = 1;
/// The class of a price that falls.
pub const DOWN: i8 = 2;

/// The labels of all rows of a panel, `(T, K)`, by decision row; `P` says of which rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMatrix<P: Part> {
    pub(crate) codes: Array2<i8>,
    part: PhantomData<P>,
}

impl<P: Part> LabelMatrix<P> {
    /// Labels a panel's closes, see [`labels()`].
    pub fn of(panel: &Panel<P>, rule: LabelRule, threshold: f64, time_window: usize) -> Self {
        Self { codes: labels(panel.close(), rule, threshold, time_window), part: PhantomData }
    }

    /// The class codes, `(T, K)`: [`HOLD`], [`UP`], [`DOWN`] or [`MASKED`].
    pub fn codes(&self) -> ArrayView2<'_, i8> {
        self.codes.view()
    }

    /// Permutes the labels of `rows`, see [`permute`].
    ///
    /// # Panics
    ///
    /// As [`permute`].
    pub fn permute(&mut self, rows: &IndexSet, seed: u64) {
        permute(&mut self.codes, rows, seed);
    }
}

/// Labels every row as a decision row: `(T, K)`, [`HOLD`], [`UP`], [`DOWN`] or [`MASKED`].
///
/// `close` is `(T, K)`, `threshold` (theta) a positive fraction, default 0.02, and `time_window` (W) at least 1 row.
/// A label is masked where its rows reach beyond the last one, or a close that it needs is not a positive finite number.
/// `horizon` needs the closes of `d` and `d + W`, the other rules all from `d` to `d + W`: if they stopped looking once
/// a barrier is crossed, gaps would mask Hold more often than the other classes.
///
/// The label of row `d` depends on the closes of rows `d ..= d + W` only.
pub fn labels(close: ArrayView2<f64>, rule: LabelRule, threshold: f64, time_window: usize) -> Array2<i8> {
    let (rows, tickers) = close.dim();
    Array2::from_shape_fn((rows, tickers), |(row, ticker)| {
        let Some(last) = row.checked_add(time_window).filter(|&last| last < rows) else {
            return MASKED;
        };
        let now = close[[row, ticker]];
        let future = (row + 1..=last).map(|row| close[[row, ticker]]);
        label(now, future, rule, threshold).unwrap_or(MASKED)
    })
}

/// The label of one sample; `None` if a close that it needs is not known.
fn label(
    now: f64,
    mut future: impl Iterator<Item = f64> + Clone,
    rule: LabelRule,
    threshold: f64,
) -> Option<i8> {
    let (upper, lower) = (now * (1.0 + threshold), now * (1.0 - threshold));
    let all_known = is_price(now) && (rule == LabelRule::Horizon || future.clone().all(is_price));
    if !all_known {
        return None;
    }
    let class = match rule {
        LabelRule::FirstTouch => {
            future.find_map(|close| side(close >= upper, close <= lower)).unwrap_or(HOLD)
        }
        LabelRule::Excursion => {
            let rises = future.clone().any(|close| close > upper);
            let falls = future.any(|close| close < lower);
            side(rises, falls).unwrap_or(HOLD)
        }
        LabelRule::Horizon => {
            let change = simple_return(now, future.last()?)?;
            side(change > threshold, change < -threshold).unwrap_or(HOLD)
        }
    };
    Some(class)
}

fn side(up: bool, down: bool) -> Option<i8> {
    match (up, down) {
        (true, _) => Some(UP),
        (false, true) => Some(DOWN),
        (false, false) => None,
    }
}

fn is_price(close: f64) -> bool {
    close.is_finite() && close > 0.0
}

fn simple_return(now: f64, then: f64) -> Option<f64> {
    (is_price(now) && is_price(then)).then(|| then / now - 1.0)
}

/// The return `close[d + W] / close[d] - 1` of every row as a decision row: `(T, K)`, a fraction; NaN where unknown.
pub fn returns(close: ArrayView2<f64>, time_window: usize) -> Array2<f32> {
    let (rows, tickers) = close.dim();
    Array2::from_shape_fn((rows, tickers), |(row, ticker)| {
        let last = row.checked_add(time_window).filter(|&last| last < rows);
        let change = last.and_then(|last| simple_return(close[[row, ticker]], close[[last, ticker]]));
        change.map_or(f32::NAN, |change| change as f32)
    })
}

/// Permutes the valid labels of the decision rows `rows` among themselves, per ticker: the negative control.
///
/// The class balance stays, what the inputs say about the classes is gone: a pipeline that still scores has a leak.
/// Masked labels stay where they are. The order is that of Fisher and Yates, from the last place to the first, on the
/// ticker's own stream of [`Purpose::LabelPermutation`].
///
/// # Panics
///
/// When a row lies outside `labels`.
pub fn permute(labels: &mut Array2<i8>, rows: &IndexSet, seed: u64) {
    for (ticker, mut column) in labels.columns_mut().into_iter().enumerate() {
        let mut stream = Stream::of_ticker(seed, Purpose::LabelPermutation, ticker);
        let valid: Vec<usize> = rows.iter().filter(|&row| column[row] != MASKED).collect();
        for place in (1..valid.len()).rev() {
            column.swap(valid[place], valid[stream.below(place + 1)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LabelRule::{Excursion, FirstTouch, Horizon};
    use proptest::prelude::*;

    fn column(values: &[f64]) -> Array2<f64> {
        Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
    }

    /// Labels the first of some closes, with a threshold of one half and all others as its window.
    #[track_caller]
    fn check(closes: &[f64], rule: LabelRule, expected: i8) {
        let labels = labels(column(closes).view(), rule, 0.5, closes.len() - 1);
        assert_eq!(labels[[0, 0]], expected, "{closes:?} {rule:?}");
    }

    #[test]
    fn rules_by_hand() {
        check(&[8.0, 9.0, 10.0], FirstTouch, HOLD);
        check(&[8.0, 12.0, 4.0], FirstTouch, UP);
        check(&[8.0, 4.0, 12.0], FirstTouch, DOWN);
        check(&[8.0, 4.0, 13.0], Excursion, UP);
        check(&[8.0, 12.0, 4.0], Excursion, HOLD);
        check(&[8.0, 12.0, 3.0], Excursion, DOWN);
        check(&[8.0, 20.0, 8.0], Horizon, HOLD);
        check(&[8.0, 8.0, 12.0], Horizon, HOLD);
        check(&[8.0, 8.0, 12.5], Horizon, UP);
        check(&[8.0, 8.0, 3.5], Horizon, DOWN);
    }

    #[test]
    fn what_is_not_known_is_masked() {
        for unknown in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            check(&[unknown, 8.0, 8.0], FirstTouch, MASKED);
            check(&[8.0, 20.0, unknown], FirstTouch, MASKED);
            check(&[8.0, unknown, 20.0], Excursion, MASKED);
            check(&[8.0, unknown, 20.0], Horizon, UP);
            check(&[8.0, 20.0, unknown], Horizon, MASKED);
        }
        let close = column(&[1.0, 1.0, 1.0, 1.0]);
        assert_eq!(labels(close.view(), FirstTouch, 0.1, 2).into_raw_vec_and_offset().0, [0, 0, -1, -1]);
        assert_eq!(labels(close.view(), FirstTouch, 0.1, usize::MAX)[[0, 0]], MASKED);
    }

    #[test]
    fn returns_by_hand() {
        let found = returns(column(&[4.0, 5.0, 6.0, f64::NAN]).view(), 2);
        assert_eq!(found[[0, 0]], 0.5);
        assert!(found.iter().skip(1).all(|r| r.is_nan()));
    }

    #[test]
    fn permuting_keeps_masks_counts_and_other_rows() {
        let mut all =
            Array2::from_shape_fn(
                (60, 2),
                |(row, k)| {
                    if row % 7 == 0 { MASKED } else { ((row + k) % 3) as i8 }
                },
            );
        let before = all.clone();
        permute(&mut all, &IndexSet::from_range(10..50), 1);
        assert_ne!(all, before);
        for k in 0..2 {
            let (mut new, mut old) = (all.column(k).to_vec(), before.column(k).to_vec());
            assert_eq!((&new[..10], &new[50..]), (&old[..10], &old[50..]));
            assert!(new.iter().zip(&old).all(|(n, o)| (*n == MASKED) == (*o == MASKED)));
            new.sort_unstable();
            old.sort_unstable();
            assert_eq!(new, old);
        }
        let mut again = before;
        permute(&mut again, &IndexSet::from_range(10..50), 1);
        assert_eq!(again, all);
    }

    proptest! {
        #[test]
        fn a_label_depends_on_its_own_rows_only(
            closes in prop::collection::vec(prop_oneof![9 => 5.0_f64..15.0, 1 => Just(f64::NAN)], 2..40),
            other in prop::collection::vec(5.0_f64..15.0, 40),
            w in 1_usize..8, row in 0_usize..40,
            rule in prop_oneof![Just(FirstTouch), Just(Excursion), Just(Horizon)],
        ) {
            let row = row % closes.len();
            let changed: Vec<f64> = closes.iter().enumerate()
                .map(|(i, &close)| if (row..=row + w).contains(&i) { close } else { other[i] })
                .collect();
            let of = |closes: &[f64]| labels(column(closes).view(), rule, 0.1, w)[[row, 0]];
            prop_assert_eq!(of(&closes), of(&changed));
            let bits = |closes: &[f64]| returns(column(closes).view(), w)[[row, 0]].to_bits();
            prop_assert_eq!(bits(&closes), bits(&changed));
        }
    }
}
