//! What became of the rows that the source gave, counted while they are cleaned, aligned and cut to the period.

use crate::panel::{Panel, union_of};
use crate::period::DateRange;
use crate::quality::spacing;
use crate::sources::RawBars;
use artifact_core::Moment;
use artifact_core::schema::{Account, Clock, Fault, TickerAccount};

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
    /// How many rows were merged into the row of each of these dates; `None` if none were.
    sizes: Option<Vec<Vec<usize>>>,
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

    /// Once faulty rows are dropped, and the others are merged into longer bars, each of so many rows, if they are.
    pub(crate) fn cleaned(self, raw: &[RawBars], sizes: Option<Vec<Vec<usize>>>) -> Sound {
        Sound { given: self, dates: dates_of(raw), sizes }
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
            let [faulty, repeated] = TickerAccount::dropped(ticker, faults);
            let sizes = self.sizes.as_ref().and_then(|sizes| sizes.get(place)?.get(inside(sound)));
            let merged = sizes.map_or(0, |sizes| sizes.iter().sum::<usize>() - wanted.len());
            let outside = match sizes {
                None => given.len() - inside(given).len(),
                // Rows lie inside the period if the bar into which they are merged does, and faulty ones if they do.
                Some(_) => given.len().saturating_sub(faulty + repeated + merged + wanted.len()),
            };
            TickerAccount {
                ticker: ticker.clone(),
                given: given.len(),
                outside,
                faulty,
                repeated,
                uncommon: wanted.len() - used,
                merged,
                used,
                filled: panel.rows() - empty - used,
                empty,
                first_date: given.first().copied().unwrap_or_default(),
                last_date: given.last().copied().unwrap_or_default(),
            }
        });
        let any = union_of(self.dates.iter().map(|dates| dates[inside(dates)].iter().copied()));
        Account {
            spacing: spacing(&panel.dates),
            clock: self.given.clock,
            dates: any.len(),
            tickers: tickers.collect(),
        }
    }
}
