//! Finds faults in raw bars, reports them, and handles them by an explicit policy.
//!
//! | fault | handling |
//! |---|---|
//! | a cell is missing; a price is not positive; negative volume; high < low; open or close outside `[low, high]` | the row is dropped, or (`on_fault = "error"`) all bars are refused |
//! | rows are out of order of date | error, or (`unordered = "sort"`) sorted |
//! | a date occurs twice | always an error: nothing says which of the two is right |
//! | zero volume; a price spike that reverts | noted only, unless the row has one of the faults above |
//!
//! In a column of one's own only an infinite value is a fault: it is emptied, or refused.
//!
//! Dates that one ticker has and another lacks are not faults of a row: see [`panel`](crate::panel).

mod columns;
mod fault;
mod rows;

pub use columns::check_columns;
pub use rows::{RANGE_TOLERANCE, SPIKE_LOG_RETURN, SPIKE_REVERSION};

use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use settings::{OnFault, Unordered};

/// How faults are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityPolicy {
    /// What to do with faulty rows.
    pub on_fault: OnFault,
    /// What to do with rows out of order.
    pub unordered: Unordered,
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
        "{origin}: {ticker} has {date} twice, on lines {first_line} and {second_line}: remove one of the rows"
    )]
    DuplicateDate {
        /// Where the rows come from.
        origin: String,
        /// The ticker.
        ticker: String,
        /// The date.
        date: NaiveDate,
        /// The line of the first row.
        first_line: u64,
        /// The line of the second row.
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
        date: NaiveDate,
        /// The date of the row before it.
        previous: NaiveDate,
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

/// Checks every ticker's rows; afterwards they are ordered by date, each date once, and every value is sound: finite,
/// prices positive, volume not negative, `low <= open, close <= high` up to [`RANGE_TOLERANCE`].
///
/// # Errors
///
/// See [`QualityError`]. The bars are then only partly processed and should not be used.
pub fn check(raw: &mut [RawBars], policy: &QualityPolicy) -> Result<QualityReport, QualityError> {
    let mut report = QualityReport::default();
    for ticker in raw {
        let rows = ticker.bars.len();
        report.checked_rows += rows as u64;
        let mut faults = Vec::from_iter(order(ticker, policy.unordered)?);
        // Before faulty rows are dropped, so that suspect values in them are still noted.
        let mut notices = notices(ticker);
        let dropped = drop_faulty(ticker);
        for notice in &mut notices {
            if dropped.iter().any(|fault| fault.date == notice.date) {
                notice.action = FaultAction::RowDropped;
            }
        }
        faults.extend(dropped);
        faults.extend(notices);
        faults.sort_by_key(|fault| fault.date);
        report.faults.extend(faults);
        // Under `on_fault = "error"` the faults themselves, listed below, say more than that nothing is left.
        if ticker.bars.is_empty() && policy.on_fault == OnFault::DropRow {
            return Err(QualityError::NothingLeft {
                ticker: ticker.ticker.clone(),
                origin: ticker.origin.clone(),
                rows,
            });
        }
    }
    let dropped = |fault: &Fault| fault.action == FaultAction::RowDropped;
    if policy.on_fault == OnFault::Error && report.faults.iter().any(dropped) {
        report.faults.retain(dropped);
        return Err(QualityError::Faults { faults: report.faults });
    }
    Ok(report)
}

/// Sorts a ticker's rows by date; one fault covers all rows that were out of order.
fn order(raw: &mut RawBars, unordered: Unordered) -> Result<Option<Fault>, QualityError> {
    let mut misplaced = raw.bars.windows(2).filter(|pair| pair[1].date < pair[0].date);
    let fault = match misplaced.next() {
        None => None,
        Some(pair) if unordered == Unordered::Error => {
            return Err(QualityError::Unordered {
                origin: raw.origin.clone(),
                ticker: raw.ticker.clone(),
                line: pair[1].line,
                date: pair[1].date,
                previous: pair[0].date,
            });
        }
        Some(pair) => Some(Fault {
            ticker: raw.ticker.clone(),
            date: pair[1].date,
            line: Some(pair[1].line),
            kind: FaultKind::Unordered,
            detail: format!("comes after {}; {} more rows like it", pair[0].date, misplaced.count()),
            action: FaultAction::Sorted,
        }),
    };
    // A stable sort: of two rows for the same date the one read first stays first, also in the error below.
    raw.bars.sort_by_key(|bar| bar.date);
    match raw.bars.windows(2).find(|pair| pair[0].date == pair[1].date) {
        None => Ok(fault),
        Some(pair) => Err(QualityError::DuplicateDate {
            origin: raw.origin.clone(),
            ticker: raw.ticker.clone(),
            date: pair[0].date,
            first_line: pair[0].line,
            second_line: pair[1].line,
        }),
    }
}

/// Removes the faulty rows and returns their faults.
fn drop_faulty(raw: &mut RawBars) -> Vec<Fault> {
    let mut faults = Vec::new();
    let ticker = &raw.ticker;
    raw.bars.retain(|bar| {
        let found = rows::faults_of(bar);
        let sound = found.is_empty();
        faults.extend(found.into_iter().map(|(kind, detail)| Fault {
            ticker: ticker.clone(),
            date: bar.date,
            line: Some(bar.line),
            kind,
            detail,
            action: FaultAction::RowDropped,
        }));
        sound
    });
    faults
}

/// Lists suspect values, whether or not their rows have faults as well: the two often explain each other.
fn notices(raw: &RawBars) -> Vec<Fault> {
    let notice = |bar: &RawBar, kind, detail: String| Fault {
        ticker: raw.ticker.clone(),
        date: bar.date,
        line: Some(bar.line),
        kind,
        detail,
        action: FaultAction::Noted,
    };
    let zero = raw.bars.iter().filter(|bar| bar.volume == 0.0);
    let zero = zero.map(|bar| notice(bar, FaultKind::ZeroVolume, "volume is 0".to_owned()));
    // Rows without a usable close are passed over, so that a faulty neighbour does not hide a spike.
    let with_price = |bar: &&RawBar| bar.close.is_finite() && bar.close > 0.0;
    let priced: Vec<&RawBar> = raw.bars.iter().filter(with_price).collect();
    let spikes = priced.windows(3).filter_map(|three| {
        let detail = rows::reverting_spike([three[0].close, three[1].close, three[2].close])?;
        Some(notice(three[1], FaultKind::RevertingSpike, detail))
    });
    zero.chain(spikes).collect()
}

#[cfg(test)]
mod tests;
