//! What can be wrong with bars, by name.

use crate::moment::Moment;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One fault of the data: where, what, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fault {
    /// The ticker.
    pub ticker: String,
    /// The date, with the time of day of an intraday bar; for a gap, its first date.
    pub date: Moment,
    /// The line in the source, from 1; absent when the fault is that a line is missing.
    pub line: Option<u64>,
    /// What is wrong.
    pub kind: FaultKind,
    /// The values that show it.
    pub detail: String,
    /// What was done.
    pub action: FaultAction,
    /// How many rows it covers, from `date` on; for a gap, how many dates. Left out when it is 1, as in seals of earlier
    /// versions.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub rows: usize,
    /// The last date that it covers. Left out when that is `date`, as in seals of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

fn one() -> usize {
    1
}

fn is_one(rows: &usize) -> bool {
    *rows == one()
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
    /// A date is given more than once.
    Duplicate,
    /// A stamp belongs to another day than the one that it names.
    Stamp,
    /// The bars have no volume.
    NoVolume,
    /// Open, high, low and close are the same number on most rows: a price without a range, such as a fund's.
    FlatBars,
    /// The same bar comes again and again.
    StalePrice,
    /// The close steps by a ratio like that of a split, and stays there: a split that the prices do not reflect.
    ProbableSplit,
    /// A block of rows is in another unit than the rows around it, such as pence among pounds.
    UnitBlock,
    /// A split that the adjustment reflects; the volume before it is adjusted by its ratio.
    Split,
    /// The adjustment steps on a day on which the price does not: a wrong split or dividend.
    AdjustmentStep,
    /// The source states dividends or splits that are not applied.
    ActionsIgnored,
    /// The bars pause for long and go on at another level: the ticker may belong to another company since.
    TickerReuse,
    /// Two tickers have the same bars, perhaps at another scale or some rows apart.
    IdenticalContent,
    /// The bars are not one a session: weekly, monthly, or without a regular step.
    Spacing,
    /// The tickers trade on different days of the week.
    MixedCalendars,
    /// The ticker's bars begin after another's.
    LateStart,
    /// Dates are missing between the ticker's bars.
    Gap,
    /// The ticker's bars end before another's.
    EarlyEnd,
    /// The last of a ticker's merged bars is of a week or month that may not be over.
    Incomplete,
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
    /// The ticker's volume was multiplied by the ratio of the split.
    VolumeAdjusted,
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
            FaultKind::Duplicate => "date given twice",
            FaultKind::Stamp => "stamp of another day",
            FaultKind::NoVolume => "no volume",
            FaultKind::FlatBars => "bars without a range",
            FaultKind::StalePrice => "repeated bars",
            FaultKind::ProbableSplit => "probable split",
            FaultKind::UnitBlock => "block in another unit",
            FaultKind::Split => "split",
            FaultKind::AdjustmentStep => "adjustment without a price move",
            FaultKind::ActionsIgnored => "corporate actions not applied",
            FaultKind::TickerReuse => "ticker used again",
            FaultKind::IdenticalContent => "same bars as another ticker",
            FaultKind::Spacing => "spacing",
            FaultKind::MixedCalendars => "different calendars",
            FaultKind::LateStart => "late start",
            FaultKind::Gap => "gap",
            FaultKind::EarlyEnd => "early end",
            FaultKind::Incomplete => "incomplete step",
        }
    }
}

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// True of the bars, and worth knowing: a split, a late start, weekly bars.
    Remark,
    /// Probably wrong, though it may be what happened: a spike, a step, a gap.
    Suspect,
    /// Cannot be right: an empty cell, a negative price.
    Defect,
}

impl Severity {
    /// The severity in one word.
    pub fn describe(self) -> &'static str {
        match self {
            Severity::Remark => "remark",
            Severity::Suspect => "suspect",
            Severity::Defect => "defect",
        }
    }
}

impl FaultKind {
    /// How much a fault of this kind matters.
    pub fn severity(self) -> Severity {
        match self {
            FaultKind::MissingCell
            | FaultKind::NonPositivePrice
            | FaultKind::NegativeVolume
            | FaultKind::HighBelowLow
            | FaultKind::OutsideRange
            | FaultKind::Duplicate => Severity::Defect,
            FaultKind::RevertingSpike
            | FaultKind::Gap
            | FaultKind::StalePrice
            | FaultKind::ProbableSplit
            | FaultKind::UnitBlock
            | FaultKind::AdjustmentStep
            | FaultKind::TickerReuse
            | FaultKind::IdenticalContent
            | FaultKind::MixedCalendars => Severity::Suspect,
            FaultKind::ZeroVolume
            | FaultKind::Unordered
            | FaultKind::Stamp
            | FaultKind::NoVolume
            | FaultKind::FlatBars
            | FaultKind::Split
            | FaultKind::ActionsIgnored
            | FaultKind::Spacing
            | FaultKind::LateStart
            | FaultKind::EarlyEnd
            | FaultKind::Incomplete => Severity::Remark,
        }
    }
}

impl FaultAction {
    /// Whether rows or dates were left out.
    pub fn removes(self) -> bool {
        matches!(self, FaultAction::RowDropped | FaultAction::DatesDropped)
    }

    /// The action in words.
    pub fn describe(self) -> &'static str {
        match self {
            FaultAction::Noted => "noted",
            FaultAction::RowDropped => "bar dropped",
            FaultAction::Sorted => "sorted",
            FaultAction::VolumeAdjusted => "volume adjusted",
            FaultAction::DatesDropped => "dates dropped for every ticker",
            FaultAction::ForwardFilled => "filled forward",
            FaultAction::LeftEmpty => "left empty",
        }
    }
}

impl Fault {
    /// The last date that it covers.
    pub fn last_date(&self) -> Moment {
        self.until.unwrap_or(self.date)
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
