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
//! Columns that `data.columns` names are read too; all others are ignored. Without a ticker column, the file's name gives the ticker: `AAPL.csv`, `aapl.csv` and
//! `AAPL_data.csv` all hold `AAPL`. A cell that is empty, `NaN`, `NA`, `N/A`, `null` or `none` is missing: it is read
//! as NaN and left to [`quality`](crate::quality). Any other cell that is not a finite number is an error.

pub(super) mod lines;
pub(super) mod table;

use self::lines::Lines;
use self::table::{Column, DATE, Header, Row};
use super::{Actions, RawBar, RawBars, RawCell, RawColumn, Source, SourceBars, SourceError, SourceRequest};
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use settings::ColumnSetting;
use settings::part::{Declaration, Part};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The byte order mark that some programs write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

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
        Ok(self.read_with_columns(request)?.0)
    }

    fn read_with_columns(
        &self,
        request: &SourceRequest<'_>,
    ) -> Result<(SourceBars, Vec<RawColumn>), SourceError> {
        if request.files.is_empty() {
            let reason = "source \"csv\" needs at least one file; list them under data.files".to_owned();
            return Err(SourceError::Setting { key: "data.files", reason });
        }
        read_with_digests(request.files, request.columns)
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
pub fn read_files(paths: &[PathBuf]) -> Result<Vec<RawBars>, SourceError> {
    Ok(read_files_with(paths, &[])?.0)
}

/// As [`read_files`], with columns of one's own.
///
/// # Errors
///
/// As [`read_files`]; [`SourceError::MissingColumn`] for a file that lacks one of the columns.
pub fn read_files_with(
    paths: &[PathBuf],
    columns: &[ColumnSetting],
) -> Result<(Vec<RawBars>, Vec<RawColumn>), SourceError> {
    let (read, columns) = read_with_digests(paths, columns)?;
    Ok((read.bars, columns))
}

/// Reads each file once, so that the bytes hashed are the bytes parsed even if the file changes meanwhile.
fn read_with_digests(
    paths: &[PathBuf],
    columns: &[ColumnSetting],
) -> Result<(SourceBars, Vec<RawColumn>), SourceError> {
    if paths.is_empty() {
        return Err(SourceError::NoFiles);
    }
    let (mut all, mut own, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    for path in paths {
        let (bytes, file) = read_bytes(path)?;
        files.push(file);
        let (bars, columns) = read_file(path, &bytes, columns)?;
        own.extend(columns);
        for bars in bars {
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
    Ok((SourceBars { bars: all, files }, own))
}

/// A file's bytes, and their description.
pub(super) fn read_bytes(path: &Path) -> Result<(Vec<u8>, SourceFile), SourceError> {
    let unreadable = |source| SourceError::Unreadable { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = SourceFile { name, sha256: Digest::of(&bytes) };
    Ok((bytes, file))
}

/// A text's bytes without a byte order mark.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Reads one file's bytes.
fn read_file(
    path: &Path,
    bytes: &[u8],
    columns: &[ColumnSetting],
) -> Result<(Vec<RawBars>, Vec<RawColumn>), SourceError> {
    let origin = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let stem = path.file_stem().and_then(OsStr::to_str);
    read_with(bytes, &origin, stem.and_then(ticker_of_stem).as_deref(), columns)
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
) -> Result<Vec<RawBars>, SourceError> {
    let malformed =
        |error: std::io::Error| SourceError::Malformed { origin: origin.to_owned(), source: error.into() };
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(malformed)?;
    Ok(read_with(&bytes, origin, ticker_hint, &[])?.0)
}

/// As [`read`], with columns of one's own: one for each ticker and each of `own`, as long as the ticker's bars.
///
/// # Errors
///
/// As [`read`]; [`SourceError::MissingColumn`] if one of `own` is not there.
pub fn read_with(
    bytes: &[u8],
    origin: &str,
    ticker_hint: Option<&str>,
    own: &[ColumnSetting],
) -> Result<(Vec<RawBars>, Vec<RawColumn>), SourceError> {
    let malformed = |source| SourceError::Malformed { origin: origin.to_owned(), source };
    let text = without_mark(bytes);
    let mut csv = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text);
    let header = Header::of(csv.headers().map_err(malformed)?, origin)?;
    let columns = Columns::find(&header, ticker_hint)?;
    let own_columns = own.iter().map(|column| header.needed(&[column.header()]));
    let own_columns = own_columns.collect::<Result<Vec<Column>, _>>()?;

    let mut tickers: BTreeMap<String, (Vec<RawBar>, Vec<f64>, Vec<Vec<RawCell>>)> = BTreeMap::new();
    let mut lines = Lines::of(text);
    for record in csv.records() {
        let record = record.map_err(malformed)?;
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let row = Row { origin, line: lines.at(start), record: &record };
        let (ticker, bar) = (columns.ticker(&row)?, columns.bar(&row)?);
        let none = || (Vec::new(), Vec::new(), vec![Vec::new(); own.len()]);
        let (bars, adjusted, cells) = tickers.entry(ticker).or_insert_with(none);
        for (cells, column) in cells.iter_mut().zip(&own_columns) {
            cells.push(RawCell { date: bar.date, line: bar.line, value: row.number(column)? });
        }
        bars.push(bar);
        if let Some(column) = &columns.adjusted {
            adjusted.push(row.number(column)?);
        }
    }
    if tickers.is_empty() {
        return Err(SourceError::NoRows { origin: origin.to_owned() });
    }
    let (mut all, mut all_own) = (Vec::new(), Vec::new());
    for (ticker, (bars, adjusted, cells)) in tickers {
        for (column, cells) in own.iter().zip(cells) {
            let (name, ticker) = (column.name.clone(), Some(ticker.clone()));
            all_own.push(RawColumn { name, ticker, origin: origin.to_owned(), cells });
        }
        let adjusted = columns.adjusted.is_some().then_some(adjusted);
        all.push(RawBars { actions: Actions { adjusted, ..Actions::default() }, ..RawBars::new(ticker, origin, bars) });
    }
    Ok((all, all_own))
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
        header: &Header<'_>,
        ticker_hint: Option<&str>,
        ) -> Result<Self, SourceError> {
        let origin = header.origin();
        let ticker = match (header.optional(&["ticker", "symbol", "name"])?, ticker_hint) {
            (Some(column), _) => TickerFrom::Column(column),
            (None, Some(name)) => TickerFrom::Name(name.to_owned()),
            (None, None) => {
                return Err(SourceError::NoTicker { origin: origin.to_owned() });
            }
        };
        let adjusted = header.optional(&["adj_close", "adjusted_close", "adjclose"])?;
        Ok(Self {
            ticker,
            date: header.needed(DATE)?,
            open: header.needed(&["open"])?,
            high: header.needed(&["high"])?,
            low: header.needed(&["low"])?,
            close: header.needed(&["close"])?,
            volume: header.needed(&["volume"])?,
            adjusted,
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
        Ok(RawBar {
            date: row.date(&self.date)?,
            line: row.line,
            open: row.number(&self.open)?,
            high: row.number(&self.high)?,
            low: row.number(&self.low)?,
            close: row.number(&self.close)?,
            volume: row.number(&self.volume)?,
        })
    }
}

#[cfg(test)]
mod tests;
