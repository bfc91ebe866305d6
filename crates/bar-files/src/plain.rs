//! The common case, fast: one header line, no quotes, ISO dates with or without a time of day, decimal points.
//!
//! Large files are cut at line ends and read in parallel. Whatever is out of the ordinary, faults included, is left to
//! [`rows`](crate::rows), which reads every file; both give the same result where both give one.

use crate::bars::{Bar, TickerRows};
use crate::form::{DecimalMark, Encoding, Form, Layout};
use crate::header::columns::{Columns, Group};
use crate::numbers::read::{Suffixes, leading, read};
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
    let Part { mut tickers, stamps, .. } = match pieces(text, piece).as_slice() {
        [one] => reader.piece(one)?,
        many => reader.many(many)?,
    };
    tickers.move_lines(line);
    let tickers = tickers.finish(false);
    if tickers.is_empty() {
        return None;
    }
    describe(columns, form);
    form.dates = "YYYY-MM-DD".to_owned();
    form.clock = stamps.clock;
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
    stamps: Stamps,
}

/// What the stamps of rows are like.
#[derive(Clone, Copy, Default)]
struct Stamps {
    /// Whether a time of day is written behind the day, as it is in all rows or in none; `None` without rows.
    timed: Option<bool>,
    /// Whether any time of day is another than midnight.
    clock: bool,
}

impl Stamps {
    /// Adds others; `None` if they are written otherwise.
    #[inline]
    fn add(&mut self, more: Self) -> Option<()> {
        if self.timed.zip(more.timed).is_some_and(|(timed, more)| timed != more) {
            return None;
        }
        self.timed = self.timed.or(more.timed);
        self.clock |= more.clock;
        Some(())
    }
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

    /// Reads pieces, a few at a time: while all threads read some, one of them appends those before. So the rows are held
    /// once, and the room of the pieces is used again.
    fn many(&self, pieces: &[&str]) -> Option<Part> {
        let mut all =
            Part { tickers: Tickers::of(self.columns, self.own), lines: 0, stamps: Stamps::default() };
        let mut before = Vec::new();
        for some in pieces.chunks(2 * rayon::current_num_threads()) {
            let append = || all.append(std::mem::take(&mut before));
            let read = || some.par_iter().map(|piece| self.piece(piece)).collect::<Option<Vec<_>>>();
            let (appended, read) = rayon::join(append, read);
            appended?;
            before = read?;
            if all.lines == 0 {
                // As many rows in the rest as here; a little more, because dates and prices grow longer and shorter.
                let bytes = |pieces: &[&str]| pieces.iter().map(|piece| piece.len()).sum::<usize>();
                let rows: usize = before.iter().map(|part| part.tickers.longest()).sum();
                let expected = rows as f64 * bytes(pieces) as f64 / bytes(some).max(1) as f64;
                all.tickers.expect((1.05 * expected) as usize);
            }
        }
        all.append(before)?;
        Some(all)
    }

    fn piece(&self, text: &str) -> Option<Part> {
        let bytes = text.as_bytes();
        let mut odd = memchr::memchr2_iter(b'"', b'\r', bytes);
        if odd.any(|at| bytes[at] == b'"' || bytes.get(at + 1) != Some(&b'\n')) {
            return None;
        }
        let mut tickers = Tickers::of(self.columns, self.own);
        if self.columns.ticker.is_none() {
            let first = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
            tickers.expect(bytes.len() / first.max(SHORTEST) + 1);
        }
        let mut numbers = vec![f64::NAN; self.roles.len()];
        let mut cells = Cells { text, bytes, at: 0, separator: self.separator };
        let (mut lines, mut stamps) = (0, Stamps::default());
        while cells.at < bytes.len() {
            if !cells.line_ends() {
                stamps.add(self.row(&mut cells, &mut numbers, lines, &mut tickers)?)?;
            }
            lines += 1;
        }
        Some(Part { tickers, lines, stamps })
    }

    /// Reads a row up to its end, and says what its stamp is like.
    #[inline]
    fn row(
        &self,
        cells: &mut Cells<'_>,
        numbers: &mut [f64],
        line: u64,
        tickers: &mut Tickers,
    ) -> Option<Stamps> {
        if cells.bytes[cells.at] == b'#' {
            return None;
        }
        let (mut date, mut timed, mut ticker) = (NaiveDateTime::MIN, false, None);
        for (column, (role, number)) in self.roles.iter().zip(&mut *numbers).enumerate() {
            if column > 0 && !cells.separated() {
                return None;
            }
            match *role {
                Role::Ignored => _ = cells.cell(),
                Role::Date => (date, timed) = cells.moment()?,
                Role::Ticker => ticker = Some(trimmed(cells.cell())),
                Role::Number(suffixes) => *number = cells.number(suffixes)?,
            }
        }
        if !cells.line_ends() {
            return None;
        }
        self.bar(date, ticker, numbers, line, tickers)?;
        Some(Stamps { timed: Some(timed), clock: date.time() != NaiveTime::MIN })
    }

    #[inline]
    fn bar(
        &self,
        date: NaiveDateTime,
        ticker: Option<&str>,
        numbers: &[f64],
        line: u64,
        tickers: &mut Tickers,
    ) -> Option<()> {
        let rows = tickers.rows(ticker.or(self.hint)?).ok()?;
        let [open, high, low, close] = self.group.prices;
        rows.bars.push(Bar {
            time: date,
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

impl Part {
    /// Appends the pieces that follow this one.
    fn append(&mut self, parts: Vec<Part>) -> Option<()> {
        for mut part in parts {
            part.tickers.move_lines(self.lines);
            self.tickers.append(part.tickers)?;
            self.lines += part.lines;
            self.stamps.add(part.stamps)?;
        }
        Some(())
    }
}

/// Where the reader is in a piece.
struct Cells<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    separator: u8,
}

impl<'t> Cells<'t> {
    /// Steps over a separator.
    #[inline]
    fn separated(&mut self) -> bool {
        let found = self.bytes.get(self.at) == Some(&self.separator);
        self.at += usize::from(found);
        found
    }

    /// Steps over the end of a line, which the end of the text is too.
    #[inline]
    fn line_ends(&mut self) -> bool {
        match self.bytes.get(self.at) {
            None => return true,
            Some(b'\n') => self.at += 1,
            // Only before a line feed, or the piece would have been declined.
            Some(b'\r') => self.at += 2,
            Some(_) => return false,
        }
        true
    }

    /// Steps over a cell of any content.
    fn cell(&mut self) -> &'t str {
        let rest = &self.bytes[self.at..];
        let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Steps over a cell with a day, or with a day and a time of day; says which.
    #[inline]
    fn moment(&mut self) -> Option<(NaiveDateTime, bool)> {
        let rest = &self.bytes[self.at..];
        let day = day(rest.get(..10)?)?;
        if !matches!(rest.get(10), Some(b' ' | b'T')) {
            self.at += 10;
            return Some((day.and_time(NaiveTime::MIN), false));
        }
        let (time, length) = match *rest.get(11..)? {
            [a, b, b':', c, d, b':', e, f, ..] => (clock([[a, b], [c, d], [e, f]])?, 19),
            [a, b, b':', c, d, ..] => (clock([[a, b], [c, d], [b'0'; 2]])?, 16),
            _ => return None,
        };
        self.at += length;
        Some((day.and_time(time), true))
    }

    /// Steps over a cell with a number, or without one.
    #[inline]
    fn number(&mut self, suffixes: Suffixes) -> Option<f64> {
        if let Some((number, length)) = leading(&self.bytes[self.at..]) {
            let next = self.bytes.get(self.at + length).copied();
            if next.is_none_or(|next| next == self.separator || next == b'\n' || next == b'\r') {
                self.at += length;
                return Some(number);
            }
        }
        other(self.cell(), suffixes)
    }
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
fn day(bytes: &[u8]) -> Option<NaiveDate> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = bytes else { return None };
    let year = number(&[a, b, c, d]).filter(|year| (1600..=2300).contains(year))?;
    NaiveDate::from_ymd_opt(year.cast_signed(), number(&[e, f])?, number(&[g, h])?)
}

/// A time of day of hours, minutes and seconds, each of two digits.
#[inline]
fn clock([hours, minutes, seconds]: [[u8; 2]; 3]) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(number(&hours)?, number(&minutes)?, number(&seconds)?)
}

/// A number of a few digits.
#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u32::from(digit))
    })
}

#[cfg(test)]
mod tests;
