//! Why bars do not form a panel.

use crate::period::{DateRange, Period};
use artifact_core::Moment;
use std::fmt;

/// Why bars do not form a panel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PanelError {
    /// There is no ticker.
    #[error("there are no bars: name at least one ticker")]
    NoTickers,
    /// A requested ticker has no bars.
    #[error("there are no bars for {wanted}: found {}", known.join(", "))]
    UnknownTicker {
        /// The ticker.
        wanted: String,
        /// The tickers that have bars, in order of name.
        known: Vec<String>,
    },
    /// A ticker is given twice, or requested twice.
    #[error("{ticker} occurs twice: name every ticker once")]
    RepeatedTicker {
        /// The ticker.
        ticker: String,
    },
    /// A ticker's rows are out of order of date, or a date occurs twice.
    #[error(
        "{ticker}, line {line}: {date} does not come after {previous}; run the quality check before aligning the bars"
    )]
    NotAscending {
        /// The ticker.
        ticker: String,
        /// The row's line in the source.
        line: u64,
        /// Its date.
        date: Moment,
        /// The date of the row before it.
        previous: Moment,
    },
    /// The rows of two tickers are not placed in time in the same way.
    #[error(
        "the rows of {first} are {first_rows}, those of {other} are {other_rows}: bring them to one step with \
         data.resample, such as \"1d\", write all stamps with their offset from UTC or none, or leave one of the tickers out"
    )]
    MixedClocks {
        /// The first ticker.
        first: String,
        /// What its rows are.
        first_rows: &'static str,
        /// The first ticker that differs.
        other: String,
        /// What its rows are.
        other_rows: &'static str,
    },
    /// A ticker has no bars.
    #[error("{ticker} has no bars: leave it out")]
    NoBars {
        /// The ticker.
        ticker: String,
    },
    /// No date is common to all tickers.
    #[error(
        "there is no date on which all tickers traded ({}): leave out a ticker, or set alignment = \"union\"",
        TickerSpan::list(spans)
    )]
    NoCommonDate {
        /// The dates of each ticker.
        spans: Vec<TickerSpan>,
    },
    /// The values do not have one cell for each date, ticker and column.
    #[error("the values have shape {found:?}, expected (dates, tickers, columns) = {expected:?}")]
    Shape {
        /// The values' shape.
        found: (usize, usize, usize),
        /// The shape that the dates and tickers require.
        expected: (usize, usize, usize),
    },
    /// A column of one's own has a name that is taken, or that is no name.
    #[error(
        "{name:?} cannot name a column of one's own: use letters, digits and '_', no digit first, no name of a bar's \
         column, and each name once"
    )]
    ColumnName {
        /// The name.
        name: String,
    },
    /// The source gave a column of one's own twice.
    #[error("the source gives {column} of {ticker} twice: give every column once")]
    RepeatedColumn {
        /// The column.
        column: String,
        /// The ticker.
        ticker: String,
    },
    /// The dates are not ascending.
    #[error(
        "the date {date} does not come after {previous} in the row before; order the rows by date, each date once"
    )]
    Unordered {
        /// The date.
        date: Moment,
        /// The date of the row before it.
        previous: Moment,
    },
    /// No row lies in the period.
    #[error("there are no bars in the period {period}: {}", describe(available))]
    EmptyPeriod {
        /// The period.
        period: Period,
        /// The first and the last date of the bars, if there are any.
        available: Option<DateRange>,
    },
}

/// The dates of one ticker's bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickerSpan {
    /// The ticker.
    pub ticker: String,
    /// Its first and its last date.
    pub range: DateRange,
}

impl TickerSpan {
    /// The spans on one line, for a message.
    fn list(spans: &[TickerSpan]) -> String {
        let shown: Vec<String> = spans.iter().take(8).map(TickerSpan::to_string).collect();
        let more = spans.len() - shown.len();
        let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
        shown.join(", ") + &tail
    }
}

impl fmt::Display for TickerSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} to {}", self.ticker, self.range.start, self.range.end)
    }
}

fn describe(available: &Option<DateRange>) -> String {
    match available {
        Some(range) => format!("the bars run from {} to {}", range.start, range.end),
        None => "there are none at all".to_owned(),
    }
}
