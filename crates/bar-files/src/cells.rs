//! Reading a cell once it is settled how cells are written, with the fault that names its column.

use crate::dates::form::{DateForm, Read};
use crate::error::Fault;
use crate::form::{DecimalMark, Encoding};
use crate::numbers::read::{Suffixes, read};
use crate::quoted;

/// Reads a date.
pub(crate) fn date_of<'t>(form: &DateForm, column: &str, text: &'t str) -> Result<Read<'t>, Fault> {
    form.read(text).ok_or_else(|| Fault::InvalidDate {
        column: format!("`{}`", quoted::bare(column)),
        text: quoted::cell(text),
        reason: format!("date of the form {form}: correct it, or state another date format"),
    })
}

/// Reads a number; NaN if it is missing.
pub(crate) fn number(cell: &str, column: &str, mark: DecimalMark, suffixes: Suffixes) -> Result<f64, Fault> {
    read(cell, mark, suffixes).map_err(|no| Fault::InvalidNumber {
        column: format!("`{}`", quoted::bare(column)),
        text: quoted::cell(cell),
        remedy: if cell.is_ascii() { no.remedy() } else { no.remedy_beyond_ascii() },
    })
}

/// Refuses a ticker that shows that bytes were not Windows-1252: letters are all it may have beyond ASCII.
pub(crate) fn check_decoded(ticker: &str, encoding: Encoding) -> Result<(), Fault> {
    let odd = |c: char| !c.is_ascii() && !c.is_alphabetic();
    if encoding == Encoding::Windows1252 && ticker.contains(odd) {
        return Err(Fault::Encoding { encoding: "UTF-8, and its tickers are not Windows-1252 either" });
    }
    Ok(())
}
