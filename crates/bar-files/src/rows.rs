//! From the cells of a sheet to the rows of tickers.

use crate::bars::{Bar, Cell, TickerRows};
use crate::date_format::DateFormat;
use crate::dates::clock::{self, Zone};
use crate::dates::form::DateForm;
use crate::dates::shape::NoStamp;
use crate::dates::survey::{DateSurvey, not_a_date};
use crate::error::{Fault, Result};
use crate::field::Field;
use crate::form::{DecimalMark, Encoding, Form};
use crate::header::columns::{Columns, Group};
use crate::numbers::missing::is_missing;
use crate::numbers::read::{Suffixes, read};
use crate::numbers::survey::NumberSurvey;
use crate::quoted;
use crate::reading::Reading;
use crate::row::{Row, Sheet};
use crate::tickers::Tickers;
use chrono::NaiveTime;

/// Reads every row, and completes `form` with what the cells show.
pub(crate) fn read_rows(
    sheet: &dyn Sheet,
    mut columns: Columns,
    reading: &Reading,
    form: &mut Form,
) -> Result<Vec<TickerRows>> {
    if columns.ticker.is_none()
        && reading.ticker.is_none()
        && columns.groups.iter().any(|one| one.ticker.is_none())
    {
        return Err(Fault::NoTicker.into());
    }
    let dates = survey(sheet, &mut columns, reading, form)?;
    describe(&columns, form);
    form.dates = dates.to_string();
    let mut tickers = Tickers::of(&columns, reading.own.len());
    let reader = Reader {
        columns: &columns,
        dates,
        mark: form.decimal_mark,
        hint: reading.ticker.as_deref(),
        encoding: form.encoding,
    };
    sheet.visit(&mut |row| if row.note { Ok(()) } else { reader.row(row, &mut tickers, form) })?;
    Ok(tickers.finish(form.zone))
}

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

/// Learns from all rows how dates and numbers are written, and which columns count.
fn survey(sheet: &dyn Sheet, columns: &mut Columns, reading: &Reading, form: &mut Form) -> Result<DateForm> {
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

struct Reader<'a> {
    columns: &'a Columns,
    dates: DateForm,
    mark: DecimalMark,
    hint: Option<&'a str>,
    encoding: Encoding,
}

impl Reader<'_> {
    fn row(&self, row: &Row<'_>, tickers: &mut Tickers, form: &mut Form) -> Result<()> {
        let (time, zone) = self.time(row).map_err(|fault| fault.on(row.line))?;
        form.clock |= time.time() != NaiveTime::MIN;
        let offset = match zone {
            Zone::None => None,
            Zone::Offset(seconds) => Some(seconds),
            Zone::Named(name) => {
                form.zone_name.get_or_insert_with(|| name.to_owned());
                None
            }
        };
        form.zone |= offset.is_some();
        let wide = self.columns.groups.len() > 1;
        for group in &self.columns.groups {
            // In a wide file, a ticker without any value on a day has no row there.
            if wide && group.numbers().all(|position| is_missing(row.cell(position))) {
                continue;
            }
            self.bar(row, group, time, offset, tickers).map_err(|fault| fault.on(row.line))?;
        }
        Ok(())
    }

    fn time<'r>(&self, row: &'r Row<'_>) -> std::result::Result<(chrono::NaiveDateTime, Zone<'r>), Fault> {
        let date = date_of(&self.dates, self.columns.header(self.columns.date), row.cell(self.columns.date))?;
        let Some(position) = self.columns.time else { return Ok((date.time, date.zone)) };
        let text = row.cell(position);
        let (clock, zone) = clock::parse(text).ok_or_else(|| Fault::InvalidDate {
            column: format!("`{}`", quoted::bare(self.columns.header(position))),
            text: quoted::cell(text),
            context: " or time".to_owned(),
            remedy: "expected one such as 09:30:00",
        })?;
        let zone = if zone == Zone::None { date.zone } else { zone };
        Ok((date.time.date().and_time(clock), zone))
    }

    fn bar(
        &self,
        row: &Row<'_>,
        group: &Group,
        time: chrono::NaiveDateTime,
        offset: Option<i32>,
        tickers: &mut Tickers,
    ) -> std::result::Result<(), Fault> {
        let header = |position| self.columns.header(position);
        let value =
            |position: usize, suffixes| number(row.cell(position), header(position), self.mark, suffixes);
        let optional = |position: Option<usize>, suffixes| match position {
            Some(position) => value(position, suffixes),
            None => Ok(f64::NAN),
        };
        let price = |position| value(position, Suffixes::Refused);
        let [open, high, low, close] = group.prices;
        let bar = Bar {
            time,
            line: row.line,
            open: price(open)?,
            high: price(high)?,
            low: price(low)?,
            close: price(close)?,
            volume: optional(group.volume, Suffixes::Allowed)?,
        };
        // What stands above the values says more than a column beside them, and either more than the file's name.
        let ticker = match (&group.ticker, self.columns.ticker) {
            (Some(ticker), _) => ticker,
            (None, Some(position)) => row.cell(position),
            (None, None) => self.hint.ok_or(Fault::NoTicker)?,
        };
        check_decoded(ticker, self.encoding)?;
        let rows = tickers.rows(ticker)?;
        rows.bars.push(bar);
        let further = [
            (&mut rows.adjusted, group.adjusted),
            (&mut rows.splits, group.split),
            (&mut rows.dividends, group.dividend),
        ];
        for (values, position) in further {
            if let Some(values) = values {
                values.push(optional(position, Suffixes::Refused)?);
            }
        }
        for (values, &position) in rows.own.iter_mut().zip(&group.own) {
            values.push(value(position, Suffixes::Allowed)?);
        }
        if let Some(offsets) = &mut rows.offsets {
            offsets.push(offset.unwrap_or_default());
        }
        Ok(())
    }
}

fn date_of<'t>(
    form: &DateForm,
    column: &str,
    text: &'t str,
) -> std::result::Result<crate::dates::form::Read<'t>, Fault> {
    form.read(text).ok_or_else(|| match not_a_date(NoStamp::Other, column, text) {
        Fault::InvalidDate { column, text, .. } => {
            let context = format!(" of the form {form}");
            Fault::InvalidDate { column, text, context, remedy: "correct it, or state another date format" }
        }
        other => other,
    })
}

fn number(
    cell: &str,
    column: &str,
    mark: DecimalMark,
    suffixes: Suffixes,
) -> std::result::Result<f64, Fault> {
    read(cell, mark, suffixes).map_err(|no| Fault::InvalidNumber {
        column: format!("`{}`", quoted::bare(column)),
        text: quoted::cell(cell),
        remedy: if cell.is_ascii() { no.remedy() } else { no.remedy_beyond_ascii() },
    })
}

/// Refuses a ticker that shows that bytes were not Windows-1252: letters are all it may have beyond ASCII.
fn check_decoded(ticker: &str, encoding: Encoding) -> std::result::Result<(), Fault> {
    let odd = |c: char| !c.is_ascii() && !c.is_alphabetic();
    if encoding == Encoding::Windows1252 && ticker.contains(odd) {
        return Err(Fault::Encoding { encoding: "UTF-8, and its tickers are not Windows-1252 either" });
    }
    Ok(())
}
