//! Where bars come from.

pub mod csv;
mod dates;
mod error;
pub mod sample;
pub mod synthetic;

pub use error::SourceError;

use chrono::NaiveDate;

/// The bars of one ticker as the source gave them: not yet checked, in the source's order.
#[derive(Debug, Clone, PartialEq)]
pub struct RawBars {
    /// The ticker, in upper case.
    pub ticker: String,
    /// Where the bars come from: a file name, `sample` or `synthetic`.
    pub origin: String,
    /// The bars.
    pub bars: Vec<RawBar>,
}

/// One bar as the source gave it. A cell that was empty is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawBar {
    /// The session's date.
    pub date: NaiveDate,
    /// The line in the source, from 1.
    pub line: u64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// The number of shares traded.
    pub volume: f64,
}

impl RawBar {
    /// The values in the order of [`COLUMNS`](artifact_core::schema::COLUMNS).
    pub fn values(&self) -> [f64; 5] {
        [self.open, self.high, self.low, self.close, self.volume]
    }
}
