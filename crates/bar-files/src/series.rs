//! Series: a column of dates and one of values.

use crate::bars::Cell;
use crate::cells::{date_of, number};
use crate::date_format::DateFormat;
use crate::dates::form::DateForm;
use crate::dates::survey::DateSurvey;
use crate::error::{Fault, Result};
use crate::numbers::read::Suffixes;
use crate::numbers::survey::NumberSurvey;
use crate::row::Sheet;

/// Reads a column of dates and one of values.
pub(crate) fn read_series(
    sheet: &dyn Sheet,
    (date, value): (usize, usize),
    headers: [&str; 2],
    format: Option<&DateFormat>,
    separator: Option<char>,
) -> Result<Vec<Cell>> {
    let (mut dates, mut numbers) = (DateSurvey::default(), NumberSurvey::default());
    sheet.visit(&mut |row| {
        if row.note {
            return Ok(());
        }
        if format.is_none() {
            dates.add(row.line, headers[0], row.cell(date))?;
        }
        numbers.add(row.line, row.cell(value));
        Ok(())
    })?;
    let mark = numbers.decide(separator)?;
    let dates = match format {
        Some(format) => DateForm::Given(format.clone()),
        None => dates.decide()?.ok_or(Fault::NoRows)?,
    };
    let mut cells = Vec::new();
    sheet.visit(&mut |row| {
        if row.note {
            return Ok(());
        }
        let time = date_of(&dates, headers[0], row.cell(date)).map_err(|fault| fault.on(row.line))?.time;
        let value = number(row.cell(value), headers[1], mark, Suffixes::Allowed)
            .map_err(|fault| fault.on(row.line))?;
        cells.push(Cell { time, line: row.line, value });
        Ok(())
    })?;
    if cells.is_empty() {
        return Err(Fault::NoRows.into());
    }
    Ok(cells)
}
