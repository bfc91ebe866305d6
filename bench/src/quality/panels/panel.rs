//! A generated panel and the truth about it.

use super::bars::Bars;
use super::truth::{Truth, class};

/// Bars of some tickers on the same dates, with the true distribution of every label.
///
/// The label of a row has a horizon of one row: Up if the close of the next row is more than
/// [`THRESHOLD`](super::truth::THRESHOLD) above the row's own, relative to it, Down if it is more than that below, else
/// Hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Panel {
    /// Weekdays as `YYYY-MM-DD`, one per row.
    pub(crate) dates: Vec<String>,
    /// The tickers, in order of name.
    pub(crate) tickers: Vec<Ticker>,
}

/// One ticker of a panel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticker {
    /// The name: `P01`, `P02` and so on.
    pub(crate) name: String,
    /// The bars.
    pub(crate) bars: Bars,
    /// The distribution of each row's label, given the bars of all tickers up to that row.
    pub(crate) truth: Vec<Truth>,
}

impl Ticker {
    /// A ticker without rows; `number` counts from 0.
    pub(crate) fn new(number: usize) -> Self {
        Self { name: format!("P{:02}", number + 1), bars: Bars::default(), truth: Vec::new() }
    }

    /// The return that a row's label is about; `None` in the last row.
    pub(crate) fn outcome(&self, row: usize) -> Option<f64> {
        self.bars.change(row + 1)
    }

    /// The label of a row: 0 Hold, 1 Up, 2 Down; `None` in the last row.
    pub(crate) fn label(&self, row: usize) -> Option<usize> {
        self.outcome(row).map(class)
    }
}
