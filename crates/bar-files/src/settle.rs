//! What all rows of a file settle: how dates and numbers are written, and which columns count.

use crate::dates::form::DateForm;
use crate::dates::survey::DateSurvey;
use crate::error::{Fault, Result};
use crate::field::Field;
use crate::form::Form;
use crate::header::columns::Columns;
use crate::numbers::survey::NumberSurvey;
use crate::quoted;
use crate::reading::Reading;
use crate::row::Sheet;

/// Walks all rows; the result is the form of the dates, `form` gets the rest.
pub(crate) fn settle(
    sheet: &dyn Sheet,
    columns: &mut Columns,
    reading: &Reading,
    form: &mut Form,
) -> Result<DateForm> {
    let (mut dates, mut numbers, mut rows) = (DateSurvey::default(), NumberSurvey::default(), 0_u64);
    let mut traded = vec![false; columns.groups.len()];
    sheet.visit(&mut |row| {
        if row.note {
            form.notes.push(row.line);
            return Ok(());
        }
        rows += 1;
        if reading.date_format.is_none() {
            dates.add(row.line, columns.header(columns.date), row.cell(columns.date))?;
        }
        for &(first, second) in &columns.twins {
            if row.cell(first) != row.cell(second) {
                let header = format!("`{}`", quoted::bare(columns.header(first)));
                return Err(
                    Fault::RepeatedColumn { header, first: first + 1, second: second + 1 }.on(row.line)
                );
            }
        }
        for (group, traded) in columns.groups.iter().zip(&mut traded) {
            for position in group.numbers() {
                numbers.add(row.line, row.cell(position));
            }
            let volume = group.volume.map_or("", |position| row.cell(position));
            *traded = *traded || volume.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        }
        Ok(())
    })?;
    if rows == 0 {
        return Err(Fault::NoRows.into());
    }
    for (group, traded) in columns.groups.iter_mut().zip(traded) {
        if let Some(ticks) = group.tick_volume.take().filter(|_| !traded) {
            group.volume = Some(ticks);
        }
    }
    form.decimal_mark = numbers.decide(form.separator)?;
    match &reading.date_format {
        Some(format) => Ok(DateForm::Given(format.clone())),
        None => Ok(dates.decide()?.ok_or(Fault::NoRows)?),
    }
}

/// Notes which header stands for which field.
pub(crate) fn describe(columns: &Columns, form: &mut Form) {
    let mut note = |field, position: Option<usize>| {
        if let Some(position) = position {
            form.headers.insert(field, columns.header(position).to_owned());
        }
    };
    note(Field::Ticker, columns.ticker);
    note(Field::Date, Some(columns.date));
    note(Field::Time, columns.time);
    if let Some(group) = columns.groups.first() {
        let [open, high, low, close] = group.prices;
        note(Field::Open, Some(open));
        note(Field::High, Some(high));
        note(Field::Low, Some(low));
        note(Field::Close, Some(close));
        note(Field::Volume, group.volume);
        note(Field::AdjustedClose, group.adjusted);
        note(Field::Split, group.split);
        note(Field::Dividend, group.dividend);
    }
    form.volume = columns.groups.iter().all(|group| group.volume.is_some());
}
