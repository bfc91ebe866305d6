//! Runs of dates that a ticker lacks and another one has.

use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use chrono::NaiveDate;
use std::ops::Range;

/// One run of dates without a bar.
pub(super) struct Gap<'a> {
    ticker: &'a str,
    /// All dates that any ticker has.
    dates: &'a [NaiveDate],
    /// The positions, among these, that the ticker lacks.
    pub(super) rows: Range<usize>,
    /// The ticker's last bar before the run.
    pub(super) before: Option<&'a RawBar>,
}

impl Gap<'_> {
    /// The fault for a part of the gap; `part` counts rows from the gap's first.
    pub(super) fn fault(&self, part: Range<usize>, action: FaultAction) -> Fault {
        let rows = self.rows.start + part.start..self.rows.start + part.end;
        let (first, last) = (self.dates[rows.start], self.dates[rows.end - 1]);
        // The kind is that of the whole gap, also where one part of it was filled and another left empty.
        let kind = match self.before {
            None => FaultKind::LateStart,
            Some(_) if self.rows.end == self.dates.len() => FaultKind::EarlyEnd,
            Some(_) => FaultKind::Gap,
        };
        Fault {
            ticker: self.ticker.to_owned(),
            date: first,
            line: None,
            kind,
            detail: format!("no bar on {} dates that others have, {first} to {last}", rows.len()),
            action,
        }
    }
}

/// Finds the gaps of a ticker; `dates` is ascending and holds all of the ticker's own dates.
pub(super) fn gaps<'a>(raw: &'a RawBars, dates: &'a [NaiveDate]) -> Vec<Gap<'a>> {
    let mut found = Vec::new();
    let mut expected = 0;
    let mut before = None;
    let mut note = |rows: Range<usize>, before| {
        if !rows.is_empty() {
            found.push(Gap { ticker: &raw.ticker, dates, rows, before });
        }
    };
    for bar in &raw.bars {
        let row = dates.partition_point(|&date| date < bar.date);
        note(expected..row, before);
        expected = row + 1;
        before = Some(bar);
    }
    note(expected..dates.len(), before);
    found
}
