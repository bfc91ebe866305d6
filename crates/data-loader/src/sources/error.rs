//! Why bars could not be read.

use std::path::PathBuf;

/// Why bars could not be read. `origin` is the file's name.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No file was named.
    #[error("no CSV file named: list at least one in data.files")]
    NoFiles,
    /// A setting does not fit the source.
    #[error("{key}: {reason}")]
    Setting {
        /// The key, such as `data.files`.
        key: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// A custom source failed.
    #[error("the source failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be opened or read.
    #[error("failed to read bars from {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is not CSV: ragged rows, bytes that are not UTF-8, or an error while reading.
    #[error("{origin} is not valid CSV")]
    Malformed {
        /// The file.
        origin: String,
        /// The cause, which names the line.
        source: ::csv::Error,
    },
    /// A file is empty.
    #[error(
        "{origin} is empty: expected a header line such as `date,open,high,low,close,volume` and rows below it"
    )]
    Empty {
        /// The file.
        origin: String,
    },
    /// A file has a header line and nothing below it.
    #[error("{origin} has a header line but no rows")]
    NoRows {
        /// The file.
        origin: String,
    },
    /// A required column is missing.
    #[error("{origin} has no column `{missing}`: found {}", found.join(", "))]
    MissingColumn {
        /// The file.
        origin: String,
        /// The column, and its other accepted names.
        missing: String,
        /// The columns found.
        found: Vec<String>,
    },
    /// Two columns have the same name.
    #[error("{origin} has the column `{column}` twice: remove or rename one of them")]
    RepeatedColumn {
        /// The file.
        origin: String,
        /// The column, as normalised.
        column: String,
    },
    /// A cell of the date column is not a date.
    #[error("{origin}, line {line}, column `{column}`: {text:?} is not a date of the form YYYY-MM-DD")]
    InvalidDate {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
    },
    /// A date has a time of day other than midnight.
    #[error(
        "{origin}, line {line}, column `{column}`: {text:?} has a time of day, but bars must be daily: \
         aggregate them to one bar a day"
    )]
    Intraday {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
    },
    /// A cell is neither empty nor a finite number.
    #[error(
        "{origin}, line {line}, column `{column}`: {text:?} is not a number: expected digits with a decimal point, or \
         an empty cell where the value is missing"
    )]
    InvalidNumber {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
    },
    /// A row of a file with a ticker column names no ticker.
    #[error("{origin}, line {line}: the ticker is empty")]
    EmptyTicker {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: u64,
    },
    /// Neither a column nor the file's name gives the ticker.
    #[error(
        "{origin} names no ticker: add a column `ticker`, or name the file after its ticker (`AAPL.csv`)"
    )]
    NoTicker {
        /// The file.
        origin: String,
    },
    /// Two files hold bars of the same ticker.
    #[error("{ticker} is in both {first} and {second}: leave out one of the files")]
    DuplicateTicker {
        /// The ticker.
        ticker: String,
        /// The first file.
        first: String,
        /// The second file.
        second: String,
    },
}
