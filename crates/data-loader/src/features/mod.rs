//! Causal features: row `t` is computed from the rows up to `t`.
//!
//! A feature is a [`Part`](settings::part::Part) that turns bars into columns. A run has a list of features; [`compute`]
//! calls each of them and puts the columns side by side.

mod close;
mod error;
mod expression;
mod feature;
mod ohlcv;
pub(crate) mod volume;

pub use error::FeatureError;
pub use expression::{ExpressionSet, Formula};
pub use feature::Feature;

use crate::panel::Panel;
use crate::subset::{Subset, Whole};
use crate::ticker_bars::{BarColumns, TickerBars};
use expressions::FeatureSet;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use settings::part::{Catalog, Chosen};
use std::marker::PhantomData;
use std::sync::Arc;

/// The features of this crate.
pub(crate) fn builtin() -> Catalog<dyn Feature> {
    let mut catalog: Catalog<dyn Feature> = Catalog::new("feature");
    catalog.add(Arc::new(close::Close));
    catalog.add(Arc::new(ohlcv::Ohlcv));
    catalog.add(Arc::new(Formula));
    for set in FeatureSet::ALL {
        catalog.add(Arc::new(ExpressionSet(set)));
    }
    catalog
}

/// The features of all tickers, side by side. `P` is the subset that the rows belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix<P: Subset = Whole> {
    /// The column names, `<ticker>.<column>`, ticker by ticker.
    pub names: Vec<String>,
    /// The number of columns per ticker, `f`; column `j` is column `j % f` of ticker `j / f`.
    pub kinds: usize,
    pub(crate) values: Array2<f64>,
    subset: PhantomData<P>,
}

impl<P: Subset> FeatureMatrix<P> {
    /// The values, `(T, K * f)`, unscaled; NaN where a feature has no value.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }
}

/// The names of one ticker's columns, in the order of `features`.
///
/// # Errors
///
/// [`FeatureError::None`], [`FeatureError::Unnamed`] or [`FeatureError::RepeatedColumn`].
pub fn column_names(features: &[Chosen<dyn Feature>]) -> Result<Vec<String>, FeatureError> {
    let mut owners: Vec<(String, String)> = Vec::new();
    for Chosen { part, component, params } in features {
        let owner = component.to_string();
        let columns = part.columns(params);
        if columns.is_empty() || columns.iter().any(String::is_empty) {
            return Err(FeatureError::Unnamed { feature: owner });
        }
        for column in columns {
            if let Some((_, first)) = owners.iter().find(|(known, _)| *known == column) {
                return Err(FeatureError::RepeatedColumn { column, first: first.clone(), second: owner });
            }
            owners.push((column, owner.clone()));
        }
    }
    if owners.is_empty() {
        return Err(FeatureError::None);
    }
    Ok(owners.into_iter().map(|(column, _)| column).collect())
}

/// Computes features, `(T, K * f)` for a panel of `T` rows and `K` tickers.
///
/// # Errors
///
/// [`FeatureError`] if no feature is chosen, two features have a column of the same name, or one breaks its contract.
pub fn compute<P: Subset>(
    panel: &Panel<P>,
    features: &[Chosen<dyn Feature>],
) -> Result<FeatureMatrix<P>, FeatureError> {
    let columns = column_names(features)?;
    let kinds = columns.len();
    let names = panel.tickers.iter();
    let names =
        names.flat_map(|ticker| columns.iter().map(move |column| format!("{ticker}.{column}"))).collect();
    let bars: Vec<BarColumns> =
        (0..panel.ticker_count()).map(|ticker| BarColumns::of(panel, ticker)).collect();
    let bars: Vec<TickerBars<'_>> = bars.iter().map(BarColumns::bars).collect();
    let mut values = Array2::zeros((panel.rows(), panel.ticker_count() * kinds));
    let mut place = 0;
    for feature in features {
        // One feature at a time, so that the columns are held twice for no more than one of them.
        let tickers = of_feature(&bars, feature)?;
        let width = tickers.first().map_or(0, Vec::len);
        let cells = values.as_slice_mut().unwrap_or_default();
        cells.par_chunks_mut(kinds * bars.len()).enumerate().for_each(|(row, cells)| {
            for (cells, columns) in cells.chunks_exact_mut(kinds).zip(&tickers) {
                for (cell, column) in cells[place..].iter_mut().zip(columns) {
                    *cell = column[row];
                }
            }
        });
        place += width;
    }
    Ok(FeatureMatrix { names, kinds, values, subset: PhantomData })
}

/// The columns of all tickers, which share their rows, in the order of `features`, each as long as the bars.
///
/// # Errors
///
/// [`FeatureError::MissingColumn`] if a feature reads a column that is not there, [`FeatureError::Columns`] or
/// [`FeatureError::Rows`] if it does not return the columns it names.
pub fn ticker_columns(
    tickers: &[TickerBars<'_>],
    features: &[Chosen<dyn Feature>],
) -> Result<Vec<Vec<Vec<f64>>>, FeatureError> {
    let mut all = vec![Vec::new(); tickers.len()];
    for feature in features {
        for (all, columns) in all.iter_mut().zip(of_feature(tickers, feature)?) {
            all.extend(columns);
        }
    }
    Ok(all)
}

/// The columns that one feature gives each ticker.
fn of_feature(
    tickers: &[TickerBars<'_>],
    Chosen { part, component, params }: &Chosen<dyn Feature>,
) -> Result<Vec<Vec<Vec<f64>>>, FeatureError> {
    let feature = || component.to_string();
    let own = tickers.first().map(TickerBars::own_columns).unwrap_or_default();
    part.check_columns(params, own)
        .map_err(|reason| FeatureError::MissingColumn { feature: feature(), reason })?;
    let (given, expected) = (part.compute_all(tickers, params), part.columns(params).len());
    if given.len() != tickers.len() {
        return Err(FeatureError::Tickers {
            feature: feature(),
            found: given.len(),
            expected: tickers.len(),
        });
    }
    for (columns, bars) in given.iter().zip(tickers) {
        if columns.len() != expected {
            return Err(FeatureError::Columns { feature: feature(), found: columns.len(), expected });
        }
        if let Some(column) = columns.iter().find(|column| column.len() != bars.rows()) {
            let (found, expected) = (column.len(), bars.rows());
            return Err(FeatureError::Rows { feature: feature(), found, expected });
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Component;
    use artifact_core::Params;
    use ndarray::{Array3, s};
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

    fn chosen(names: &[&str]) -> Vec<Chosen<dyn Feature>> {
        names.iter().map(|&name| builtin().find(&Component::new(name, 1)).unwrap()).collect()
    }

    #[test]
    fn ohlcv_by_hand() {
        let e = std::f64::consts::E;
        let values = [[1.0, e, 1.0, 2.0, 0.0], [2.0 * e, 6.0, 3.0, 4.0, e - 1.0]].concat();
        let found = compute(&panel(2, 1, values), &chosen(&["ohlcv"])).unwrap();
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
        let found = compute(&panel(1, 2, values), &chosen(&["close"])).unwrap();
        assert_eq!(found.names, ["T0.close", "T1.close"]);
        assert_eq!(found.values.into_raw_vec_and_offset().0, [7.0, 8.0]);
    }

    #[test]
    fn missing_cells_reach_only_the_columns_that_need_them() {
        let nan = f64::NAN;
        let values =
            [[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, nan, 1.0], [1.0, 1.0, 0.0, 1.0, -1.0]].concat();
        let found = compute(&panel(3, 1, values), &chosen(&["ohlcv"])).unwrap();
        let missing: Vec<bool> = found.values.iter().map(|value| value.is_nan()).collect();
        let expected = [[false; 4], [true, false, false, false], [true, true, true, true]].concat();
        assert_eq!(missing, expected);
    }

    #[test]
    fn features_stand_side_by_side_in_list_order() {
        let values = vec![1.0, 1.0, 1.0, 7.0, 1.0, 2.0, 2.0, 2.0, 8.0, 2.0];
        let found = compute(&panel(1, 2, values), &chosen(&["close", "ohlcv"])).unwrap();
        let columns = ["close", "log_return", "log_high_low", "log_open_gap", "log_volume_change"];
        assert_eq!(found.names[..5], columns.map(|column| format!("T0.{column}")));
        assert_eq!((found.kinds, found.names.len(), found.values[[0, 5]]), (5, 10, 8.0));
    }

    #[test]
    fn expressions_are_features() {
        let values: Vec<f64> = (0..6 * 2 * 5).map(|cell| 1.0 + cell as f64).collect();
        let formula =
            |params: Params| builtin().find(&Component { params, ..Component::new("expression", 1) });
        let set = [("formula", "rank( close )-0.5")].into_iter().collect();
        let named = [("formula", "close / ref(close, 2) - 1"), ("as", "mom2")].into_iter().collect();
        let features = [formula(set).unwrap(), formula(named).unwrap(), chosen(&["trend"]).remove(0)];
        let found = compute(&panel(6, 2, values), &features).unwrap();
        assert_eq!(found.names[..3], ["T0.rank( close )-0.5", "T0.mom2", "T0.RET1"]);
        assert_eq!(found.kinds, 2 + 12);
        assert_eq!([found.values[[0, 0]], found.values[[5, 14]]], [0.0, 0.5], "T1 is always above T0");
        // The close of T0 is 4 in row 0 and 24 in row 2.
        assert!(found.values[[1, 1]].is_nan());
        assert!((found.values[[2, 1]] - 5.0).abs() < 1e-12);
    }

    #[test]
    fn expressions_read_columns_of_ones_own() {
        let values: Vec<f64> = (0..4 * 2 * 5).map(|cell| 1.0 + cell as f64).collect();
        let own = Array3::from_shape_fn((4, 2, 2), |(t, k, c)| (t * 4 + k * 2 + c) as f64);
        let plain = panel(4, 2, values);
        let names = vec!["sentiment".to_owned(), "vix".to_owned()];
        let given = plain.clone().with_columns(names, &own).unwrap();
        let params: Params = [("formula", "ts_sum(sentiment, 2) + close / vix")].into_iter().collect();
        let feature = builtin().find(&Component { params, ..Component::new("expression", 1) }).unwrap();
        let found = compute(&given, std::slice::from_ref(&feature)).unwrap();
        // Ticker 1 has the closes 9, 19, .., sentiment 2, 6, .. and vix 3, 7, ..
        assert_eq!([found.values[[0, 1]], found.values[[1, 1]]], [2.0 + 9.0 / 3.0, 8.0 + 19.0 / 7.0]);
        let error = compute(&plain, &[feature]).unwrap_err().to_string();
        assert!(error.contains("found `sentiment`, expected a column"), "{error}");
    }

    #[test]
    fn alpha_sets_have_their_columns() {
        let values: Vec<f64> = (0..70 * 5).map(|cell| 1.0 + (cell % 17) as f64).collect();
        for (name, kinds) in [("alpha158", 158), ("alpha360", 360), ("trend", 12)] {
            let found = compute(&panel(70, 1, values.clone()), &chosen(&[name])).unwrap();
            assert_eq!(found.kinds, kinds, "{name}");
            let known = found.values.row(69).iter().filter(|value| value.is_finite()).count();
            assert!(known * 10 > kinds * 9, "{name}: {known} values in the last row");
        }
    }

    /// Names `named` columns and returns `given` of them, each `short` rows too short.
    struct Odd {
        named: usize,
        given: usize,
        short: usize,
    }

    impl settings::part::Part for Odd {
        fn declaration(&self) -> settings::part::Declaration {
            settings::part::Declaration::new("odd", "Not what it says.")
        }
    }

    impl Feature for Odd {
        fn columns(&self, _params: &Params) -> Vec<String> {
            (0..self.named).map(|place| format!("c{place}")).collect()
        }

        fn compute(&self, bars: &TickerBars<'_>, _params: &Params) -> Vec<Vec<f64>> {
            vec![vec![0.0; bars.rows() - self.short]; self.given]
        }
    }

    #[test]
    fn a_feature_that_breaks_its_contract_is_an_error() {
        let check = |named, given, short, expected: &str| {
            let mut catalog = builtin();
            catalog.add(Arc::new(Odd { named, given, short }));
            let odd = catalog.find(&Component::new("odd", 1)).unwrap();
            let error = compute(&panel(2, 1, vec![1.0; 10]), &[odd]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(0, 0, 0, "must name its columns");
        check(2, 1, 0, "returned 1 columns but names 2");
        check(1, 1, 1, "a column of 1 rows for 2 bars");
        let twice = compute(&panel(1, 1, vec![1.0; 5]), &chosen(&["close", "close"])).unwrap_err();
        assert!(twice.to_string().contains("both have a column \"close\""), "{twice}");
        assert_eq!(compute(&panel(1, 1, vec![1.0; 5]), &[]).unwrap_err(), FeatureError::None);
    }

    proptest! {
        #[test]
        fn features_of_a_prefix_are_the_prefix_of_the_features(
            values in prop::collection::vec(prop_oneof![20 => 0.5_f64..50.0, 1 => Just(f64::NAN), 1 => Just(0.0)], 20 * 2 * 5),
            cut in 0_usize..20,
        ) {
            let full = panel(20, 2, values);
            for names in [&["close"][..], &["ohlcv"], &["ohlcv", "close"], &["trend"]] {
                let features = chosen(names);
                let of_prefix = compute(&full.slice_rows(0..cut), &features).unwrap();
                let of_full = compute(&full, &features).unwrap();
                let bits = |values: ndarray::ArrayView2<f64>| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(of_prefix.values.view()), bits(of_full.values.slice(s![..cut, ..])));
            }
        }
    }
}
