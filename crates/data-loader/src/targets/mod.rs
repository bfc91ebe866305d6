//! Targets: what is to be predicted, as classes by decision row, and the returns behind them.

mod barriers;
mod excursion;
mod first_touch;
mod horizon;
mod target;

pub use excursion::Excursion;
pub use first_touch::FirstTouch;
pub use horizon::Horizon;
pub use target::{Class, Target};

use crate::panel::Panel;
use crate::random::Stream;
use crate::sequences::MASKED;
use crate::subset;
use crate::ticker_bars::{BarColumns, TickerBars};
use artifact_core::IndexSet;
use artifact_core::seed::Purpose;
use barriers::simple_return;
use ndarray::{Array1, Array2, ArrayView2};
use settings::part::{Catalog, Chosen};
use std::marker::PhantomData;
use std::sync::Arc;

/// A target did not return one class per row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("target {target} returned {found} labels for {expected} rows; expected one per row")]
pub struct TargetError {
    /// The target.
    pub target: String,
    /// The number of labels.
    pub found: usize,
    /// The number of rows.
    pub expected: usize,
}

/// The built-in targets.
pub fn builtin() -> Catalog<dyn Target> {
    let mut catalog: Catalog<dyn Target> = Catalog::new("target");
    catalog.add(Arc::new(FirstTouch));
    catalog.add(Arc::new(Excursion));
    catalog.add(Arc::new(Horizon));
    catalog
}

/// The labels of all rows of a panel, `(T, K)`, by decision row. `P` is the subset that the rows belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMatrix<P: subset::Subset> {
    pub(crate) codes: Array2<i8>,
    subset: PhantomData<P>,
}

impl<P: subset::Subset> LabelMatrix<P> {
    /// Labels a panel's rows, with a time window of `time_window` rows.
    ///
    /// # Errors
    ///
    /// As [`labels()`].
    pub fn of(
        panel: &Panel<P>,
        target: &Chosen<dyn Target>,
        time_window: usize,
    ) -> Result<Self, TargetError> {
        let mut codes = Array2::from_elem((panel.rows(), panel.ticker_count()), MASKED);
        for (ticker, mut column) in codes.columns_mut().into_iter().enumerate() {
            let bars = BarColumns::of(panel, ticker);
            column.assign(&Array1::from(labels(&bars.bars(), target, time_window)?));
        }
        Ok(Self { codes, subset: PhantomData })
    }

    /// The class codes, `(T, K)`: those of [`Class::code`], or [`MASKED`].
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

/// Labels every row of one ticker as a decision row: the codes of [`Class::code`], or [`MASKED`].
///
/// # Errors
///
/// [`TargetError`] if the target does not return one label per row.
pub fn labels(
    bars: &TickerBars<'_>,
    target: &Chosen<dyn Target>,
    time_window: usize,
) -> Result<Vec<i8>, TargetError> {
    let classes = target.part.labels(bars, time_window, &target.params);
    if classes.len() != bars.rows() {
        let (target, found) = (target.component.to_string(), classes.len());
        return Err(TargetError { target, found, expected: bars.rows() });
    }
    Ok(classes.into_iter().map(|class| class.map_or(MASKED, Class::code)).collect())
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
/// The class balance stays, but what the inputs say about the classes is gone: a pipeline that still scores better than
/// chance has a leak. Masked labels stay where they are. The shuffle is Fisher and Yates's, from the last place to the
/// first, on the ticker's own stream of [`Purpose::LabelPermutation`].
///
/// # Panics
///
/// If a row lies outside `labels`.
pub fn permute(labels: &mut Array2<i8>, rows: &IndexSet, seed: u64) {
    for (ticker, mut column) in labels.columns_mut().into_iter().enumerate() {
        let mut stream = Stream::of_ticker(seed, Purpose::LabelPermutation, ticker);
        // Masks stay where they are: moved, they would change which sequences count, not only what their labels say.
        let valid: Vec<usize> = rows.iter().filter(|&row| column[row] != MASKED).collect();
        for place in (1..valid.len()).rev() {
            column.swap(valid[place], valid[stream.below(place + 1)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::barriers::THRESHOLD;
    use super::*;
    use proptest::prelude::*;

    const HOLD: i8 = 0;
    const UP: i8 = 1;
    const DOWN: i8 = 2;

    fn column(values: &[f64]) -> Array2<f64> {
        Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
    }

    /// Labels bars whose every value is the close.
    fn of_closes(closes: &[f64], rule: &str, threshold: f64, time_window: usize) -> Vec<i8> {
        let setting = settings::part::PartSetting::named(rule).with(THRESHOLD, threshold);
        let target = builtin().choose(&setting).unwrap();
        labels(&TickerBars::new([closes; 5]).unwrap(), &target, time_window).unwrap()
    }

    /// Labels the first close, with a threshold of one half and all other closes as its window.
    #[track_caller]
    fn check(closes: &[f64], rule: &str, expected: i8) {
        assert_eq!(of_closes(closes, rule, 0.5, closes.len() - 1)[0], expected, "{closes:?} {rule:?}");
    }

    #[test]
    fn a_threshold_is_a_fraction() {
        let error = |threshold: f64| {
            let setting = settings::part::PartSetting::named("horizon").with(THRESHOLD, threshold);
            builtin().choose(&setting).is_err()
        };
        assert!(error(0.0) && error(1.0) && error(-0.1) && error(f64::NAN) && !error(0.999_999));
    }

    #[test]
    fn rules_by_hand() {
        check(&[8.0, 9.0, 10.0], "first_touch", HOLD);
        check(&[8.0, 12.0, 4.0], "first_touch", UP);
        check(&[8.0, 4.0, 12.0], "first_touch", DOWN);
        check(&[8.0, 4.0, 13.0], "excursion", UP);
        check(&[8.0, 12.0, 4.0], "excursion", HOLD);
        check(&[8.0, 12.0, 3.0], "excursion", DOWN);
        check(&[8.0, 20.0, 8.0], "horizon", HOLD);
        check(&[8.0, 8.0, 12.0], "horizon", HOLD);
        check(&[8.0, 8.0, 12.5], "horizon", UP);
        check(&[8.0, 8.0, 3.5], "horizon", DOWN);
    }

    #[test]
    fn unknown_closes_mask_labels() {
        for unknown in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            check(&[unknown, 8.0, 8.0], "first_touch", MASKED);
            check(&[8.0, 20.0, unknown], "first_touch", MASKED);
            check(&[8.0, unknown, 20.0], "excursion", MASKED);
            check(&[8.0, unknown, 20.0], "horizon", UP);
            check(&[8.0, 20.0, unknown], "horizon", MASKED);
        }
        assert_eq!(of_closes(&[1.0; 4], "first_touch", 0.1, 2), [0, 0, -1, -1]);
        assert_eq!(of_closes(&[1.0; 4], "first_touch", 0.1, usize::MAX)[0], MASKED);
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
            rule in prop_oneof![Just("first_touch"), Just("excursion"), Just("horizon")],
        ) {
            let row = row % closes.len();
            let changed: Vec<f64> = closes.iter().enumerate()
                .map(|(i, &close)| if (row..=row + w).contains(&i) { close } else { other[i] })
                .collect();
            let of = |closes: &[f64]| of_closes(closes, rule, 0.1, w)[row];
            prop_assert_eq!(of(&closes), of(&changed));
            let bits = |closes: &[f64]| returns(column(closes).view(), w)[[row, 0]].to_bits();
            prop_assert_eq!(bits(&closes), bits(&changed));
        }
    }
}
