//! The bars of one ticker.

use super::draws::Draws;
use super::truth::SD;

/// Open, high, low, close and volume of one ticker, one value per row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bars {
    /// Prices, positive.
    pub(crate) open: Vec<f64>,
    /// Prices, no lower than open and close.
    pub(crate) high: Vec<f64>,
    /// Prices, no higher than open and close; positive.
    pub(crate) low: Vec<f64>,
    /// Prices, positive.
    pub(crate) close: Vec<f64>,
    /// Whole numbers, positive.
    pub(crate) volume: Vec<f64>,
}

impl Bars {
    /// Adds a row whose close is `1 + change` times the previous close, or times 100 in row 0.
    ///
    /// The logarithm of the open over the previous close is `gap`, give or take half a standard deviation of a return.
    /// The high lies 0.25 to 0.75 standard deviations above open and close, and the low as far below them. The volume
    /// is `exp(log_volume)`, rounded.
    pub(crate) fn push(&mut self, change: f64, gap: f64, log_volume: f64, draws: &mut Draws) {
        let previous = self.close.last().copied().unwrap_or(100.0);
        let close = previous * (1.0 + change);
        let open = previous * libm::exp(gap + SD * (draws.uniform() - 0.5));
        let above = libm::exp(SD * (0.25 + 0.5 * draws.uniform()));
        let below = libm::exp(-SD * (0.25 + 0.5 * draws.uniform()));
        self.open.push(open);
        self.high.push(open.max(close) * above);
        self.low.push(open.min(close) * below);
        self.close.push(close);
        self.volume.push(libm::exp(log_volume).round().max(1.0));
    }

    /// The simple return of `row` on the row before; `None` in row 0 and beyond the end.
    pub(crate) fn change(&self, row: usize) -> Option<f64> {
        Some(self.close.get(row)? / self.close.get(row.checked_sub(1)?)? - 1.0)
    }

    /// Open, high, low, close and volume.
    pub(crate) fn columns(&self) -> [&[f64]; 5] {
        [&self.open, &self.high, &self.low, &self.close, &self.volume].map(Vec::as_slice)
    }
}
