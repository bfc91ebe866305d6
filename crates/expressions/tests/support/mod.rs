//! A panel in memory, and series with gaps.
#![allow(dead_code)]

use expressions::{Columns, Expression, evaluate};
use proptest::prelude::*;

/// Columns by ticker, in the order of the names.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    pub(crate) names: Vec<&'static str>,
    pub(crate) rows: usize,
    pub(crate) tickers: Vec<Vec<Vec<f64>>>,
}

impl Columns for Panel {
    fn rows(&self) -> usize {
        self.rows
    }

    fn tickers(&self) -> usize {
        self.tickers.len()
    }

    fn names(&self) -> Vec<String> {
        self.names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn column(&self, ticker: usize, name: &str) -> Option<&[f64]> {
        let place = self.names.iter().position(|known| *known == name)?;
        Some(&self.tickers.get(ticker)?[place])
    }
}

impl Panel {
    pub(crate) fn of(columns: Vec<(&'static str, Vec<f64>)>) -> Self {
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        let (names, columns) = columns.into_iter().unzip();
        Self { names, rows, tickers: vec![columns] }
    }

    pub(crate) fn first(&self, rows: usize) -> Self {
        let cut = |columns: &Vec<Vec<f64>>| columns.iter().map(|column| column[..rows].to_vec()).collect();
        Self { names: self.names.clone(), rows, tickers: self.tickers.iter().map(cut).collect() }
    }

    /// The values of one expression for the first ticker.
    pub(crate) fn values(&self, text: &str) -> Vec<f64> {
        let expression = Expression::parse(text).unwrap();
        evaluate(&[expression], self).unwrap().column(0, 0).unwrap().to_vec()
    }
}

/// A value: often a repeated one, sometimes missing or infinite.
pub(crate) fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        5 => -50.0..50.0_f64,
        4 => (-3..4).prop_map(f64::from),
        2 => Just(f64::NAN),
        1 => prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

/// Says whether two values are equal, both missing, or within 1e-9 of each other relative to `scale`.
pub(crate) fn agree(a: f64, b: f64, scale: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * scale.max(a.abs()).max(b.abs())
}

/// A panel of bars with gaps, late starts and flat stretches.
pub(crate) fn bars(tickers: usize, rows: usize) -> impl Strategy<Value = Panel> {
    let bar = (1.0..100.0_f64, 0.0..3.0_f64, 0.0..1.0_f64, 0.0..1.0_f64, 0..1000_u32, 0..20_u32);
    let ticker = (prop::collection::vec(bar, rows), 0..=rows).prop_map(|(bars, start)| {
        let mut columns = vec![Vec::new(); 5];
        for (row, (low, range, open, close, volume, gap)) in bars.into_iter().enumerate() {
            let low = if gap < 6 { low.floor() } else { low };
            let range = if gap == 1 { 0.0 } else { range };
            let bar = [low + open * range, low + range, low, low + close * range, f64::from(volume)];
            for (column, value) in columns.iter_mut().zip(bar) {
                column.push(if gap == 0 || row < start / 3 { f64::NAN } else { value });
            }
        }
        columns
    });
    let names = vec!["open", "high", "low", "close", "volume"];
    prop::collection::vec(ticker, tickers).prop_map(move |tickers| Panel {
        names: names.clone(),
        rows,
        tickers,
    })
}
