//! Causal features: row `t` is computed from the rows up to `t`.

use crate::panel::Panel;
use crate::part::{Part, Whole};
use artifact_core::schema::FeatureSet;
use ndarray::{Array2, ArrayView1, ArrayView2, s};
use std::marker::PhantomData;

/// Features of all tickers side by side; `P` says of which rows.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix<P: Part = Whole> {
    /// The columns' names, `<ticker>.<feature>`, ticker by ticker.
    pub names: Vec<String>,
    /// The number of features per ticker, `f`; column `j` holds feature `j % f` of ticker `j / f`.
    pub kinds: usize,
    pub(crate) values: Array2<f64>,
    part: PhantomData<P>,
}

impl<P: Part> FeatureMatrix<P> {
    /// The values, `(T, K * f)`, unscaled; NaN where a cell that the feature needs has no value.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }
}

/// Computes features, `(T, K * f)` for a panel of `T` rows and `K` tickers.
///
/// Row 0 has no row before it: features that need one are 0 there. Afterwards a cell that is NaN, a price that is not
/// positive or a volume that is negative makes NaN of every feature that needs it.
pub fn compute<P: Part>(panel: &Panel<P>, set: FeatureSet) -> FeatureMatrix<P> {
    let kinds = set.kinds().len();
    let names = panel
        .tickers
        .iter()
        .flat_map(|ticker| set.kinds().iter().map(move |kind| format!("{ticker}.{kind}")))
        .collect();
    let mut values = Array2::zeros((panel.rows(), panel.ticker_count() * kinds));
    for row in 0..panel.rows() {
        for ticker in 0..panel.ticker_count() {
            let bar = |row: usize| Bar::of(panel.values.slice(s![row, ticker, ..]));
            let (now, previous) = (bar(row), row.checked_sub(1).map(bar));
            let mut cells = values.slice_mut(s![row, ticker * kinds..(ticker + 1) * kinds]);
            match set {
                FeatureSet::Close => cells[0] = now.close,
                FeatureSet::Ohlcv => {
                    let features = ohlcv(&now, previous.as_ref());
                    cells.iter_mut().zip(features).for_each(|(cell, value)| *cell = value);
                }
            }
        }
    }
    FeatureMatrix { names, kinds, values, part: PhantomData }
}

/// One bar of a panel.
struct Bar {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl Bar {
    fn of(values: ArrayView1<f64>) -> Self {
        Self { open: values[0], high: values[1], low: values[2], close: values[3], volume: values[4] }
    }
}

fn ohlcv(now: &Bar, previous: Option<&Bar>) -> [f64; 4] {
    let since_previous =
        |change: fn(&Bar, &Bar) -> f64| previous.map_or(0.0, |previous| change(now, previous));
    [
        since_previous(|now, previous| log_ratio(now.close, previous.close)),
        log_ratio(now.high, now.low),
        since_previous(|now, previous| log_ratio(now.open, previous.close)),
        since_previous(|now, previous| log_volume(now.volume) - log_volume(previous.volume)),
    ]
}

/// `ln(a / b)`, NaN unless both are positive.
fn log_ratio(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 { libm::log(a / b) } else { f64::NAN }
}

/// `ln(1 + volume)`, NaN unless the volume is 0 or more.
fn log_volume(volume: f64) -> f64 {
    if volume >= 0.0 { libm::log1p(volume) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use proptest::prelude::*;

    fn panel(rows: usize, tickers: usize, values: Vec<f64>) -> Panel {
        let first = chrono::NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
        Panel::new(
            (0..tickers).map(|k| format!("T{k}")).collect(),
            first.iter_days().take(rows).collect(),
            Array3::from_shape_vec((rows, tickers, 5), values).unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn ohlcv_by_hand() {
        let e = std::f64::consts::E;
        let values = [[1.0, e, 1.0, 2.0, 0.0], [2.0 * e, 6.0, 3.0, 4.0, e - 1.0]].concat();
        let found = compute(&panel(2, 1, values), FeatureSet::Ohlcv);
        assert_eq!(
            found.names,
            ["T0.log_return", "T0.log_high_low", "T0.log_open_gap", "T0.log_volume_change"]
        );
        let expected = [[0.0, 1.0, 0.0, 0.0], [2.0_f64.ln(), 2.0_f64.ln(), 1.0, 1.0]].concat();
        for (found, expected) in found.values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn tickers_stand_side_by_side() {
        let values = vec![1.0, 1.0, 1.0, 7.0, 1.0, 2.0, 2.0, 2.0, 8.0, 2.0];
        let found = compute(&panel(1, 2, values), FeatureSet::Close);
        assert_eq!(found.names, ["T0.close", "T1.close"]);
        assert_eq!(found.values.into_raw_vec_and_offset().0, [7.0, 8.0]);
    }

    #[test]
    fn missing_cells_spread_to_what_needs_them_only() {
        let nan = f64::NAN;
        let values =
            [[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, nan, 1.0], [1.0, 1.0, 0.0, 1.0, -1.0]].concat();
        let found = compute(&panel(3, 1, values), FeatureSet::Ohlcv);
        let missing: Vec<bool> = found.values.iter().map(|value| value.is_nan()).collect();
        let expected = [[false; 4], [true, false, false, false], [true, true, true, true]].concat();
        assert_eq!(missing, expected);
    }

    proptest! {
        #[test]
        fn features_of_a_prefix_are_the_prefix_of_the_features(
            values in prop::collection::vec(prop_oneof![20 => 0.5_f64..50.0, 1 => Just(f64::NAN), 1 => Just(0.0)], 20 * 2 * 5),
            cut in 0_usize..20,
        ) {
            let full = panel(20, 2, values);
            for set in [FeatureSet::Close, FeatureSet::Ohlcv] {
                let of_prefix = compute(&full.slice_rows(0..cut), set);
                let of_full = compute(&full, set);
                let bits = |values: ndarray::ArrayView2<f64>| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(of_prefix.values.view()), bits(of_full.values.slice(s![..cut, ..])));
            }
        }
    }
}
