//! Reading a cell once it is settled how cells are written, with the fault that names its column.

use crate::dates::form::{DateForm, Read};
use crate::dates::shape::NoStamp;
use crate::dates::survey::not_a_date;
use crate::error::Fault;
use crate::form::{DecimalMark, Encoding};
use crate::numbers::read::{Suffixes, read};
use crate::quoted;

/// Reads a date.
pub(crate) fn date_of<'t>(form: &DateForm, column: &str, text: &'t str) -> Result<Read<'t>, Fault> {
    form.read(text).ok_or_else(|| match not_a_date(NoStamp::Other, column, text) {
        Fault::InvalidDate { column, text, .. } => {
            let context = format!(" of the form {form}");
            Fault::InvalidDate { column, text, context, remedy: "correct it, or state another date format" }
        }
        other => other,
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
