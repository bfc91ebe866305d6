//! Why a file of bars could not be read.

use crate::quoted;

/// Why a file could not be read: where, and what. Its display is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// The file, as the caller named it; with an entry's name if it is an archive.
    pub origin: String,
    /// The line, from 1, if the fault is on one.
    pub line: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&quoted::name(&self.origin))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// A fault of the file as a whole.
    pub(crate) fn of(origin: &str, fault: Fault) -> Self {
        Self { origin: origin.to_owned(), line: None, fault }
    }
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is in the file.
    #[error(
        "the file is empty: expected a header line such as `date,open,high,low,close,volume` and rows below it"
    )]
    Empty,
    /// There is a header and nothing below it.
    #[error("a header but no rows")]
    NoRows,
    /// The file is of another kind.
    #[error("this is {kind}, not text: {remedy}")]
    OtherKind {
        /// The kind, with its article.
        kind: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A packed file is damaged or cut off.
    #[error("the {packing} data are damaged or cut off ({reason}): fetch the file again")]
    Damaged {
        /// How the file is packed.
        packing: &'static str,
        /// What the unpacker says.
        reason: String,
    },
    /// A file is packed in a way that cannot be unpacked here.
    #[error("the {packing} data are packed with {codec}, which this program does not unpack: {remedy}")]
    Packed {
        /// The kind of file.
        packing: &'static str,
        /// How it is packed.
        codec: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A packed file is far larger than its size suggests.
    #[error("unpacked, the {packing} data exceed {limit} bytes: unpack the file yourself if this is right")]
    TooLarge {
        /// How the file is packed.
        packing: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The text is not in the encoding that it claims.
    #[error("the text is not valid {encoding}: save the file as UTF-8")]
    Encoding {
        /// The encoding.
        encoding: &'static str,
    },
    /// The header lacks a column.
    #[error("no column {missing}: found {found}{context}")]
    MissingColumn {
        /// The columns, in backticks.
        missing: String,
        /// The headers, at most 12.
        found: String,
        /// The separator or encoding, where it may be the reason.
        context: String,
    },
    /// The file holds something other than bars.
    #[error(
        "this looks like {seen}, not bars: expected columns of dates, open, high, low and close; found {found}"
    )]
    NotBars {
        /// What it looks like.
        seen: &'static str,
        /// The headers, at most 12.
        found: String,
    },
    /// The first line holds values.
    #[error("no header line: the first line is {found}; list the names of all columns in order")]
    NoHeader {
        /// The cells of the first line.
        found: String,
    },
    /// The caller listed fewer or more columns than a row has.
    #[error(
        "cells in the row: {found}, but columns listed: {listed}; list the names of all columns in order"
    )]
    ListedCount {
        /// Cells of the row.
        found: usize,
        /// Names listed.
        listed: usize,
    },
    /// Two columns of one name differ.
    #[error("columns {first} and {second} are both {header} but differ: remove or rename one of them")]
    RepeatedColumn {
        /// The header.
        header: String,
        /// The position of the first, from 1.
        first: usize,
        /// The position of the second, from 1.
        second: usize,
    },
    /// A row is shorter or longer than the header.
    #[error("cells in the row: {found}, in the header: {expected} (separator {separator:?}): {remedy}")]
    Ragged {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
        /// What separates cells.
        separator: char,
        /// What to look for.
        remedy: &'static str,
    },
    /// A quote opens and never closes.
    #[error("a quote opens here and never closes: close it, or fetch the file again if it is cut off")]
    UnclosedQuote,
    /// Text follows a closing quote.
    #[error("text follows the closing quote of a cell: double the quotes inside it")]
    AfterQuote,
    /// A cell of the column of dates is not a date.
    #[error("{column} {text} is not a {reason}")]
    InvalidDate {
        /// The header.
        column: String,
        /// The cell.
        text: String,
        /// What was expected, and what to do.
        reason: String,
    },
    /// Two dates are written differently.
    #[error(
        "the date {text} is written as {form}, but that of line {other_line} as {other_form}: write all alike"
    )]
    MixedDates {
        /// The cell.
        text: String,
        /// Its form.
        form: Box<str>,
        /// The line of the other.
        other_line: u64,
        /// The form of the other.
        other_form: Box<str>,
    },
    /// No date tells the day from the month.
    #[error(
        "the date {text} may be {first} or {second}, and no date of the file tells: say which with date_format"
    )]
    UndecidedDates {
        /// The first date.
        text: String,
        /// One form.
        first: &'static str,
        /// The other form.
        second: &'static str,
    },
    /// A cell is neither missing nor a finite number.
    #[error("{column} {text} is not a number: {remedy}")]
    InvalidNumber {
        /// The header.
        column: String,
        /// The cell.
        text: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Numbers are written with a decimal point and with a decimal comma.
    #[error("{text} has a decimal {mark}, but {other} of line {other_line} has not: write all numbers alike")]
    MixedNumbers {
        /// The cell.
        text: String,
        /// `point` or `comma`.
        mark: &'static str,
        /// The other cell.
        other: String,
        /// The line of the other cell.
        other_line: u64,
    },
    /// No number tells the decimal mark from the thousands separator.
    #[error(
        "in {text} the mark may be a decimal mark or separate thousands, and no number of the file tells: write \
         numbers \
         without thousands separators and with a decimal point, and separate cells with commas"
    )]
    UndecidedNumbers {
        /// The cell.
        text: String,
    },
    /// A row of a file with a column of tickers names none.
    #[error("the ticker is empty")]
    EmptyTicker,
    /// A ticker cannot be one.
    #[error("{text} is not a ticker: {reason}")]
    InvalidTicker {
        /// The ticker.
        text: String,
        /// Why.
        reason: &'static str,
    },
    /// Neither a column, nor the layout, nor the caller gives the ticker.
    #[error("no ticker: add a column `ticker`, or name the file after its ticker (`AAPL.csv`)")]
    NoTicker,
    /// Two entries of an archive hold the same ticker.
    #[error("{ticker} is in both {first} and {second}: leave one of them out")]
    DuplicateTicker {
        /// The ticker.
        ticker: String,
        /// The first entry.
        first: String,
        /// The second entry.
        second: String,
    },
    /// An archive of several files where one is expected.
    #[error("an archive of {count} files: expected one")]
    ManyFiles {
        /// The files.
        count: usize,
    },
    /// JSON that is none of the known layouts.
    #[error("{reason}")]
    Json {
        /// What is there and what was expected.
        reason: String,
    },
    /// A path that stands for no file.
    #[error("{reason}")]
    NoFiles {
        /// What is wrong.
        reason: String,
    },
}

/// A fault and the line it is on, before the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) line: Option<u64>,
    pub(crate) fault: Fault,
}

impl Located {
    pub(crate) fn of(self, origin: &str) -> ReadError {
        ReadError { origin: origin.to_owned(), line: self.line, fault: self.fault }
    }
}

impl From<Fault> for Located {
    fn from(fault: Fault) -> Self {
        Self { line: None, fault }
    }
}

impl Fault {
    /// The fault on a line.
    pub(crate) fn on(self, line: u64) -> Located {
        Located { line: Some(line), fault: self }
    }
}

/// A result inside the crate.
pub(crate) type Result<T> = std::result::Result<T, Located>;
