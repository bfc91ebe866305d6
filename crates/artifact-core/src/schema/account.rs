//! The account of rows: what became of every row that a source gave.

use super::{Fault, FaultAction, FaultKind};
use crate::error::{Invalid, ensure};
use crate::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What became of the rows that the source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// The step from one row to the next.
    pub spacing: Spacing,
    /// Which clock the times of day are of. Left out for bars that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// On how many dates of the period at least one ticker has a sound bar: the rows, and the dates that were dropped
    /// because not all tickers have one.
    pub dates: usize,
    /// Ticker by ticker, in column order.
    pub tickers: Vec<TickerAccount>,
}

/// The usual step from one row to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// One row a session; at most five sessions in most weeks.
    Daily,
    /// One row a day, weekends included.
    EveryDay,
    /// One row a week.
    Weekly,
    /// One row a month.
    Monthly,
    /// One row a quarter.
    Quarterly,
    /// One row a year.
    Yearly,
    /// No step is usual, or there are fewer than three rows.
    Irregular,
    /// Several rows a session, so many seconds apart: less than a day.
    Intraday(u32),
}

/// Which clock the times of day of intraday bars are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// UTC, into which the source's stamps were converted.
    Utc,
    /// The wall clock of the source, as written: its zone is not known.
    AsWritten,
}

impl Clock {
    /// The clock in a few words.
    pub fn describe(self) -> &'static str {
        match self {
            Clock::Utc => "UTC",
            Clock::AsWritten => "the wall clock as written",
        }
    }
}

impl Spacing {
    /// The spacing in one word or two.
    pub fn describe(self) -> String {
        let word = match self {
            Spacing::Daily => "daily",
            Spacing::EveryDay => "daily with weekends",
            Spacing::Weekly => "weekly",
            Spacing::Monthly => "monthly",
            Spacing::Quarterly => "quarterly",
            Spacing::Yearly => "yearly",
            Spacing::Irregular => "irregular",
            Spacing::Intraday(seconds) => return intraday(seconds),
        };
        word.to_owned()
    }
}

/// The length of an intraday step in its largest whole unit: `5 minutes apart`.
fn intraday(seconds: u32) -> String {
    let (count, unit) = match seconds {
        seconds if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        seconds if seconds % 60 == 0 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{ending} apart")
}

/// What became of one ticker's rows: `given` is the sum of the next five and of `merged`, and the panel's rows are the
/// sum of `used`, `filled` and `empty`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TickerAccount {
    /// The ticker.
    pub ticker: String,
    /// The rows that the source gave.
    pub given: usize,
    /// Those outside the requested period.
    pub outside: usize,
    /// Those dropped because they are faulty.
    pub faulty: usize,
    /// Those dropped because their date is given again.
    pub repeated: usize,
    /// Those on dates that were dropped because another ticker has no bar (alignment `intersection`).
    pub uncommon: usize,
    /// Those that were merged into the row of an earlier one, into longer bars (`data.resample`). Left out when none was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub merged: usize,
    /// Those that are rows of the panel.
    pub used: usize,
    /// The panel's rows into which the bar before was carried forward (alignment `union`).
    pub filled: usize,
    /// The panel's rows without a bar (alignment `union`).
    pub empty: usize,
    /// The date of the first row that the source gave.
    pub first_date: Moment,
    /// The date of the last.
    pub last_date: Moment,
}

fn is_zero(rows: &usize) -> bool {
    *rows == 0
}

impl TickerAccount {
    /// How many rows of a ticker the faults say were dropped: as faulty, and as given again. A row with several faults counts
    /// once.
    pub fn dropped(ticker: &str, faults: &[Fault]) -> [usize; 2] {
        [false, true].map(|repeated| {
            let own = faults.iter().filter(|fault| {
                fault.ticker == ticker
                    && fault.action == FaultAction::RowDropped
                    && (fault.kind == FaultKind::Duplicate) == repeated
            });
            own.map(|fault| (fault.date, fault.line)).collect::<BTreeSet<_>>().len()
        })
    }

    /// The rows that were left out, other than those outside the requested period.
    pub fn removed(&self) -> usize {
        self.faulty + self.repeated + self.uncommon
    }
}

impl Account {
    /// The dates that were dropped because not all tickers have a bar.
    pub fn dropped_dates(&self, rows: usize) -> usize {
        self.dates.saturating_sub(rows)
    }

    /// Checks that the sums hold, and that every row that was dropped as faulty or repeated is among the faults.
    pub(super) fn validate(&self, rows: usize, faults: &[Fault]) -> Result<(), Invalid> {
        ensure(self.dates >= rows, "account.dates", self.dates, format!("at least {rows}, the rows"))?;
        if let Spacing::Intraday(seconds) = self.spacing {
            let inside = (1..86_400).contains(&seconds);
            ensure(inside, "account.spacing", seconds, "seconds, fewer than a day has")?;
        }
        for (place, ticker) in self.tickers.iter().enumerate() {
            let field = |name: &str| format!("account.tickers[{place}].{name}");
            let sum = ticker.outside + ticker.removed() + ticker.merged + ticker.used;
            ensure(
                ticker.given == sum,
                &field("given"),
                ticker.given,
                format!("{sum}, the sum of its parts"),
            )?;
            let sum = ticker.used + ticker.filled + ticker.empty;
            ensure(
                sum == rows,
                &field("used"),
                sum,
                format!("{rows}, the rows, with filled and empty ones"),
            )?;
            let (first, last) = (ticker.first_date, ticker.last_date);
            ensure(first <= last, &field("first_date"), first, format!("no later than {last}"))?;
            let [faulty, repeated] = TickerAccount::dropped(&ticker.ticker, faults);
            ensure(
                ticker.faulty == faulty,
                &field("faulty"),
                ticker.faulty,
                format!("{faulty}, as in faults"),
            )?;
            let expected = format!("{repeated}, as in faults");
            ensure(ticker.repeated == repeated, &field("repeated"), ticker.repeated, expected)?;
        }
        Ok(())
    }
}
