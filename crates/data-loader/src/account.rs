//! What became of the rows that the source gave, counted while they are cleaned, aligned and cut to the period.

use crate::panel::Panel;
use crate::period::DateRange;
use crate::quality::spacing;
use crate::sources::RawBars;
use artifact_core::Moment;
use artifact_core::schema::{Account, Clock, Fault, FaultAction, FaultKind, TickerAccount};
use std::collections::BTreeSet;

/// The rows as the source gave them.
pub(crate) struct Given {
    /// Which clock the dates are of; all tickers have the same, or they are not aligned.
    clock: Option<Clock>,
    /// The dates of each ticker, ascending.
    dates: Vec<Vec<Moment>>,
}

/// The rows that are left once faulty ones are dropped.
pub(crate) struct Sound {
    given: Given,
    /// The dates of each ticker, ascending.
    dates: Vec<Vec<Moment>>,
}

fn dates_of(raw: &[RawBars]) -> Vec<Vec<Moment>> {
    let dates = |bars: &RawBars| {
        let mut dates: Vec<Moment> = bars.bars.iter().map(|bar| bar.date).collect();
        dates.sort_unstable();
        dates
    };
    raw.iter().map(dates).collect()
}

impl Given {
    /// Before anything is dropped.
    pub(crate) fn of(raw: &[RawBars]) -> Self {
        Self { clock: raw.iter().find_map(|bars| bars.clock), dates: dates_of(raw) }
    }

    /// Once faulty rows are dropped.
    pub(crate) fn cleaned(self, raw: &[RawBars]) -> Sound {
        Sound { given: self, dates: dates_of(raw) }
    }
}

impl Sound {
    /// The account. `faults` are those of the requested dates.
    pub(crate) fn account(&self, panel: &Panel, requested: DateRange, faults: &[Fault]) -> Account {
        let inside = |dates: &[Moment]| {
            let first = dates.partition_point(|&date| date < requested.start);
            let end = dates.partition_point(|&date| date <= requested.until());
            first..end.max(first)
        };
        let tickers = panel.tickers.iter().enumerate().map(|(place, ticker)| {
            let (given, sound) = (&self.given.dates[place], &self.dates[place]);
            let wanted = &sound[inside(sound)];
            let used = wanted.iter().filter(|date| panel.dates.binary_search(date).is_ok()).count();
            let empty = panel.close().column(place).iter().filter(|close| close.is_nan()).count();
            let dropped = |repeated: bool| {
                let own = faults.iter().filter(|fault| {
                    fault.ticker == *ticker
                        && fault.action == FaultAction::RowDropped
                        && (fault.kind == FaultKind::Duplicate) == repeated
                });
                own.map(|fault| (fault.date, fault.line)).collect::<BTreeSet<_>>().len()
            };
            TickerAccount {
                ticker: ticker.clone(),
                given: given.len(),
                outside: given.len() - inside(given).len(),
                faulty: dropped(false),
                repeated: dropped(true),
                uncommon: wanted.len() - used,
                merged: 0,
                used,
                filled: panel.rows() - empty - used,
                empty,
                first_date: given.first().copied().unwrap_or_default(),
                last_date: given.last().copied().unwrap_or_default(),
            }
        });
        let any: BTreeSet<Moment> =
            self.dates.iter().flat_map(|dates| &dates[inside(dates)]).copied().collect();
        Account {
            spacing: spacing(&panel.dates),
            clock: self.given.clock,
            dates: any.len(),
            tickers: tickers.collect(),
        }
    }
}
