//! One ticker's bars as columns, from which features and labels are computed.

use crate::panel::Panel;
use crate::subset;
use artifact_core::schema::COLUMNS;
use std::ops::Range;

/// The bars of one ticker, oldest first, one slice per value.
///
/// Prices are in the source's currency, volumes in shares. The five values of a row are NaN together where the ticker
/// has no bar; see [`Panel::values`]. Columns of one's own, `data.columns` and `data.series`, are found by name.
#[derive(Debug, Clone, Copy)]
pub struct TickerBars<'a> {
    columns: [&'a [f64]; COLUMNS.len()],
    own_names: &'a [String],
    /// The columns of one's own, of which row `first` is the first of these bars.
    own: &'a [Vec<f64>],
    first: usize,
}

/// The values behind [`TickerBars`].
#[derive(Debug, Clone)]
pub struct BarColumns {
    columns: [Vec<f64>; COLUMNS.len()],
    own_names: Vec<String>,
    own: Vec<Vec<f64>>,
}

impl BarColumns {
    /// Copies the bars of the ticker at position `ticker` of a panel.
    ///
    /// # Panics
    ///
    /// If the panel has no such ticker.
    pub fn of<P: subset::Subset>(panel: &Panel<P>, ticker: usize) -> Self {
        let column = |place: usize| panel.values().slice(ndarray::s![.., ticker, place]).to_vec();
        let own_names = panel.own_columns().to_vec();
        let own = (0..own_names.len()).map(|place| column(COLUMNS.len() + place)).collect();
        Self { columns: std::array::from_fn(column), own_names, own }
    }

    /// The bars.
    pub fn bars(&self) -> TickerBars<'_> {
        let columns = self.columns.each_ref().map(Vec::as_slice);
        TickerBars { columns, own_names: &self.own_names, own: &self.own, first: 0 }
    }
}

impl<'a> TickerBars<'a> {
    /// Takes your own bars: open, high, low, close and volume by row; `None` unless all have the same number of rows.
    pub fn new(columns: [&'a [f64]; COLUMNS.len()]) -> Option<Self> {
        let even = columns.windows(2).all(|pair| pair[0].len() == pair[1].len());
        even.then_some(Self { columns, own_names: &[], own: &[], first: 0 })
    }

    /// Adds columns of one's own, in place of any that were there: one name and one value per row for each; `None`
    /// unless they are as long as the bars.
    pub fn with_columns(self, names: &'a [String], columns: &'a [Vec<f64>]) -> Option<Self> {
        let even = names.len() == columns.len() && columns.iter().all(|column| column.len() == self.rows());
        even.then_some(Self { own_names: names, own: columns, first: 0, ..self })
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

    /// The names of the columns of one's own, in stored order.
    pub fn own_columns(&self) -> &'a [String] {
        self.own_names
    }

    /// A column by name, one value per row, NaN where there is none: a column of one's own, or `open`, `high`, `low`,
    /// `close` or `volume`; `None` if there is no such column.
    pub fn column(&self, name: &str) -> Option<&'a [f64]> {
        if let Some(place) = COLUMNS.iter().position(|known| *known == name) {
            return Some(self.columns[place]);
        }
        let place = self.own_names.iter().position(|known| known == name)?;
        self.own[place].get(self.first..self.first + self.rows())
    }

    /// Only the bars of `rows`.
    ///
    /// # Panics
    ///
    /// If the range extends past the last row, as slicing does.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let columns = self.columns.map(|column| &column[rows.clone()]);
        Self { columns, first: self.first + rows.start, ..*self }
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

    #[test]
    fn columns_of_ones_own_are_found_by_name_and_cut_with_the_bars() {
        let values: [Vec<f64>; 5] = std::array::from_fn(|place| vec![place as f64; 3]);
        let bars = TickerBars::new(values.each_ref().map(Vec::as_slice)).unwrap();
        let (names, own) =
            (["side".to_owned(), "vix".to_owned()], [vec![1.0, -1.0, 0.0], vec![7.0, 8.0, 9.0]]);
        let bars = bars.with_columns(&names, &own).unwrap();
        assert_eq!(bars.own_columns(), names);
        assert_eq!((bars.column("vix"), bars.column("high")), (Some(&own[1][..]), Some(&values[1][..])));
        let cut = bars.slice(1..3).slice(1..2);
        assert_eq!((cut.column("side"), cut.column("vix")), (Some(&[0.0][..]), Some(&[9.0][..])));
        assert_eq!(bars.slice(3..3).column("vix"), Some(&[][..]));
        assert_eq!(bars.column("sentiment"), None);
        assert!(bars.with_columns(&names, &own[..1]).is_none());
        assert!(bars.with_columns(&names[..1], &[vec![1.0]]).is_none());
    }
}
