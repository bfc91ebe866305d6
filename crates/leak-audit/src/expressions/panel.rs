//! The cells that expressions read: named columns over rows and tickers.

use crate::bars::{Bars, CLOSE, HIGH, LOW, OPEN, VOLUME};

/// Named columns of numbers, all over the same rows and tickers. A cell without a bar holds NaN.
pub(crate) struct Panel {
    rows: usize,
    tickers: usize,
    names: Vec<String>,
    /// For each column its values, row by row, with the tickers of a row side by side.
    values: Vec<Vec<f64>>,
    /// For each ticker the row of its first bar.
    first_bars: Vec<usize>,
}

/// The columns of a bar: the first row on which one of them has a value is a ticker's first.
const OF_BARS: [&str; 5] = ["open", "high", "low", "close", "volume"];

impl Panel {
    /// The open, high, low, close and volume of bars, and the columns of one's own.
    pub(crate) fn of(bars: &Bars) -> Self {
        let of_bars = [("open", OPEN), ("high", HIGH), ("low", LOW), ("close", CLOSE), ("volume", VOLUME)];
        let (rows, tickers) = (bars.rows(), bars.tickers.len());
        let (names, values, first_bars) = (Vec::new(), Vec::new(), Vec::new());
        let mut panel = Self { rows, tickers, names, values, first_bars };
        for (name, column) in of_bars.into_iter().chain(bars.own_columns()) {
            let mut values = Vec::with_capacity(panel.rows * panel.tickers);
            for row in 0..panel.rows {
                values.extend((0..panel.tickers).map(|ticker| bars.value(row, ticker, column)));
            }
            panel.names.push(name.to_owned());
            panel.values.push(values);
        }
        panel.find_first_bars();
        panel
    }

    fn find_first_bars(&mut self) {
        let columns: Vec<usize> = OF_BARS.iter().filter_map(|name| self.column(name)).collect();
        let is_there = |row: usize, ticker: usize| {
            columns.is_empty() || columns.iter().any(|&column| !self.value(column, row, ticker).is_nan())
        };
        let first = |ticker| (0..self.rows).find(|&row| is_there(row, ticker)).unwrap_or(self.rows);
        self.first_bars = (0..self.tickers).map(first).collect();
    }

    /// The row of a ticker's first bar; earlier rows do not exist for it.
    pub(crate) fn first_bar(&self, ticker: usize) -> usize {
        self.first_bars[ticker]
    }

    /// The panel with one more column, given row by row with the tickers of a row side by side; `None` if it does not
    /// have one value per row and ticker.
    pub(crate) fn with(mut self, name: &str, values: Vec<f64>) -> Option<Self> {
        if values.len() != self.rows * self.tickers {
            return None;
        }
        self.names.push(name.to_owned());
        self.values.push(values);
        self.find_first_bars();
        Some(self)
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The number of tickers.
    pub(crate) fn tickers(&self) -> usize {
        self.tickers
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// One cell.
    pub(crate) fn value(&self, column: usize, row: usize, ticker: usize) -> f64 {
        self.values[column][row * self.tickers + ticker]
    }
}

#[cfg(test)]
impl Panel {
    /// A panel of the given columns, each row by row with the tickers of a row side by side.
    pub(crate) fn of_columns(tickers: usize, columns: &[(&str, Vec<f64>)]) -> Self {
        let rows = columns.first().map_or(0, |(_, values)| values.len() / tickers);
        let empty =
            Self { rows, tickers, names: Vec::new(), values: Vec::new(), first_bars: vec![0; tickers] };
        columns.iter().fold(empty, |panel, (name, values)| panel.with(name, values.clone()).unwrap())
    }

    /// The panel without its later rows.
    pub(crate) fn first_rows(&self, rows: usize) -> Self {
        let values = self.values.iter().map(|column| column[..rows * self.tickers].to_vec()).collect();
        let mut panel =
            Self { rows, tickers: self.tickers, names: self.names.clone(), values, first_bars: Vec::new() };
        panel.find_first_bars();
        panel
    }
}
