//! What can be wrong with bars, by name.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One fault of the data: where, what, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fault {
    /// The ticker.
    pub ticker: String,
    /// The date; for a gap, its first date.
    pub date: NaiveDate,
    /// The line in the source, from 1; absent when the fault is that a line is missing.
    pub line: Option<u64>,
    /// What is wrong.
    pub kind: FaultKind,
    /// The values that show it.
    pub detail: String,
    /// What was done.
    pub action: FaultAction,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A cell is empty, or not a finite number.
    MissingCell,
    /// A price is zero or negative.
    NonPositivePrice,
    /// The volume is negative.
    NegativeVolume,
    /// The volume is zero: a day without trades, or an unknown value.
    ZeroVolume,
    /// The highest price lies below the lowest.
    HighBelowLow,
    /// The open or the close lies outside the range from low to high.
    OutsideRange,
    /// A row comes after a later date.
    Unordered,
    /// The close jumps and is back at its former level one bar later: a suspected data error.
    RevertingSpike,
    /// The ticker's bars begin after another's.
    LateStart,
    /// Dates are missing between the ticker's bars.
    Gap,
    /// The ticker's bars end before another's.
    EarlyEnd,
}

/// What was done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Nothing: the values are used as they are.
    Noted,
    /// The ticker's row was left out.
    RowDropped,
    /// The ticker's rows were sorted by date.
    Sorted,
    /// The dates were left out for every ticker (alignment `intersection`).
    DatesDropped,
    /// The previous close was carried forward (alignment `union`).
    ForwardFilled,
    /// The cells were left without values (alignment `union`, or a column of one's own).
    LeftEmpty,
}

impl FaultKind {
    /// The kind in words.
    pub fn describe(self) -> &'static str {
        match self {
            FaultKind::MissingCell => "missing cell",
            FaultKind::NonPositivePrice => "price not positive",
            FaultKind::NegativeVolume => "negative volume",
            FaultKind::ZeroVolume => "zero volume",
            FaultKind::HighBelowLow => "high below low",
            FaultKind::OutsideRange => "open or close outside the range",
            FaultKind::Unordered => "out of order",
            FaultKind::RevertingSpike => "spike that reverts",
            FaultKind::LateStart => "late start",
            FaultKind::Gap => "gap",
            FaultKind::EarlyEnd => "early end",
        }
    }
}

impl FaultAction {
    /// The action in words.
    pub fn describe(self) -> &'static str {
        match self {
            FaultAction::Noted => "noted",
            FaultAction::RowDropped => "bar dropped",
            FaultAction::Sorted => "sorted",
            FaultAction::DatesDropped => "dates dropped for every ticker",
            FaultAction::ForwardFilled => "filled forward",
            FaultAction::LeftEmpty => "left empty",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.ticker, self.date)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ": {}", self.detail)
    }
}
