//! The frozen panel.

use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::moment::Moment;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The id of a [`Snapshot`].
pub type SnapshotId = Id<Snapshot>;

/// The columns of every panel, in stored order. Columns of one's own come after them.
pub const COLUMNS: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// The version that added columns of one's own. No field is new, so a reader of 2.0 finds columns that it does not
/// expect, and refuses the snapshot by naming them.
const WITH_OWN_COLUMNS: Version = Version {
    major: 2,
    minor: 1,
    change: "Columns of one's own after the five of a bar, where there are any.",
};

/// The version that added rows with a time of day.
const WITH_CLOCK: Version = Version {
    major: 2,
    minor: 2,
    change: "Rows may have a time of day: their bytes then begin with seconds (i64) instead of days (i32).",
};

/// A panel of bars, frozen: pure content, with nothing about where it came from.
///
/// Equal bars therefore have equal ids. A panel cut at `split_row` keeps its id when any later bar changes, which is
/// how a run proves that nothing before the final phase depended on the test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Snapshot {
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The value columns of every ticker, in stored order: [`COLUMNS`], then those of one's own.
    pub columns: Vec<String>,
    /// The number of rows `T`.
    pub rows: usize,
    /// Whether rows have a time of day, which says how their bytes begin. Left out where none has one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock: bool,
    /// The date of row 0, with its time of day where rows have one.
    pub first_date: Moment,
    /// The same of the last row.
    pub last_date: Moment,
    /// The Merkle digest over every row, and over the tickers and columns.
    pub fingerprint: Digest,
    /// The row blobs, in order and without gaps.
    pub chunks: Vec<RowChunk>,
}

/// Consecutive rows in one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowChunk {
    /// The first row.
    pub start: usize,
    /// The row after the last.
    pub end: usize,
    /// The blob: per row the date as days since 1970-01-01 (i32), or the moment as seconds since then (i64) where rows
    /// have a time of day; then `tickers x columns` values (f64), all
    /// little-endian.
    pub blob: Digest,
}

impl Snapshot {
    /// The columns after the five of a bar, in stored order.
    pub fn own_columns(&self) -> &[String] {
        self.columns.get(COLUMNS.len()..).unwrap_or_default()
    }

    /// How many bytes of a row come before its values: 4, or 8 where rows have a time of day.
    pub fn stamp_bytes(&self) -> usize {
        if self.clock { size_of::<i64>() } else { size_of::<i32>() }
    }

    /// The moment with which a row's bytes begin; `None` when they are too short, or stand for no date.
    pub fn stamp(&self, row: &[u8]) -> Option<Moment> {
        let bytes = row.get(..self.stamp_bytes())?;
        match bytes.try_into() {
            Ok(seconds) => Moment::from_seconds(i64::from_le_bytes(seconds)),
            Err(_) => {
                let days = i32::from_le_bytes(bytes.try_into().ok()?);
                Moment::default().checked_add(TimeDelta::days(days.into()))
            }
        }
    }
}

impl Payload for Snapshot {
    const KIND: &'static str = "snapshot";

    const VERSIONS: &'static [Version] = &[Version::FIRST, WITH_OWN_COLUMNS, WITH_CLOCK];

    fn minor(&self) -> u64 {
        if self.clock { 2 } else { u64::from(!self.own_columns().is_empty()) }
    }

    fn parents(&self) -> Vec<Digest> {
        Vec::new()
    }

    fn blobs(&self) -> Vec<Digest> {
        self.chunks.iter().map(|chunk| chunk.blob).collect()
    }

    fn validate(&self) -> Result<(), Invalid> {
        validate_tickers(&self.tickers)?;
        validate_columns(&self.columns)?;
        ensure(self.rows > 0, "rows", self.rows, "at least one row")?;
        ensure(self.first_date <= self.last_date, "first_date", self.first_date, "no later than last_date")?;
        for (field, date) in [("first_date", self.first_date), ("last_date", self.last_date)] {
            ensure(self.clock || !date.has_clock(), field, date, "a date, as `clock` is not set")?;
        }
        // Dates ascend, so there are at least as many days, or seconds, as rows.
        let span = self.last_date - self.first_date;
        let steps = if self.clock { span.num_seconds() } else { span.num_days() };
        let places = steps as u64 + 1;
        let fits = self.rows as u64 <= places && (self.rows > 1 || places == 1);
        ensure(
            fits,
            "last_date",
            self.last_date,
            format!("a date that fits {} rows from first_date", self.rows),
        )?;
        let mut next = 0;
        for chunk in &self.chunks {
            let (start, end) = (chunk.start, chunk.end);
            ensure(
                start == next && end > next,
                "chunks",
                format!("[{start}, {end})"),
                format!("rows from {next}"),
            )?;
            next = chunk.end;
        }
        ensure(next == self.rows, "chunks", format!("rows up to {next}"), self.rows)
    }
}

/// Whether `name` can name a column of one's own: ASCII letters, digits and `_`, no digit first, and none of the names
/// of [`COLUMNS`], whatever the case of their letters.
pub fn is_own_column(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain
        && name.starts_with(|c: char| !c.is_ascii_digit())
        && !COLUMNS.iter().any(|column| column.eq_ignore_ascii_case(name))
}

/// Checks that the five columns of a bar come first, and that every other has a name of its own.
fn validate_columns(columns: &[String]) -> Result<(), Invalid> {
    let bars =
        columns.len() >= COLUMNS.len() && columns.iter().zip(COLUMNS).all(|(found, name)| found == name);
    ensure(bars, "columns", columns.join(", "), format!("{} first", COLUMNS.join(", ")))?;
    validate_own_columns("columns", columns[COLUMNS.len()..].iter().map(String::as_str), COLUMNS.len())
}

/// Checks the names of columns of one's own; the first is entry `first` of the list `field`.
pub(super) fn validate_own_columns<'a>(
    field: &str,
    names: impl Iterator<Item = &'a str>,
    first: usize,
) -> Result<(), Invalid> {
    let mut seen = BTreeSet::new();
    for (place, name) in names.enumerate() {
        let field = format!("{field}[{}]", first + place);
        ensure(is_own_column(name), &field, name, "letters, digits and '_', not the name of a bar's column")?;
        ensure(seen.insert(name), &field, format!("{name}, again"), "each column once")?;
    }
    Ok(())
}

/// Checks that there are tickers, and that each has a name and is listed once.
pub(super) fn validate_tickers(tickers: &[String]) -> Result<(), Invalid> {
    ensure(!tickers.is_empty(), "tickers", "empty", "at least one ticker")?;
    let mut seen = BTreeSet::new();
    for (place, ticker) in tickers.iter().enumerate() {
        let field = format!("tickers[{place}]");
        ensure(!ticker.is_empty(), &field, "empty", "a name")?;
        ensure(seen.insert(ticker), &field, format!("{ticker}, again"), "each ticker once")?;
    }
    Ok(())
}
