//! Which rows of a panel hold bars of their own date, and how far a row is behind the newest one.
//!
//! A panel alone does not tell: a close that was carried forward looks like a bar, and a faulty row that was dropped is
//! not in it at all.

use artifact_core::Moment;
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The dates of the files' rows, and which of them are usable.
#[derive(Debug)]
pub(super) struct Freshness {
    /// Every date on which a ticker has a row, faulty ones included.
    dates: BTreeSet<Moment>,
    /// The dates of each ticker's sound rows, in the order of the tickers.
    sound: Vec<BTreeSet<Moment>>,
    /// The rows that were dropped.
    dropped: Vec<Fault>,
}

impl Freshness {
    /// Of the dates of each ticker's rows as read, and the faults found in them.
    pub(super) fn new(
        tickers: &[String],
        rows: BTreeMap<String, BTreeSet<Moment>>,
        mut faults: Vec<Fault>,
    ) -> Self {
        // Of a date that is given twice one row is left.
        faults.retain(|fault| fault.action == FaultAction::RowDropped && fault.kind != FaultKind::Duplicate);
        let lost = |ticker: &str, date: Moment| {
            faults.iter().any(|fault| fault.ticker == ticker && fault.date == date)
        };
        let sound = |ticker: &String| {
            let rows = rows.get(ticker).into_iter().flatten().copied();
            rows.filter(|&date| !lost(ticker, date)).collect()
        };
        let sound = tickers.iter().map(sound).collect();
        Self { dates: rows.values().flatten().copied().collect(), sound, dropped: faults }
    }

    /// The same once rows are merged into longer bars: `stamp` is the date of the one that holds a row. A dropped row no
    /// longer matters where a sound one shares its bar.
    pub(super) fn merged(self, tickers: &[String], stamp: impl Fn(Moment) -> Moment) -> Self {
        let stamps = |dates: BTreeSet<Moment>| dates.into_iter().map(&stamp).collect::<BTreeSet<_>>();
        let sound: Vec<BTreeSet<Moment>> = self.sound.into_iter().map(stamps).collect();
        let mut dropped = self.dropped;
        dropped.iter_mut().for_each(|fault| fault.date = stamp(fault.date));
        dropped.retain(|fault| {
            let own = tickers.iter().zip(&sound).find(|(ticker, _)| **ticker == fault.ticker);
            own.is_none_or(|(_, sound)| !sound.contains(&fault.date))
        });
        Self { dates: stamps(self.dates), sound, dropped }
    }

    /// Whether a ticker has a sound row of this date.
    pub(super) fn has_bar(&self, ticker: usize, date: Moment) -> bool {
        self.sound.get(ticker).is_some_and(|sound| sound.contains(&date))
    }

    /// The newest date of any row; `None` without rows.
    pub(super) fn newest(&self) -> Option<Moment> {
        self.dates.last().copied()
    }

    /// How many rows are later than a date.
    pub(super) fn behind(&self, date: Moment) -> usize {
        self.dates.range((Bound::Excluded(date), Bound::Unbounded)).count()
    }

    /// The ticker whose last sound row is the oldest; the first of several.
    pub(super) fn oldest(&self) -> usize {
        let last = |place: &usize| self.sound.get(*place).and_then(BTreeSet::last);
        (0..self.sound.len()).min_by_key(last).unwrap_or(0)
    }

    /// Why a ticker has no row on the newest date.
    pub(super) fn reason(&self, place: usize, ticker: &str) -> String {
        let last = self.sound.get(place).and_then(BTreeSet::last).copied();
        let newer = |fault: &&Fault| fault.ticker == ticker && last.is_none_or(|last| fault.date > last);
        // Of the faults of one row the first: `max_by_key` alone would return the last.
        match (self.dropped.iter().rev().filter(newer).max_by_key(|fault| fault.date), last) {
            (Some(Fault { date, line, detail, .. }), _) => {
                let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
                format!("its row of {date}{line} was dropped because {detail}")
            }
            (None, Some(last)) => format!("its last one is of {last}"),
            (None, None) => "it has none at all".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn day(day: i64) -> Moment {
        Moment::default() + TimeDelta::days(day)
    }

    fn fault(ticker: &str, at: i64, action: FaultAction) -> Fault {
        let detail = "close is missing".to_owned();
        let kind = FaultKind::MissingCell;
        let (ticker, date, line) = (ticker.to_owned(), day(at), Some(9));
        Fault { ticker, date, line, kind, detail, action, rows: 1, until: None }
    }

    fn freshness(faults: Vec<Fault>) -> Freshness {
        let rows = BTreeMap::from([
            ("A".to_owned(), (0..10).map(day).collect()),
            ("B".to_owned(), (0..8).map(day).collect()),
        ]);
        Freshness::new(&["B".to_owned(), "A".to_owned()], rows, faults)
    }

    #[test]
    fn a_bar_that_others_have_and_one_that_was_dropped_are_both_missing() {
        let missing = freshness(vec![fault("A", 9, FaultAction::Noted)]);
        assert_eq!((missing.newest(), missing.oldest()), (Some(day(9)), 0));
        assert_eq!((missing.behind(day(9)), missing.behind(day(7))), (0, 2));
        assert!(missing.has_bar(1, day(9)) && !missing.has_bar(0, day(9)) && missing.has_bar(0, day(7)));
        assert_eq!(missing.reason(0, "B"), "its last one is of 1970-01-08");

        let dropped = freshness((5..10).map(|at| fault("A", at, FaultAction::RowDropped)).collect());
        // The date still counts: nobody may take the row before for the newest one.
        assert_eq!((dropped.newest(), dropped.oldest()), (Some(day(9)), 1));
        assert!(!dropped.has_bar(1, day(9)));
        let expected = "its row of 1970-01-10 (line 9) was dropped because close is missing";
        assert_eq!(dropped.reason(1, "A"), expected);
    }

    #[test]
    fn a_dropped_row_matters_only_where_it_leaves_its_longer_bar_without_another() {
        let tickers = ["B".to_owned(), "A".to_owned()];
        let three_days =
            |date: Moment| Moment::default() + TimeDelta::days((date - day(0)).num_days() / 3 * 3);
        let merged = |dropped: &[i64]| {
            let faults = dropped.iter().map(|&at| fault("A", at, FaultAction::RowDropped)).collect();
            freshness(faults).merged(&tickers, three_days)
        };
        let one_of_three = merged(&[7]);
        assert_eq!((one_of_three.newest(), one_of_three.behind(day(6))), (Some(day(9)), 1));
        assert!(one_of_three.has_bar(1, day(6)) && one_of_three.has_bar(0, day(6)));
        // The bar of day 9 is a row of its own, and lost.
        let newest = merged(&[9]);
        assert!(!newest.has_bar(1, day(9)) && newest.newest() == Some(day(9)));
        assert!(newest.reason(1, "A").contains("1970-01-10 (line 9) was dropped"));
    }
}
