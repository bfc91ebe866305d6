//! The panel that expressions are evaluated over.

/// Columns of daily bars of some tickers, over rows that they share.
pub trait Columns: Sync {
    /// Returns the number of rows, the dates in ascending order.
    fn rows(&self) -> usize;

    /// Returns the number of tickers.
    fn tickers(&self) -> usize;

    /// Returns the names of the columns that every ticker has.
    fn names(&self) -> Vec<String>;

    /// Returns a column of a ticker, one value per row, NaN where there is no bar; none if there is no such column.
    fn column(&self, ticker: usize, name: &str) -> Option<&[f64]>;
}
