//! What evaluating expressions gives.

/// The values of some expressions: one column of rows per expression and ticker. Every NaN has the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    rows: usize,
    expressions: usize,
    /// By ticker, then by expression.
    columns: Vec<Vec<Vec<f64>>>,
}

impl Values {
    pub(crate) fn new(rows: usize, expressions: usize, columns: Vec<Vec<Vec<f64>>>) -> Self {
        Self { rows, expressions, columns }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of tickers.
    #[must_use]
    pub fn tickers(&self) -> usize {
        self.columns.len()
    }

    /// Returns the number of expressions.
    #[must_use]
    pub fn expressions(&self) -> usize {
        self.expressions
    }

    /// Returns the values of one expression for one ticker, one per row; none if either is out of range.
    #[must_use]
    pub fn column(&self, expression: usize, ticker: usize) -> Option<&[f64]> {
        self.columns.get(ticker)?.get(expression).map(Vec::as_slice)
    }

    /// Returns all columns: `[ticker][expression][row]`.
    #[must_use]
    pub fn into_columns(self) -> Vec<Vec<Vec<f64>>> {
        self.columns
    }
}
