//! Finds faults in raw bars, reports them, and handles them by an explicit policy.
//!
//! | fault | handling |
//! |---|---|
//! | a cell is missing; a price is not positive; negative volume; high < low; open or close outside `[low, high]` | the row is dropped, or (`on_fault = "error"`) all bars are refused |
//! | rows are out of order of date | error, or (`unordered = "sort"`) sorted |
//! | a date occurs twice | of equal rows one is kept, and an empty one gives way; rows that differ are an error, or (`duplicates`) the first or the last is kept |
//! | splits and dividends | prices and volume are adjusted, or (`adjust = false`) it is noted that they are not |
//! | zero volume, spikes, steps like splits, blocks in another unit, repeated bars, long pauses, two tickers with the same bars | noted only, unless the row has one of the faults above |
//!
//! In a column of one's own only an infinite value is a fault: it is emptied, or refused.
//!
//! Dates that one ticker has and another lacks are not faults of a row: see [`panel`](crate::panel).

mod adjust;
mod columns;
mod fault;
mod order;
mod ratio;
mod rows;
mod spacing;
mod suspicions;
mod twins;

pub use columns::check_columns;
pub use rows::RANGE_TOLERANCE;
pub use spacing::spacing;
pub(crate) use spacing::{Pauses, is_gap, trades_on_weekends, weekdays_between};
pub use suspicions::{SPIKE_LOG_RETURN, SPIKE_REVERSION};

use crate::sources::RawBars;
use artifact_core::Moment;
use artifact_core::schema::{Fault, FaultAction};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use settings::{DataConfig, Duplicates, OnFault, Unordered};

/// How faults are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityPolicy {
    /// What to do with faulty rows. Default: they are dropped.
    pub on_fault: OnFault,
    /// What to do with rows out of order. Default: they are refused.
    pub unordered: Unordered,
    /// What to do with different rows for one date. Default: they are refused.
    pub duplicates: Duplicates,
    /// Whether prices and volume are adjusted for splits and dividends, as far as the source knows them. Default: yes.
    pub adjust: bool,
}

impl Default for QualityPolicy {
    fn default() -> Self {
        Self::of(&DataConfig::default())
    }
}

impl QualityPolicy {
    /// The policy of the settings.
    pub fn of(data: &DataConfig) -> Self {
        let DataConfig { on_fault, unordered, duplicates, adjust, .. } = *data;
        Self { on_fault, unordered, duplicates, adjust }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityReport {
    /// The number of rows looked at, over all tickers.
    pub checked_rows: u64,
    /// What was found, ticker by ticker in the given order, then by date.
    pub faults: Vec<Fault>,
}

/// Why bars were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QualityError {
    /// Rows have faults and the policy refuses them.
    #[error(
        "{} fault{}, starting with {}; correct the source, or drop such rows with data.on_fault = \"drop_row\"",
        faults.len(),
        if faults.len() == 1 { "" } else { "s" },
        fault::first_few(faults)
    )]
    Faults {
        /// All of them, without notices.
        faults: Vec<Fault>,
    },
    /// A ticker has two rows for the same date.
    #[error(
        "{origin}: {ticker} has {date} twice, on lines {first_line} and {second_line}, and the rows differ: remove one of \
         them, or set data.duplicates = \"first\" or \"last\""
    )]
    DuplicateDate {
        /// Where the rows come from.
        origin: String,
        /// The ticker.
        ticker: String,
        /// The date.
        date: Moment,
        /// The line of the first row.
        first_line: u64,
        /// The line of the second row.
        second_line: u64,
    },
    /// Different intraday bars of a ticker have the same stamp, which is the wall clock as written.
    #[error(
        "{origin}: {ticker} has {date} twice, on lines {first_line} and {second_line}, and the bars differ: where daylight \
         saving time ends, an hour of the wall clock comes twice; write stamps in UTC or with their offset from it, such \
         as 2015-11-01T01:30:00-04:00, or choose one of the bars with data.duplicates = \"first\" or \"last\""
    )]
    RepeatedHour {
        /// Where the rows come from.
        origin: String,
        /// The ticker.
        ticker: String,
        /// The stamp.
        date: Moment,
        /// The line of the first bar.
        first_line: u64,
        /// The line of the second bar.
        second_line: u64,
    },
    /// A ticker's rows are not in order of date.
    #[error(
        "{origin}, line {line}: {ticker} {date} comes after {previous}; order the rows by date, or set \
         data.unordered = \"sort\""
    )]
    Unordered {
        /// Where the rows come from.
        origin: String,
        /// The ticker.
        ticker: String,
        /// The line of the row that is out of order.
        line: u64,
        /// Its date.
        date: Moment,
        /// The date of the row before it.
        previous: Moment,
    },
    /// A ticker has no usable row.
    #[error("none of the {rows} rows of {ticker} can be used: correct {origin}, or leave the ticker out")]
    NothingLeft {
        /// The ticker.
        ticker: String,
        /// Where its rows come from.
        origin: String,
        /// The number of rows before the check.
        rows: usize,
    },
}

/// Checks every ticker's rows, and adjusts them if the policy says so; afterwards they are ordered by date, each date once,
/// and every value is sound: finite, prices positive, volume not negative, `low <= open, close <= high` up to
/// [`RANGE_TOLERANCE`]. The volume of a ticker for which the source has none is NaN in every row.
///
/// # Errors
///
/// See [`QualityError`]. The bars are then only partly processed and should not be used.
pub fn check(raw: &mut [RawBars], policy: &QualityPolicy) -> Result<QualityReport, QualityError> {
    let checked_rows = raw.iter().map(|ticker| ticker.bars.len() as u64).sum();
    let checked: Vec<_> = raw.par_iter_mut().map(|ticker| check_ticker(ticker, policy)).collect();
    let mut report = QualityReport { checked_rows, faults: Vec::new() };
    // Of several errors the first ticker's is returned, whichever thread is faster.
    for faults in checked {
        report.faults.extend(faults?);
    }
    report.faults.extend(twins::twins(raw));
    policy.accept(&report.faults)?;
    Ok(report)
}

/// Checks one ticker's rows, and adjusts them; returns its faults in order of date.
fn check_ticker(ticker: &mut RawBars, policy: &QualityPolicy) -> Result<Vec<Fault>, QualityError> {
    let rows = ticker.bars.len();
    let mut faults = std::mem::take(&mut ticker.remarks);
    faults.extend(order::order(ticker, policy)?);
    faults.extend(adjust::adjust(ticker, policy.adjust));
    // Before faulty rows are dropped, so that suspect values in them are still noted.
    let mut notices = suspicions::of_single_rows(ticker);
    let dropped = rows::drop_faulty(ticker);
    for notice in &mut notices {
        if dropped.iter().any(|fault| fault.date == notice.date) {
            notice.action = FaultAction::RowDropped;
        }
    }
    faults.extend(dropped);
    faults.extend(notices);
    faults.extend(suspicions::of_sequence(ticker));
    faults.sort_by_key(|fault| fault.date);
    // Under `on_fault = "error"` the faults themselves, listed below, say more than that nothing is left.
    if ticker.bars.is_empty() && policy.on_fault == OnFault::DropRow {
        return Err(QualityError::NothingLeft {
            ticker: ticker.ticker.clone(),
            origin: ticker.origin.clone(),
            rows,
        });
    }
    Ok(faults)
}

impl QualityPolicy {
    /// Refuses faults for which rows or dates are left out, if the policy says so.
    ///
    /// # Errors
    ///
    /// [`QualityError::Faults`].
    pub fn accept(&self, faults: &[Fault]) -> Result<(), QualityError> {
        let removals: Vec<Fault> = faults.iter().filter(|fault| fault.action.removes()).cloned().collect();
        match self.on_fault {
            OnFault::Error if !removals.is_empty() => Err(QualityError::Faults { faults: removals }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
