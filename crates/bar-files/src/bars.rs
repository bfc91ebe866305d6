//! What a file of bars says.

use crate::form::Form;
use chrono::NaiveDateTime;

/// What a file of bars says.
#[derive(Debug, Clone, PartialEq)]
pub struct FileBars {
    /// The rows of each ticker, in order of name. Never empty.
    pub tickers: Vec<TickerRows>,
    /// How the file is written.
    pub form: Form,
}

/// The rows of one ticker, in the file's order. All columns are as long as `bars`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TickerRows {
    /// The ticker, in upper case.
    pub ticker: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The adjusted closes, if the file has them; NaN where missing.
    pub adjusted: Option<Vec<f64>>,
    /// The ratios of splits, as written (vendors write 0 or 1 for none), if the file has them; NaN where missing.
    pub splits: Option<Vec<f64>>,
    /// The dividends per share, if the file has them; NaN where missing.
    pub dividends: Option<Vec<f64>>,
    /// The values of [`Reading::own`](crate::Reading::own), a column for each; NaN where missing.
    pub own: Vec<Vec<f64>>,
    /// The zone of each stamp in seconds east of UTC, if stamps have a zone; 0 for numbers of seconds since 1970.
    pub offsets: Option<Vec<i32>>,
}

/// One bar as written. Values are finite, or NaN where the cell is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The wall clock as written; midnight for a plain date. A number of seconds since 1970 is in UTC.
    pub time: NaiveDateTime,
    /// The line of the file, from 1, on which the row begins.
    pub line: u64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded.
    pub volume: f64,
}

/// One value of a series that is no bar's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The wall clock as written; midnight for a plain date.
    pub time: NaiveDateTime,
    /// The line of the file, from 1, on which the row begins.
    pub line: u64,
    /// The value; NaN where missing.
    pub value: f64,
}
