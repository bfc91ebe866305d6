//! From the cells of a sheet to the rows of tickers.

use crate::bars::{Bar, TickerRows};
use crate::cells::{check_decoded, date_of, number};
use crate::dates::clock::{self, Zone};
use crate::dates::form::DateForm;
use crate::error::{Fault, Result};
use crate::form::{DecimalMark, Encoding, Form};
use crate::header::columns::{Columns, Group};
use crate::numbers::missing::is_missing;
use crate::numbers::read::Suffixes;
use crate::quoted;
use crate::reading::Reading;
use crate::row::{Row, Sheet};
use crate::settle::{describe, settle};
use crate::tickers::Tickers;
use chrono::{NaiveDateTime, NaiveTime};

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
    let dates = settle(sheet, &mut columns, reading, form)?;
    describe(&columns, form);
    form.dates = dates.to_string();
    let utc = dates.is_utc();
    let mut tickers = Tickers::of(&columns, reading.own.len());
    let reader = Reader {
        columns: &columns,
        dates,
        mark: form.decimal_mark,
        hint: reading.ticker.as_deref(),
        encoding: form.encoding,
    };
    sheet.visit(&mut |row| if row.note { Ok(()) } else { reader.row(row, &mut tickers, form) })?;
    Ok(tickers.finish(form.zone || utc))
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

    fn time<'r>(&self, row: &'r Row<'_>) -> std::result::Result<(NaiveDateTime, Zone<'r>), Fault> {
        let date = date_of(&self.dates, self.columns.header(self.columns.date), row.cell(self.columns.date))?;
        let Some(position) = self.columns.time else { return Ok((date.time, date.zone)) };
        let text = row.cell(position);
        let (clock, zone) = clock::parse(text).ok_or_else(|| Fault::InvalidDate {
            column: format!("`{}`", quoted::bare(self.columns.header(position))),
            text: quoted::cell(text),
            reason: "date or time: expected one such as 09:30:00".to_owned(),
        })?;
        let zone = if zone == Zone::None { date.zone } else { zone };
        Ok((date.time.date().and_time(clock), zone))
    }

    fn bar(
        &self,
        row: &Row<'_>,
        group: &Group,
        time: NaiveDateTime,
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
