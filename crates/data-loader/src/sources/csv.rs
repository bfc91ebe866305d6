//! Bars from CSV files: one file per ticker, or one long file with a ticker column.
//!
//! Column names are matched ignoring case and surrounding blanks, with spaces and underscores interchangeable:
//!
//! | column | accepted names | required |
//! |---|---|---|
//! | date | `date`, `timestamp`, `datetime` | yes |
//! | prices | `open`, `high`, `low`, `close` | yes |
//! | volume | `volume` | yes |
//! | adjusted close | `adj close`, `adjusted_close`, `adjclose` | no |
//! | ticker | `ticker`, `symbol`, `name` | no |
//!
//! Other columns are ignored. Without a ticker column, the file's name gives the ticker: `AAPL.csv`, `aapl.csv` and
//! `AAPL_data.csv` all hold `AAPL`. A cell that is empty, `NaN`, `NA`, `N/A`, `null` or `none` is missing: it is read
//! as NaN and left to [`quality`](crate::quality). Any other cell that is not a finite number is an error.

mod lines;

use self::lines::Lines;
use super::dates::{self, DateCell};
use super::{RawBar, RawBars, Source, SourceBars, SourceError, SourceRequest};
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use serde::{Deserialize, Serialize};
use settings::part::{Declaration, Part};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The byte order mark that some programs write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How CSV files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvOptions {
    /// Whether open, high, low and close are multiplied by `adjusted close / close` if the file has an adjusted close
    /// (default: true). Volume is never adjusted.
    pub adjust: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { adjust: true }
    }
}

/// The source `csv`.
pub(crate) struct Csv;

impl Part for Csv {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "csv",
            "The files of `data.files`: one per ticker, or one long file with a ticker column.",
        )
    }
}

impl Source for Csv {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        if request.files.is_empty() {
            let reason = "source \"csv\" needs at least one file; list them under data.files".to_owned();
            return Err(SourceError::Setting { key: "data.files", reason });
        }
        read_with_digests(request.files, CsvOptions { adjust: request.adjust })
    }

    fn reads_seed(&self) -> bool {
        false
    }
}

/// Reads files in the given order; the tickers of a long file come in order of name.
///
/// # Errors
///
/// See [`SourceError`]; a ticker that occurs in two files is an error.
pub fn read_files(paths: &[PathBuf], options: CsvOptions) -> Result<Vec<RawBars>, SourceError> {
    Ok(read_with_digests(paths, options)?.bars)
}

/// Reads each file once, so that the bytes hashed are the bytes parsed even if the file changes meanwhile.
fn read_with_digests(paths: &[PathBuf], options: CsvOptions) -> Result<SourceBars, SourceError> {
    if paths.is_empty() {
        return Err(SourceError::NoFiles);
    }
    let (mut all, mut files) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    for path in paths {
        let unreadable = |source| SourceError::Unreadable { path: path.clone(), source };
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(SourceFile { name, sha256: Digest::of(&bytes) });
        for bars in read_file(path, &bytes, options)? {
            if let Some(first) = seen.insert(bars.ticker.clone(), path) {
                return Err(SourceError::DuplicateTicker {
                    ticker: bars.ticker,
                    first: first.display().to_string(),
                    second: path.display().to_string(),
                });
            }
            all.push(bars);
        }
    }
    Ok(SourceBars { bars: all, files })
}

/// Reads one file's bytes.
fn read_file(path: &Path, bytes: &[u8], options: CsvOptions) -> Result<Vec<RawBars>, SourceError> {
    let origin = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let stem = path.file_stem().and_then(OsStr::to_str);
    read(bytes, &origin, stem.and_then(ticker_of_stem).as_deref(), options)
}

/// The ticker in a file's stem: in upper case, without a trailing `_data`.
fn ticker_of_stem(stem: &str) -> Option<String> {
    let stem = stem.trim().to_uppercase();
    let ticker = stem.strip_suffix("_DATA").unwrap_or(&stem);
    (!ticker.is_empty()).then(|| ticker.to_owned())
}

/// Reads bars from CSV text. `origin` names it in messages; `ticker_hint` is the ticker if there is no ticker column.
///
/// The result has one entry per ticker, in order of name, each with its rows in the text's order.
///
/// # Errors
///
/// See [`SourceError`].
pub fn read(
    mut reader: impl Read,
    origin: &str,
    ticker_hint: Option<&str>,
    options: CsvOptions,
) -> Result<Vec<RawBars>, SourceError> {
    let malformed = |source| SourceError::Malformed { origin: origin.to_owned(), source };
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| malformed(error.into()))?;
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let mut csv = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text);
    let columns = Columns::find(csv.headers().map_err(malformed)?, origin, ticker_hint, options)?;

    let mut tickers: BTreeMap<String, Vec<RawBar>> = BTreeMap::new();
    let mut lines = Lines::of(text);
    for record in csv.records() {
        let record = record.map_err(malformed)?;
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let row = Row { origin, line: lines.at(start), record: &record };
        let ticker = columns.ticker(&row)?;
        tickers.entry(ticker).or_default().push(columns.bar(&row)?);
    }
    if tickers.is_empty() {
        return Err(SourceError::NoRows { origin: origin.to_owned() });
    }
    let named = |(ticker, bars)| RawBars { ticker, origin: origin.to_owned(), bars };
    Ok(tickers.into_iter().map(named).collect())
}

/// A column: its position and its normalised name.
struct Column {
    position: usize,
    name: String,
}

/// Where a row's ticker comes from.
enum TickerFrom {
    Column(Column),
    Name(String),
}

/// The columns that are read.
struct Columns {
    ticker: TickerFrom,
    date: Column,
    open: Column,
    high: Column,
    low: Column,
    close: Column,
    volume: Column,
    adjusted: Option<Column>,
}

impl Columns {
    fn find(
        header: &::csv::StringRecord,
        origin: &str,
        ticker_hint: Option<&str>,
        options: CsvOptions,
    ) -> Result<Self, SourceError> {
        if header.iter().all(str::is_empty) {
            return Err(SourceError::Empty { origin: origin.to_owned() });
        }
        let names: Vec<String> = header.iter().map(normalised).collect();
        let optional = |accepted: &[&str]| find_column(&names, accepted, origin);
        let needed = |accepted: &[&str]| {
            optional(accepted)?.ok_or_else(|| SourceError::MissingColumn {
                origin: origin.to_owned(),
                missing: accepted.join("` or `"),
                found: header.iter().map(str::to_owned).collect(),
            })
        };
        let ticker = match (optional(&["ticker", "symbol", "name"])?, ticker_hint) {
            (Some(column), _) => TickerFrom::Column(column),
            (None, Some(name)) => TickerFrom::Name(name.to_owned()),
            (None, None) => {
                return Err(SourceError::NoTicker { origin: origin.to_owned() });
            }
        };
        let adjusted = optional(&["adj_close", "adjusted_close", "adjclose"])?;
        Ok(Self {
            ticker,
            date: needed(&["date", "timestamp", "datetime"])?,
            open: needed(&["open"])?,
            high: needed(&["high"])?,
            low: needed(&["low"])?,
            close: needed(&["close"])?,
            volume: needed(&["volume"])?,
            adjusted: adjusted.filter(|_| options.adjust),
        })
    }

    fn ticker(&self, row: &Row) -> Result<String, SourceError> {
        match &self.ticker {
            TickerFrom::Name(name) => Ok(name.clone()),
            TickerFrom::Column(column) => match row.text(column) {
                "" => Err(SourceError::EmptyTicker { origin: row.origin.to_owned(), line: row.line }),
                text => Ok(text.to_uppercase()),
            },
        }
    }

    fn bar(&self, row: &Row) -> Result<RawBar, SourceError> {
        let close = row.number(&self.close)?;
        let factor = match &self.adjusted {
            // Without a positive close there is no factor: leave the prices alone, for the quality check to report. A
            // missing adjusted close makes all four prices NaN, a fault of the row: unadjusted prices among adjusted
            // ones would look like a jump.
            Some(adjusted) if close > 0.0 => row.number(adjusted)? / close,
            _ => 1.0,
        };
        Ok(RawBar {
            date: row.date(&self.date)?,
            line: row.line,
            open: row.number(&self.open)? * factor,
            high: row.number(&self.high)? * factor,
            low: row.number(&self.low)? * factor,
            close: close * factor,
            volume: row.number(&self.volume)?,
        })
    }
}

/// A column's name in the form in which names are compared.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

/// Finds the first of the `accepted` names that the file has.
fn find_column(names: &[String], accepted: &[&str], origin: &str) -> Result<Option<Column>, SourceError> {
    for &name in accepted {
        let mut found = names.iter().enumerate().filter(|(_, n)| *n == name);
        match (found.next(), found.next()) {
            (Some((position, _)), None) => {
                let name = name.to_owned();
                return Ok(Some(Column { position, name }));
            }
            (Some(_), Some(_)) => {
                return Err(SourceError::RepeatedColumn {
                    origin: origin.to_owned(),
                    column: name.to_owned(),
                });
            }
            (None, _) => {}
        }
    }
    Ok(None)
}

/// One row, with the context that an error message needs.
struct Row<'a> {
    origin: &'a str,
    line: u64,
    record: &'a ::csv::StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &Column) -> &str {
        self.record.get(column.position).unwrap_or_default()
    }

    fn number(&self, column: &Column) -> Result<f64, SourceError> {
        let text = self.text(column);
        let missing = ["", "nan", "na", "n/a", "null", "none"];
        if missing.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Ok(f64::NAN);
        }
        // `parse` accepts `inf`, and reads `1e999` as infinity: neither is a price.
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(SourceError::InvalidNumber {
                origin: self.origin.to_owned(),
                line: self.line,
                column: column.name.clone(),
                text: shortened(text),
            }),
        }
    }

    fn date(&self, column: &Column) -> Result<chrono::NaiveDate, SourceError> {
        let text = self.text(column);
        let (origin, line, column) = (self.origin.to_owned(), self.line, column.name.clone());
        match dates::parse(text) {
            DateCell::Day(date) => Ok(date),
            DateCell::Intraday => Err(SourceError::Intraday { origin, line, column, text: shortened(text) }),
            DateCell::Invalid => {
                Err(SourceError::InvalidDate { origin, line, column, text: shortened(text) })
            }
        }
    }
}

/// A cell's text, truncated for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
