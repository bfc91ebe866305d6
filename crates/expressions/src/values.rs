//! What evaluating expressions gives.

/// The values of some expressions: one column of rows per expression and ticker. Every NaN has the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    rows: usize,
    expressions: usize,
    tickers: usize,
    /// `[ticker][expression][row]`.
    cells: Vec<f64>,
}

impl Values {
    pub(crate) fn new(rows: usize, expressions: usize, tickers: usize, cells: Vec<f64>) -> Self {
        Self { rows, expressions, tickers, cells }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of tickers.
    #[must_use]
    pub fn tickers(&self) -> usize {
        self.tickers
    }

    /// Returns the number of expressions.
    #[must_use]
    pub fn expressions(&self) -> usize {
        self.expressions
    }

    /// Returns the values of one expression for one ticker, one per row; none if either is out of range.
    #[must_use]
    pub fn column(&self, expression: usize, ticker: usize) -> Option<&[f64]> {
        if expression >= self.expressions || ticker >= self.tickers {
            return None;
        }
        let start = (ticker * self.expressions + expression) * self.rows;
        self.cells.get(start..start + self.rows)
    }

    /// Returns all values in one piece: `[ticker][expression][row]`.
    #[must_use]
    pub fn into_cells(self) -> Vec<f64> {
        self.cells
    }
}
