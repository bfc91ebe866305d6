//! Runs of dates that a ticker lacks: those that another ticker has, and those that its own calendar leads to expect.

use crate::period::DateRange;
use crate::quality::{is_gap, spacing, weekdays_between};
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use chrono::NaiveDate;
use std::ops::Range;

/// One run of dates without a bar.
#[derive(Clone)]
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
    /// The fault for what lies in `requested` of a part of the gap; `part` counts rows from the gap's first.
    pub(super) fn fault(
        &self,
        part: Range<usize>,
        action: FaultAction,
        requested: DateRange,
    ) -> Option<Fault> {
        let start = self.dates.partition_point(|&date| date < requested.start);
        let end = self.dates.partition_point(|&date| date <= requested.end);
        let rows = start.max(self.rows.start + part.start)..end.min(self.rows.start + part.end);
        if rows.is_empty() {
            return None;
        }
        let (first, last) = (self.dates[rows.start], self.dates[rows.end - 1]);
        // The kind is that of the whole gap, also where one part of it was filled and another left empty.
        let kind = match self.before {
            None => FaultKind::LateStart,
            Some(_) if self.rows.end == self.dates.len() => FaultKind::EarlyEnd,
            Some(_) => FaultKind::Gap,
        };
        Some(Fault {
            ticker: self.ticker.to_owned(),
            date: first,
            line: None,
            kind,
            detail: format!("no bar on {} dates that others have, {first} to {last}", rows.len()),
            action,
            rows: rows.len(),
            until: Some(last).filter(|last| *last != first),
        })
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

/// The long gaps in which no ticker has a bar, so that only the ticker's own calendar shows them; `dates` are those of all
/// tickers, ascending.
pub(super) fn own_gaps(raw: &RawBars, dates: &[NaiveDate]) -> Vec<Fault> {
    let own: Vec<NaiveDate> = raw.bars.iter().map(|bar| bar.date).collect();
    let step = spacing(&own);
    let unseen = |before: NaiveDate, after: NaiveDate| {
        dates.partition_point(|&date| date <= before) == dates.partition_point(|&date| date < after)
    };
    let gaps = own.windows(2).map(|pair| (pair[0], pair[1]));
    let gaps = gaps.filter(|&(before, after)| is_gap(step, before, after) && unseen(before, after));
    gaps.map(|(before, after)| {
        let (weekdays, days) = (weekdays_between(before, after), (after - before).num_days() - 1);
        Fault {
            ticker: raw.ticker.clone(),
            date: before.succ_opt().unwrap_or(before),
            line: None,
            kind: FaultKind::Gap,
            detail: format!("no bar on {weekdays} weekdays ({days} days) between {before} and {after}"),
            action: FaultAction::Noted,
            rows: usize::try_from(weekdays).unwrap_or(1).max(1),
            until: after.pred_opt(),
        }
    })
    .collect()
}
