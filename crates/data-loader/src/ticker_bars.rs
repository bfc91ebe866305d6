//! One ticker's bars as columns, from which features and labels are computed.

use crate::panel::Panel;
use crate::subset;
use artifact_core::schema::COLUMNS;
use std::ops::Range;

/// The bars of one ticker, oldest first, one slice per value.
///
/// Prices are in the source's currency, volumes in shares. The five values of a row are NaN together where the ticker
/// has no bar; see [`Panel::values`].
#[derive(Debug, Clone, Copy)]
pub struct TickerBars<'a> {
    columns: [&'a [f64]; COLUMNS.len()],
}

/// The values behind [`TickerBars`].
#[derive(Debug, Clone)]
pub struct BarColumns {
    columns: [Vec<f64>; COLUMNS.len()],
}

impl BarColumns {
    /// Copies the bars of the ticker at position `ticker` of a panel.
    ///
    /// # Panics
    ///
    /// If the panel has no such ticker.
    pub fn of<P: subset::Subset>(panel: &Panel<P>, ticker: usize) -> Self {
        let column = |place: usize| panel.values().slice(ndarray::s![.., ticker, place]).to_vec();
        Self { columns: std::array::from_fn(column) }
    }

    /// The bars.
    pub fn bars(&self) -> TickerBars<'_> {
        TickerBars { columns: self.columns.each_ref().map(Vec::as_slice) }
    }
}

impl<'a> TickerBars<'a> {
    /// Takes your own bars: open, high, low, close and volume by row; `None` unless all have the same number of rows.
    pub fn new(columns: [&'a [f64]; COLUMNS.len()]) -> Option<Self> {
        columns.windows(2).all(|pair| pair[0].len() == pair[1].len()).then_some(Self { columns })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.close().len()
    }

    /// The first price of each row.
    pub fn open(&self) -> &'a [f64] {
        self.columns[0]
    }

    /// The highest price of each row.
    pub fn high(&self) -> &'a [f64] {
        self.columns[1]
    }

    /// The lowest price of each row.
    pub fn low(&self) -> &'a [f64] {
        self.columns[2]
    }

    /// The last price of each row.
    pub fn close(&self) -> &'a [f64] {
        self.columns[3]
    }

    /// The number of shares traded in each row.
    pub fn volume(&self) -> &'a [f64] {
        self.columns[4]
    }

    /// Only the bars of `rows`.
    ///
    /// # Panics
    ///
    /// If the range extends past the last row, as slicing does.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        Self { columns: self.columns.map(|column| &column[rows.clone()]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_cut_by_row() {
        let values: [Vec<f64>; 5] = std::array::from_fn(|place| vec![place as f64, 10.0 + place as f64]);
        let bars = TickerBars::new(values.each_ref().map(Vec::as_slice)).unwrap();
        assert_eq!((bars.rows(), bars.open()[0], bars.high()[0], bars.low()[1]), (2, 0.0, 1.0, 12.0));
        assert_eq!((bars.slice(1..2).close(), bars.slice(1..2).volume()), (&[13.0][..], &[14.0][..]));
        assert!(TickerBars::new([&[1.0], &[1.0], &[1.0], &[], &[1.0]]).is_none());
    }
}
