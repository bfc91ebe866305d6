//! Files of market bars, as vendors and programs write them, read into rows.
//!
//! [`read`] takes the bytes of a file and returns the rows of each ticker, in the file's order, and a [`Form`]: how the
//! file is written. The crate judges no value; it reports what the file says. Where a file could be read in more than one
//! way, such as `1/4/1999`, it is refused with the reason and the remedy, never guessed.
//!
//! ```
//! use bar_files::{Reading, read};
//!
//! let text = "Date;Open;High;Low;Close;Volume\n2.1.2015;50,32;51,45;50,16;51,43;1200\n13.1.2015;51;52;50;51;900\n";
//! let reading = Reading { ticker: Some("SAP".to_owned()), ..Reading::default() };
//! let file = read(text.as_bytes(), "SAP.csv", &reading)?;
//! assert_eq!(file.tickers[0].bars[0].close, 51.43);
//! assert_eq!(file.form.to_string(), "plain, separator ';', decimal comma, dates D.M.YYYY");
//! # Ok::<(), bar_files::ReadError>(())
//! ```
//!
//! # What is read
//!
//! | part | forms |
//! |---|---|
//! | packing | none, gzip, zstd, zip with a file for each ticker |
//! | encoding | UTF-8 and UTF-16, with and without a mark; Windows-1252 for headers and tickers |
//! | separator | `,` `;` TAB `\|`, or as a first line `sep=;` states |
//! | numbers | decimal point or comma, settled by all numbers of the file; thousands; currency signs; `1.5M` in volumes |
//! | missing | empty, `NaN`, `NA`, `N/A`, `null`, `None`, `-`, `--`, `.`, `#N/A` |
//! | dates | year, day or month first, settled by all dates; names of months; `20150102`; counts since 1970 |
//! | time of day | behind the date or in a column `Time`, with or without a zone |
//! | layout | one header line; tickers in headers (`AAPL.Open`, yfinance); MetaTrader, Stooq; [`Names::Listed`] |
//! | JSON | arrays of objects or arrays, lines, columns, Alpha Vantage, Yahoo's charts |
//! | typed columns | Parquet (feature `parquet`), Arrow and Feather 2 (feature `arrow`); an index of pandas |
//!
//! Headers are compared without case, blanks, `_`, `-`, `.`, `<>`, a number before them and a unit in parentheses behind.
//!
//! In typed columns a null is a missing value, a number keeps its bits, and a stamp with a zone stands on the zone's day.
//! Their lines are the numbers of their rows, from 1.
//!
//! # How
//!
//! A file is unpacked, decoded and opened: its headings and a sheet of rows. All rows settle how dates and numbers are
//! written; a second walk reads them. Plain files take a shorter way that gives the same result.

mod bars;
mod cells;
#[cfg(feature = "arrow")]
mod columnar;
mod date_format;
mod dates;
mod dialect;
mod encoding;
mod error;
mod expand;
mod field;
mod form;
mod header;
mod invariants;
mod json;
mod kind;
mod numbers;
mod opened;
mod plain;
mod quoted;
mod read;
mod reading;
mod records;
mod row;
mod rows;
mod series;
mod settle;
mod text;
mod tickers;
mod unpack;

#[cfg(test)]
mod tests;

pub use bars::{Bar, Cell, FileBars, TickerRows};
pub use date_format::{DateFormat, InvalidDateFormat};
pub use error::{Fault, ReadError};
pub use expand::expand;
pub use field::{Field, UnknownField};
pub use form::{Compression, Container, DecimalMark, Encoding, Form, Layout};
pub use invariants::{check_bytes, check_reading};
pub use read::{read, read_series};
pub use reading::{Names, Reading};
