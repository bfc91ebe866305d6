//! Runs of dates that a ticker lacks: those that another ticker has, and those that its own calendar leads to expect.

use crate::period::DateRange;
use crate::quality::{Pauses, is_gap, spacing, weekdays_between};
use crate::sources::{RawBar, RawBars};
use artifact_core::Moment;
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use chrono::TimeDelta;
use std::ops::Range;

/// One run of dates without a bar.
#[derive(Clone)]
pub(super) struct Gap<'a> {
    ticker: &'a str,
    /// All dates that any ticker has.
    dates: &'a [Moment],
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
        let end = self.dates.partition_point(|&date| date <= requested.until());
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
pub(super) fn gaps<'a>(raw: &'a RawBars, dates: &'a [Moment]) -> Vec<Gap<'a>> {
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
pub(super) fn own_gaps(raw: &RawBars, dates: &[Moment]) -> Vec<Fault> {
    let own: Vec<Moment> = raw.bars.iter().map(|bar| bar.date).collect();
    let step = spacing(&own);
    let unseen = |before: Moment, after: Moment| {
        dates.partition_point(|&date| date <= before) == dates.partition_point(|&date| date < after)
    };
    let pauses = Pauses::of(step, &own);
    let missing =
        |before: Moment, after: Moment| pauses.as_ref().and_then(|pauses| pauses.missing(before, after));
    let unseen_pairs =
        own.windows(2).map(|pair| (pair[0], pair[1])).filter(|&(before, after)| unseen(before, after));
    let gaps = unseen_pairs.filter_map(|(before, after)| match missing(before, after) {
        Some(bars) => Some(within_a_date(before, after, bars)),
        None if is_gap(step, before, after) => Some(of_days(before, after)),
        None => None,
    });
    gaps.map(|(date, until, detail, rows)| Fault {
        ticker: raw.ticker.clone(),
        date,
        line: None,
        kind: FaultKind::Gap,
        detail,
        action: FaultAction::Noted,
        rows: usize::try_from(rows).unwrap_or(1).max(1),
        until: Some(until).filter(|until| *until > date),
    })
    .collect()
}

/// A gap from its first to its last moment, in words, and how many rows it covers.
type OwnGap = (Moment, Moment, String, i64);

fn of_days(before: Moment, after: Moment) -> OwnGap {
    let (weekdays, days) = (weekdays_between(before, after), (after.day() - before.day()).num_days() - 1);
    let detail = format!("no bar on {weekdays} weekdays ({days} days) between {before} and {after}");
    (before.day() + TimeDelta::days(1), after.day() + TimeDelta::days(-1), detail, weekdays)
}

fn within_a_date(before: Moment, after: Moment, bars: i64) -> OwnGap {
    let detail = format!("{bars} bars are missing between {before} and {after}");
    (before + TimeDelta::seconds(1), after + TimeDelta::seconds(-1), detail, bars)
}
