//! Where two panels differ: rows, tickers, values.

use crate::panel::Panel;
use crate::subset::Subset;
use artifact_core::Moment;
use artifact_core::schema::COLUMNS;
use serde::Serialize;
use std::collections::BTreeMap;

/// The differences between two panels.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PanelDifference {
    /// The tickers that only the first panel has.
    pub tickers_only_left: Vec<String>,
    /// The tickers that only the second panel has.
    pub tickers_only_right: Vec<String>,
    /// Whether the tickers that both have are in a different order.
    pub reordered: bool,
    /// The dates that only the first panel has.
    pub only_left: Vec<Moment>,
    /// The dates that only the second panel has.
    pub only_right: Vec<Moment>,
    /// The columns of one's own that only the first panel has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns_only_left: Vec<String>,
    /// The columns of one's own that only the second panel has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns_only_right: Vec<String>,
    /// The values that differ, in columns that both panels have, on dates and tickers that both panels have, in order of date.
    pub values: Vec<ValueDifference>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueDifference {
    /// The row's date.
    pub date: Moment,
    /// The ticker.
    pub ticker: String,
    /// The column.
    pub column: String,
    /// The first panel's value; null in JSON where it is not a number.
    pub left: f64,
    /// The second panel's value; null in JSON where it is not a number.
    pub right: f64,
}

/// Compares two panels by date, ticker and column, bit for bit; rows that only one of them has are listed separately.
pub fn compare_panels<P: Subset, Q: Subset>(left: &Panel<P>, right: &Panel<Q>) -> PanelDifference {
    let rows = |dates: &[Moment]| -> BTreeMap<Moment, usize> {
        dates.iter().enumerate().map(|(row, &date)| (date, row)).collect()
    };
    let (ours, theirs) = (rows(&left.dates), rows(&right.dates));
    let only = |these: &BTreeMap<Moment, usize>, those: &BTreeMap<Moment, usize>| {
        these.keys().filter(|date| !those.contains_key(date)).copied().collect()
    };
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|ticker| !those.contains(ticker)).cloned().collect()
    };
    let shared = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|ticker| those.contains(ticker)).cloned().collect()
    };
    let mut difference = PanelDifference {
        tickers_only_left: without(&left.tickers, &right.tickers),
        tickers_only_right: without(&right.tickers, &left.tickers),
        reordered: shared(&left.tickers, &right.tickers) != shared(&right.tickers, &left.tickers),
        only_left: only(&ours, &theirs),
        only_right: only(&theirs, &ours),
        columns_only_left: without(&left.own, &right.own),
        columns_only_right: without(&right.own, &left.own),
        values: Vec::new(),
    };
    let place = |ticker: &String| right.tickers.iter().position(|other| other == ticker);
    let tickers: Vec<(usize, usize, &String)> = left
        .tickers
        .iter()
        .enumerate()
        .filter_map(|(here, ticker)| Some((here, place(ticker)?, ticker)))
        .collect();
    let own = left.own.iter().enumerate().filter_map(|(here, name)| {
        let there = right.own.iter().position(|other| other == name)?;
        Some((COLUMNS.len() + here, COLUMNS.len() + there, name.as_str()))
    });
    let columns: Vec<(usize, usize, &str)> =
        COLUMNS.into_iter().enumerate().map(|(place, name)| (place, place, name)).chain(own).collect();
    for (date, &row) in &ours {
        let Some(&other) = theirs.get(date) else {
            continue;
        };
        for &(here, there, ticker) in &tickers {
            for &(ours, theirs, name) in &columns {
                let (a, b) = (left.values[[row, here, ours]], right.values[[other, there, theirs]]);
                // Bits rather than `!=`: two NaN cells must count as equal.
                if a.to_bits() != b.to_bits() {
                    difference.values.push(ValueDifference {
                        date: *date,
                        ticker: ticker.clone(),
                        column: name.to_owned(),
                        left: a,
                        right: b,
                    });
                }
            }
        }
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use ndarray::Array3;

    fn panel(days: std::ops::Range<i64>, tickers: &[&str]) -> Panel {
        let dates: Vec<Moment> = days.map(|day| Moment::default() + TimeDelta::days(day)).collect();
        let values = Array3::from_shape_fn((dates.len(), tickers.len(), COLUMNS.len()), |(t, k, c)| {
            let day = (dates[t] - Moment::default()).num_days();
            day as f64 + f64::from(tickers[k].as_bytes()[0]) + c as f64 / 8.0
        });
        Panel::new(tickers.iter().map(|ticker| (*ticker).into()).collect(), dates, values).unwrap()
    }

    #[test]
    fn rows_tickers_and_values_that_differ_are_listed() {
        let left = panel(0..10, &["A", "B"]);
        assert_eq!(compare_panels(&left, &left), PanelDifference::default());

        let mut right = panel(2..11, &["B", "C", "A"]);
        right.values[[3, 0, 4]] = f64::NAN;
        let found = compare_panels(&left, &right);
        let day = |day| Moment::default() + TimeDelta::days(day);
        assert_eq!((found.only_left, found.only_right), (vec![day(0), day(1)], vec![day(10)]));
        assert_eq!((found.tickers_only_left, found.tickers_only_right), (vec![], vec!["C".to_owned()]));
        assert!(found.reordered);
        let [value] = &found.values[..] else { panic!("{:?}", found.values) };
        assert_eq!((value.date, value.ticker.as_str(), value.column.as_str()), (day(5), "B", "volume"));
        assert!(value.right.is_nan());
    }

    #[test]
    fn columns_of_ones_own_are_compared_by_name() {
        let with = |names: &[&str], offset: f64| {
            let cells = Array3::from_shape_fn((4, 1, names.len()), |(t, _, c)| {
                names[c].len() as f64 + t as f64 + if t == 2 { offset } else { 0.0 }
            });
            panel(0..4, &["A"])
                .with_columns(names.iter().map(|name| (*name).into()).collect(), &cells)
                .unwrap()
        };
        let found = compare_panels(&with(&["side", "vix"], 0.0), &with(&["news", "side"], 0.5));
        assert_eq!(
            (found.columns_only_left, found.columns_only_right),
            (vec!["vix".into()], vec!["news".into()])
        );
        let [value] = &found.values[..] else { panic!("{:?}", found.values) };
        assert_eq!((value.column.as_str(), value.left, value.right), ("side", 6.0, 6.5));
    }
}
