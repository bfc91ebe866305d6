//! The common case, fast: one header line, no quotes, ISO dates, decimal points.
//!
//! Large files are cut at line ends and read in parallel. Whatever is out of the ordinary, faults included, is left to
//! [`rows`](crate::rows), which reads every file; both give the same result where both give one.

use crate::bars::{Bar, TickerRows};
use crate::form::{DecimalMark, Encoding, Form, Layout};
use crate::header::columns::{Columns, Group};
use crate::numbers::read::{Suffixes, plain, read};
use crate::opened::Opened;
use crate::reading::Reading;
use crate::records::trimmed;
use crate::settle::describe;
use crate::text::TextSheet;
use crate::tickers::Tickers;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rayon::prelude::*;

/// Bytes of a piece that one thread reads: enough to outweigh its start, small enough to share a file evenly.
const PIECE: usize = 4 << 20;

/// Bytes of the shortest row: a date and four prices of one digit.
const SHORTEST: usize = 18;

/// Reads a plain file; `None` if anything in it is out of the ordinary.
pub(crate) fn read_plain(
    opened: &Opened<TextSheet<'_>>,
    columns: &Columns,
    reading: &Reading,
    form: &mut Form,
) -> Option<Vec<TickerRows>> {
    // A single thread gains nothing from pieces.
    let piece = if rayon::current_num_threads() == 1 { usize::MAX } else { PIECE };
    read_pieces(opened, columns, reading, form, piece)
}

/// As [`read_plain`], in pieces of about `piece` bytes.
fn read_pieces(
    opened: &Opened<TextSheet<'_>>,
    columns: &Columns,
    reading: &Reading,
    form: &mut Form,
    piece: usize,
) -> Option<Vec<TickerRows>> {
    let reader = Reader::of(opened, columns, reading, form.encoding)?;
    let (text, line) = opened.sheet.records.rest();
    let mut odd = memchr::memchr2_iter(b'"', b'\r', text.as_bytes());
    if odd.any(|at| text.as_bytes()[at] == b'"' || text.as_bytes().get(at + 1) != Some(&b'\n')) {
        return None;
    }
    let pieces = pieces(text, piece);
    let parts = match pieces.as_slice() {
        [one] => vec![reader.piece(one)?],
        many => many.par_iter().map(|piece| reader.piece(piece)).collect::<Option<Vec<_>>>()?,
    };
    let mut tickers = Tickers::of(columns, reading.own.len());
    let mut before = line;
    tickers.expect(parts.iter().map(|part| part.tickers.longest()).sum());
    for part in parts {
        for rows in part.tickers.finish(false) {
            tickers.append(rows, before)?;
        }
        before += part.lines;
    }
    let tickers = tickers.finish(false);
    if tickers.is_empty() {
        return None;
    }
    describe(columns, form);
    form.dates = "YYYY-MM-DD".to_owned();
    Some(tickers)
}

/// Cuts a text at line ends.
fn pieces(text: &str, size: usize) -> Vec<&str> {
    let (mut rest, mut pieces) = (text, Vec::new());
    while rest.len() > size {
        let tail = rest.as_bytes().get(size..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', tail).map(|at| size + at + 1) else { break };
        let Some((piece, after)) = rest.split_at_checked(end) else { break };
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// What a column is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ignored,
    Date,
    Ticker,
    Number(Suffixes),
}

struct Reader<'a> {
    roles: Vec<Role>,
    separator: u8,
    columns: &'a Columns,
    group: &'a Group,
    hint: Option<&'a str>,
    own: usize,
}

/// What a piece holds. Lines are counted from 0, the piece's first.
struct Part {
    tickers: Tickers,
    lines: u64,
}

impl<'a> Reader<'a> {
    /// `None` if the header or what the caller knows is out of the ordinary.
    fn of(
        opened: &Opened<TextSheet<'_>>,
        columns: &'a Columns,
        reading: &'a Reading,
        encoding: Encoding,
    ) -> Option<Self> {
        let [group] = columns.groups.as_slice() else { return None };
        let ordinary = matches!(opened.layout, Layout::Plain | Layout::Headerless)
            && group.ticker.is_none()
            && group.tick_volume.is_none()
            && columns.time.is_none()
            && columns.twins.is_empty()
            && reading.date_format.is_none()
            && encoding != Encoding::Windows1252
            // Where the semicolon separates, a point may separate thousands.
            && opened.sheet.separator != ';'
            && (columns.ticker.is_some() || reading.ticker.is_some());
        if !ordinary {
            return None;
        }
        let mut roles = vec![Role::Ignored; opened.sheet.most];
        let amounts = group.own.iter().copied().chain(group.volume);
        let prices = [group.adjusted, group.split, group.dividend].into_iter().flatten().chain(group.prices);
        let amounts = amounts.map(|position| (position, Role::Number(Suffixes::Allowed)));
        let prices = prices.map(|position| (position, Role::Number(Suffixes::Refused)));
        for (position, role) in amounts.chain(prices) {
            *roles.get_mut(position)? = role;
        }
        for (position, role) in [(Some(columns.date), Role::Date), (columns.ticker, Role::Ticker)] {
            let Some(position) = position else { continue };
            let slot = roles.get_mut(position)?;
            // A column that is read twice, as a date and a number, is out of the ordinary.
            if *slot != Role::Ignored {
                return None;
            }
            *slot = role;
        }
        let separator = u8::try_from(opened.sheet.separator).ok()?;
        let hint = reading.ticker.as_deref();
        Some(Self { roles, separator, columns, group, hint, own: reading.own.len() })
    }

    fn piece(&self, text: &str) -> Option<Part> {
        let bytes = text.as_bytes();
        let mut tickers = Tickers::of(self.columns, self.own);
        if self.columns.ticker.is_none() {
            let first = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
            tickers.expect(bytes.len() / first.max(SHORTEST) + 1);
        }
        let mut numbers = vec![f64::NAN; self.roles.len()];
        let mut row = Cells { text, start: 0, column: 0, date: NaiveDateTime::MIN, ticker: None };
        let mut lines = 0;
        for end in memchr::memchr2_iter(self.separator, b'\n', bytes) {
            if bytes[end] == self.separator {
                self.cell(&mut row, end, &mut numbers)?;
                continue;
            }
            self.line(&mut row, end, &mut numbers, lines, &mut tickers)?;
            lines += 1;
        }
        if row.start < bytes.len() {
            self.line(&mut row, bytes.len(), &mut numbers, lines, &mut tickers)?;
        } else if row.column > 0 {
            return None;
        }
        Some(Part { tickers, lines })
    }

    /// Reads the last cell of a line, and takes the line down.
    #[inline]
    fn line<'t>(
        &self,
        row: &mut Cells<'t>,
        end: usize,
        numbers: &mut [f64],
        line: u64,
        tickers: &mut Tickers,
    ) -> Option<()> {
        let bytes = row.text.as_bytes();
        let next = end + 1;
        let end = if end > row.start && bytes[end - 1] == b'\r' { end - 1 } else { end };
        if row.column == 0 && end == row.start {
            row.start = next;
            return Some(());
        }
        self.cell(row, end, numbers)?;
        if row.column != self.roles.len() {
            return None;
        }
        self.bar(row, numbers, line, tickers)?;
        (row.start, row.column) = (next, 0);
        Some(())
    }

    #[inline]
    fn cell<'t>(&self, row: &mut Cells<'t>, end: usize, numbers: &mut [f64]) -> Option<()> {
        let bytes = row.text.as_bytes().get(row.start..end)?;
        if row.column == 0 && bytes.first() == Some(&b'#') {
            return None;
        }
        match *self.roles.get(row.column)? {
            Role::Ignored => {}
            Role::Date => row.date = day(bytes)?,
            Role::Ticker => row.ticker = Some(trimmed(row.text.get(row.start..end)?)),
            Role::Number(suffixes) => {
                numbers[row.column] = match plain(bytes) {
                    Some(number) => number,
                    None => other(row.text.get(row.start..end)?, suffixes)?,
                };
            }
        }
        row.column += 1;
        row.start = end + 1;
        Some(())
    }

    #[inline]
    fn bar(&self, row: &Cells<'_>, numbers: &[f64], line: u64, tickers: &mut Tickers) -> Option<()> {
        let rows = tickers.rows(row.ticker.or(self.hint)?).ok()?;
        let [open, high, low, close] = self.group.prices;
        rows.bars.push(Bar {
            time: row.date,
            line,
            open: numbers[open],
            high: numbers[high],
            low: numbers[low],
            close: numbers[close],
            volume: self.group.volume.map_or(f64::NAN, |position| numbers[position]),
        });
        let further = [
            (&mut rows.adjusted, self.group.adjusted),
            (&mut rows.splits, self.group.split),
            (&mut rows.dividends, self.group.dividend),
        ];
        for (values, position) in further {
            if let Some((values, position)) = values.as_mut().zip(position) {
                values.push(numbers[position]);
            }
        }
        for (values, &position) in rows.own.iter_mut().zip(&self.group.own) {
            values.push(numbers[position]);
        }
        Some(())
    }
}

/// Where the reader is in a line, and what it has read of it.
struct Cells<'t> {
    text: &'t str,
    start: usize,
    column: usize,
    date: NaiveDateTime,
    ticker: Option<&'t str>,
}

/// A cell that is not a number as programs write it: missing, or with signs and suffixes.
#[cold]
fn other(cell: &str, suffixes: Suffixes) -> Option<f64> {
    // Only the whole file tells what a comma means.
    let cell = trimmed(cell);
    if cell.contains(',') {
        return None;
    }
    read(cell, DecimalMark::Point, suffixes).ok()
}

/// A day written as `YYYY-MM-DD`.
#[inline]
fn day(bytes: &[u8]) -> Option<NaiveDateTime> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = bytes else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + u32::from(digit))
        })
    };
    let year = number(&[a, b, c, d]).filter(|year| (1600..=2300).contains(year))?;
    let day = NaiveDate::from_ymd_opt(year.cast_signed(), number(&[e, f])?, number(&[g, h])?)?;
    Some(day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests;
