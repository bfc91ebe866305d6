//! Reading a file of bars, or a series.

use crate::bars::{Cell, FileBars};
#[cfg(feature = "arrow")]
use crate::columnar;
use crate::date_format::DateFormat;
use crate::encoding;
use crate::error::{Fault, ReadError, Result};
use crate::form::{Encoding, Form};
use crate::header::columns::Columns;
use crate::header::find;
use crate::header::heading::Heading;
use crate::json;
use crate::kind;
use crate::opened::Opened;
use crate::plain;
use crate::quoted;
use crate::reading::{Names, Reading};
use crate::row::Sheet;
use crate::rows;
use crate::series;
use crate::text;
use crate::unpack::{self, Unpacked};
use std::collections::BTreeMap;

/// Reads a file of bars. `origin` names it in messages.
///
/// The result depends on the bytes and on `reading` alone; nothing is sorted, repaired or left out but blank rows,
/// comments, notes ([`Form::notes`]) and, in a file with several tickers side by side, rows without any value of a ticker.
/// Each entry of a zip archive is a file whose name gives the ticker.
///
/// # Errors
///
/// [`ReadError`] says where and why the file cannot be read, or could be read in more than one way.
pub fn read(bytes: &[u8], origin: &str, reading: &Reading) -> std::result::Result<FileBars, ReadError> {
    let (compression, files) = unpack::unpack(bytes).map_err(|fault| ReadError::of(origin, fault))?;
    let mut merged = Merged::default();
    for file in &files {
        let (name, reading) = of_entry(origin, file, reading);
        let mut bars = read_file(&file.bytes, &reading).map_err(|error| error.of(&name))?;
        bars.form.compression = compression;
        merged.add(bars, name).map_err(|fault| ReadError::of(origin, fault))?;
    }
    merged.finish().ok_or_else(|| ReadError::of(origin, Fault::Empty))
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
    let (_, files) = unpack::unpack(bytes).map_err(|fault| ReadError::of(origin, fault))?;
    let [file] = files.as_slice() else {
        return Err(ReadError::of(origin, Fault::ManyFiles { count: files.len() }));
    };
    series_of(&file.bytes, column, date_format).map_err(|error| error.of(origin))
}

/// The name and the reading of a file, which may be an archive's entry.
fn of_entry(origin: &str, file: &Unpacked<'_>, reading: &Reading) -> (String, Reading) {
    match &file.name {
        None => (origin.to_owned(), reading.clone()),
        Some(name) => {
            let ticker = unpack::ticker_of_name(name).or_else(|| reading.ticker.clone());
            (format!("{origin}/{name}"), Reading { ticker, ..reading.clone() })
        }
    }
}

/// The files of an archive as one.
#[derive(Default)]
struct Merged {
    bars: Option<FileBars>,
    origins: BTreeMap<String, String>,
}

impl Merged {
    fn add(&mut self, file: FileBars, name: String) -> std::result::Result<(), Fault> {
        for rows in &file.tickers {
            if let Some(first) = self.origins.insert(rows.ticker.clone(), name.clone()) {
                let [first, second] = [first, name].map(|name| quoted::name(&name));
                return Err(Fault::DuplicateTicker { ticker: rows.ticker.clone(), first, second });
            }
        }
        let Some(bars) = &mut self.bars else {
            self.bars = Some(file);
            return Ok(());
        };
        bars.tickers.extend(file.tickers);
        bars.form.files += 1;
        bars.form.clock |= file.form.clock;
        bars.form.zone |= file.form.zone;
        bars.form.volume &= file.form.volume;
        Ok(())
    }

    fn finish(mut self) -> Option<FileBars> {
        if let Some(bars) = &mut self.bars {
            bars.tickers.sort_by(|a, b| a.ticker.cmp(&b.ticker));
        }
        self.bars
    }
}

/// Reads a file that is not packed.
fn read_file(bytes: &[u8], reading: &Reading) -> Result<FileBars> {
    #[cfg(feature = "arrow")]
    if let Some((container, opened)) = columnar::open(bytes, &reading.names)? {
        let (columns, form) = columns_and_form(&opened, Encoding::Utf8, reading)?;
        return read_every_row(&opened, columns, Form { container, ..form }, reading);
    }
    kind::refuse(bytes)?;
    let (text, encoding) = encoding::decode(bytes)?;
    if json::open::is_json(&text) {
        let opened = json::open::open(&text, &reading.names)?;
        let (columns, form) = columns_and_form(&opened, encoding, reading)?;
        return read_every_row(&opened, columns, form, reading);
    }
    let opened = text::open(&text, &reading.names)?;
    let (columns, mut form) = columns_and_form(&opened, encoding, reading)?;
    match plain::read_plain(&opened, &columns, reading, &mut form) {
        Some(tickers) => Ok(FileBars { tickers, form }),
        None => read_every_row(&opened, columns, form, reading),
    }
}

fn columns_and_form<S>(opened: &Opened<S>, encoding: Encoding, reading: &Reading) -> Result<(Columns, Form)> {
    let context = context(&opened.headings, opened.separator, encoding);
    let columns = find::find(&opened.headings, reading, &context)?;
    let (layout, separator) = (opened.layout, opened.separator);
    Ok((columns, Form { encoding, layout, separator, files: 1, ..Form::default() }))
}

fn read_every_row<S: Sheet>(
    opened: &Opened<S>,
    columns: Columns,
    mut form: Form,
    reading: &Reading,
) -> Result<FileBars> {
    let tickers = rows::read_rows(&opened.sheet, columns, reading, &mut form)?;
    Ok(FileBars { tickers, form })
}

fn series_of(bytes: &[u8], column: &str, format: Option<&DateFormat>) -> Result<Vec<Cell>> {
    #[cfg(feature = "arrow")]
    if let Some((_, opened)) = columnar::open(bytes, &Names::Found)? {
        return series_opened(&opened, Encoding::Utf8, column, format);
    }
    kind::refuse(bytes)?;
    let (text, encoding) = encoding::decode(bytes)?;
    if json::open::is_json(&text) {
        return series_opened(&json::open::open(&text, &Names::Found)?, encoding, column, format);
    }
    series_opened(&text::open(&text, &Names::Found)?, encoding, column, format)
}

fn series_opened<S: Sheet>(
    opened: &Opened<S>,
    encoding: Encoding,
    column: &str,
    format: Option<&DateFormat>,
) -> Result<Vec<Cell>> {
    let context = context(&opened.headings, opened.separator, encoding);
    let positions = find::find_series(&opened.headings, column, &context)?;
    let header =
        |position: usize| opened.headings.get(position).map_or("", |heading| heading.written.as_str());
    let headers = [header(positions.0), header(positions.1)];
    series::read_series(&opened.sheet, positions, headers, format, opened.separator)
}

/// What may explain that a column is missing: a separator that separates little, or an encoding that was assumed.
fn context(headings: &[Heading], separator: Option<char>, encoding: Encoding) -> String {
    match (headings, separator, encoding) {
        ([_], Some(_), _) => " (none of the separators , ; | and TAB is in it)".to_owned(),
        (_, _, Encoding::Windows1252) => " (read as Windows-1252, because it is not UTF-8)".to_owned(),
        ([_, _], Some(separator), _) => format!(" (separator {separator:?})"),
        _ => String::new(),
    }
}
