//! The frozen bars, read from their blobs and rehashed.
//!
//! A row is a 4-byte date (signed days since 1970-01-01) or, if the snapshot says that its rows have a time of day, an
//! 8-byte moment (signed seconds since then); then for each ticker the five 8-byte values open, high, low, close, volume
//! and those of the columns of one's own, all little-endian. The fingerprint is a Merkle digest over the rows: a leaf is
//! `SHA-256(0 || row)`; neighbours join as `SHA-256(1 || left || right)`, and an unpaired last node moves up unchanged;
//! the fingerprint is `SHA-256(2 || header || root)`, where the header is the canonical JSON of `[tickers, columns]`.

use crate::objects::Objects;
use artifact_core::Moment;
use artifact_core::schema::Snapshot;
use artifact_core::{Digest, Error, canonical_json};
use data_loader::TickerBars;
use sha2::{Digest as _, Sha256};

/// The number of values in a bar.
const COLUMNS: usize = 5;
/// The size of a row's date in bytes, and of its moment where rows have a time of day.
const DATE: usize = 4;
const MOMENT: usize = 8;
/// The position of each value within a bar.
pub(crate) const OPEN: usize = 0;
pub(crate) const HIGH: usize = 1;
pub(crate) const LOW: usize = 2;
pub(crate) const CLOSE: usize = 3;
pub(crate) const VOLUME: usize = 4;

/// The rows of a snapshot as raw bytes, so that they can be hashed without being interpreted.
pub(crate) struct RowBytes {
    clock: bool,
    rows: Vec<Vec<u8>>,
}

/// The bars of a snapshot.
pub(crate) struct Bars {
    /// The tickers, in column order.
    pub(crate) tickers: Vec<String>,
    /// The rows' dates; `None` if the stored number is not a date.
    pub(crate) dates: Vec<Option<Moment>>,
    /// The names of the columns of one's own.
    pub(crate) own: Vec<String>,
    values: Vec<f64>,
}

/// One ticker's values on all rows, column by column.
pub(crate) struct TickerColumns<'a> {
    bars: [Vec<f64>; COLUMNS],
    own_names: &'a [String],
    own: Vec<Vec<f64>>,
}

impl TickerColumns<'_> {
    /// The form in which the pipeline's parts take them.
    pub(crate) fn bars(&self) -> Option<TickerBars<'_>> {
        TickerBars::new(self.bars.each_ref().map(Vec::as_slice))?.with_columns(self.own_names, &self.own)
    }
}

impl RowBytes {
    /// Reads all rows of a snapshot.
    pub(crate) fn read(objects: &Objects<'_>, snapshot: &Snapshot) -> Result<Self, Error> {
        let width = stamp(snapshot) + 8 * snapshot.columns.len() * snapshot.tickers.len();
        let mut rows = Vec::new();
        for chunk in &snapshot.chunks {
            // A truncated last row is kept as it is: the fingerprint check reports it.
            rows.extend(objects.blob(chunk.blob)?.chunks(width).map(<[u8]>::to_vec));
        }
        Ok(Self { clock: snapshot.clock, rows })
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The bytes of one row.
    pub(crate) fn row(&self, row: usize) -> Option<&[u8]> {
        self.rows.get(row).map(Vec::as_slice)
    }

    /// The date of one row.
    pub(crate) fn date(&self, row: usize) -> Option<Moment> {
        let bytes = self.row(row)?;
        if self.clock {
            return Moment::from_seconds(i64::from_le_bytes(bytes.get(..MOMENT)?.try_into().ok()?));
        }
        let days = i32::from_le_bytes(bytes.get(..DATE)?.try_into().ok()?);
        Moment::from_seconds(86_400 * i64::from(days))
    }

    /// Whether the ticker at a place has a close in one row.
    pub(crate) fn has_close(&self, snapshot: &Snapshot, row: usize, ticker: usize) -> bool {
        let start = stamp(snapshot) + 8 * (ticker * snapshot.columns.len() + CLOSE);
        let close = self.row(row).and_then(|row| row.get(start..start + 8)?.try_into().ok());
        close.is_some_and(|bytes| !f64::from_le_bytes(bytes).is_nan())
    }

    /// The fingerprint of the rows under a snapshot's header.
    pub(crate) fn fingerprint(&self, snapshot: &Snapshot) -> Result<Digest, Error> {
        let mut level: Vec<[u8; 32]> = self.rows.iter().map(|row| tagged(0, &[row])).collect();
        while level.len() > 1 {
            let mut above = Vec::new();
            for pair in level.chunks(2) {
                above.push(match pair {
                    [left, right] => tagged(1, &[left, right]),
                    _ => pair[0],
                });
            }
            level = above;
        }
        // Three distinct tags: without them, a row could be forged whose bytes hash like an inner node.
        let header = canonical_json(&(&snapshot.tickers, &snapshot.columns))?;
        let root = level.first().copied().unwrap_or_default();
        Ok(Digest::from_bytes(tagged(2, &[&header, &root])))
    }

    /// Interprets the rows. Missing cells become NaN.
    pub(crate) fn bars(&self, snapshot: &Snapshot) -> Bars {
        let tickers = snapshot.tickers.clone();
        let cells = tickers.len() * snapshot.columns.len();
        let mut values = Vec::with_capacity(self.rows.len() * cells);
        for row in &self.rows {
            for cell in 0..cells {
                let start = stamp(snapshot) + 8 * cell;
                let bytes = row.get(start..start + 8).and_then(|bytes| bytes.try_into().ok());
                values.push(bytes.map_or(f64::NAN, f64::from_le_bytes));
            }
        }
        let dates = (0..self.rows.len()).map(|row| self.date(row)).collect();
        Bars { tickers, dates, own: snapshot.own_columns().to_vec(), values }
    }
}

impl Bars {
    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.dates.len()
    }

    /// One value of one ticker: of its bar, or from `COLUMNS` on of a column of one's own.
    pub(crate) fn value(&self, row: usize, ticker: usize, column: usize) -> f64 {
        self.cells(row, ticker)[column]
    }

    /// The five values of one bar.
    pub(crate) fn bar(&self, row: usize, ticker: usize) -> &[f64] {
        &self.cells(row, ticker)[..COLUMNS]
    }

    fn cells(&self, row: usize, ticker: usize) -> &[f64] {
        let width = COLUMNS + self.own.len();
        let start = (row * self.tickers.len() + ticker) * width;
        &self.values[start..start + width]
    }

    /// One ticker's columns over all rows.
    pub(crate) fn ticker(&self, ticker: usize) -> TickerColumns<'_> {
        let column =
            |column: usize| (0..self.rows()).map(|row| self.value(row, ticker, column)).collect::<Vec<f64>>();
        let own = (0..self.own.len()).map(|place| column(COLUMNS + place)).collect();
        TickerColumns { bars: std::array::from_fn(column), own_names: &self.own, own }
    }

    /// The columns of one's own by name, each with its position among a ticker's values.
    pub(crate) fn own_columns(&self) -> impl Iterator<Item = (&str, usize)> {
        self.own.iter().enumerate().map(|(place, name)| (name.as_str(), COLUMNS + place))
    }

    /// The first `rows` rows of some tickers.
    pub(crate) fn part(&self, rows: usize, tickers: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows * tickers.len() * (COLUMNS + self.own.len()));
        for row in 0..rows {
            tickers.iter().for_each(|&ticker| values.extend(self.cells(row, ticker)));
        }
        let names = tickers.iter().map(|&ticker| self.tickers[ticker].clone()).collect();
        Self { tickers: names, dates: self.dates[..rows].to_vec(), own: self.own.clone(), values }
    }

    /// Whether two bars, each given as (row, ticker), are equal bit for bit.
    pub(crate) fn same_bar(&self, (row, ticker): (usize, usize), (other_row, other): (usize, usize)) -> bool {
        let (left, right) = (self.bar(row, ticker), self.bar(other_row, other));
        left.iter().zip(right).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

/// How many bytes of a row come before its values.
fn stamp(snapshot: &Snapshot) -> usize {
    if snapshot.clock { MOMENT } else { DATE }
}

fn tagged(tag: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([tag]);
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

#[cfg(test)]
impl Bars {
    /// Bars of a single ticker whose open, high and low equal its close.
    pub(crate) fn of_closes(closes: &[f64]) -> Self {
        let values = closes.iter().flat_map(|&close| [close, close, close, close, 1.0]).collect();
        Self { tickers: vec!["A".to_owned()], dates: vec![None; closes.len()], own: Vec::new(), values }
    }
}
