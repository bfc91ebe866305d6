//! Reading a file of bars, or a series.

use crate::bars::{Cell, FileBars};
use crate::date_format::DateFormat;
use crate::error::{Fault, ReadError, Result};
use crate::form::Form;
use crate::header::find;
use crate::header::heading::Heading;
use crate::reading::Reading;
use crate::records::Records;
use crate::row::Row;
use crate::rows;
use crate::text::TextSheet;

/// Reads a file of bars. `origin` names it in messages.
///
/// The result depends on the bytes and on `reading` alone; nothing is sorted, repaired or left out but blank rows,
/// comments and notes.
///
/// # Errors
///
/// [`ReadError`] says where and why the file cannot be read, or could be read in more than one way.
pub fn read(bytes: &[u8], origin: &str, reading: &Reading) -> std::result::Result<FileBars, ReadError> {
    read_file(bytes, reading).map_err(|error| error.of(origin))
}

/// Reads a series: the values under the header `column`, and their dates. `origin` names the file in messages.
///
/// # Errors
///
/// As [`read`].
pub fn read_series(
    bytes: &[u8],
    origin: &str,
    column: &str,
    date_format: Option<&DateFormat>,
) -> std::result::Result<Vec<Cell>, ReadError> {
    series_of(bytes, column, date_format).map_err(|error| error.of(origin))
}

fn text_of(bytes: &[u8]) -> Result<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(std::str::from_utf8(bytes).map_err(|_| Fault::Encoding { encoding: "UTF-8" })?)
}

fn read_file(bytes: &[u8], reading: &Reading) -> Result<FileBars> {
    let mut records = Records::of(text_of(bytes)?, 1, b',');
    let mut row = Row::default();
    if !records.next(&mut row)? {
        return Err(Fault::Empty.into());
    }
    let headings: Vec<Heading> = row.cells.iter().map(|cell| Heading::plain(cell)).collect();
    let columns = find::find(&headings, reading, "")?;
    let mut form = Form { separator: Some(','), files: 1, ..Form::default() };
    let sheet = TextSheet { records, separator: ',', width: headings.len() };
    let tickers = rows::read_rows(&sheet, columns, reading, &mut form)?;
    Ok(FileBars { tickers, form })
}

fn series_of(bytes: &[u8], column: &str, format: Option<&DateFormat>) -> Result<Vec<Cell>> {
    let mut records = Records::of(text_of(bytes)?, 1, b',');
    let mut row = Row::default();
    if !records.next(&mut row)? {
        return Err(Fault::Empty.into());
    }
    let headings: Vec<Heading> = row.cells.iter().map(|cell| Heading::plain(cell)).collect();
    let positions = find::find_series(&headings, column, "")?;
    let header = |position: usize| headings.get(position).map_or("", |heading| heading.written.as_str());
    let headers = [header(positions.0), header(positions.1)];
    let sheet = TextSheet { records, separator: ',', width: headings.len() };
    rows::read_series(&sheet, positions, headers, format, Some(','))
}
