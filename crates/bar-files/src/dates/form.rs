//! The one form in which a file writes its dates, and reading them by it.

use super::clock::{self, Zone};
use super::shape::{self, Shape, Stamp, century};
use crate::date_format::DateFormat;
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime};
use std::fmt;

/// Years beyond these are mistakes: no market is that old, and a year of one or two digits is not one.
const YEARS: std::ops::RangeInclusive<i32> = 1600..=2300;

/// What stands where in a day of three numbers whose year does not come first by its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

/// The one form in which a file writes its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// As the caller stated.
    Given(DateFormat),
    /// As all dates of the file show. The order matters only to shapes that leave it open.
    Found(Shape, Order),
}

/// A date as read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Read<'t> {
    pub(crate) time: NaiveDateTime,
    pub(crate) zone: Zone<'t>,
}

impl DateForm {
    /// Reads a cell; `None` if it is not written so, or is no day of the calendar.
    pub(crate) fn read<'t>(&self, text: &'t str) -> Option<Read<'t>> {
        let read = match self {
            Self::Given(format) => given(format, text)?,
            Self::Found(shape, order) => {
                let stamp = shape::parse(text).ok().filter(|stamp| stamp.shape == *shape)?;
                Read { time: time(&stamp, *order)?, zone: stamp.zone }
            }
        };
        YEARS.contains(&read.time.year()).then_some(read)
    }
}

/// Reads a cell by a stated format. A format of days alone leaves a time of day behind the day to the usual rules: it is
/// stated to settle the order of day and month.
fn given<'t>(format: &DateFormat, text: &'t str) -> Option<Read<'t>> {
    if let Some(time) = format.parse(text) {
        return Some(Read { time, zone: Zone::None });
    }
    let ends = text.char_indices().filter(|(_, c)| matches!(c, ' ' | 'T'));
    ends.filter(|_| !format.has_clock()).find_map(|(end, _)| {
        let day = format.parse(text.get(..end)?)?.date();
        let (clock, zone) = clock::parse(text.get(end + 1..)?.trim_start())?;
        Some(Read { time: day.and_time(clock), zone })
    })
}

fn time(stamp: &Stamp<'_>, order: Order) -> Option<NaiveDateTime> {
    let [first, second, third] = stamp.parts;
    let [year, month, day] = match (stamp.shape, order) {
        (Shape::Unix(_) | Shape::DotNet, _) => {
            return Some(DateTime::from_timestamp_nanos(stamp.count).naive_utc());
        }
        (Shape::YearLast(_), Order::DayMonthYear) => [third, second, first],
        (Shape::YearLast(_), Order::MonthDayYear) => [third, first, second],
        (Shape::TwoDigits(_), Order::DayMonthYear) => [century(third), second, first],
        (Shape::TwoDigits(_), Order::MonthDayYear) => [century(third), first, second],
        (Shape::TwoDigits(_), Order::YearMonthDay) => [century(first), second, third],
        _ => [first, second, third],
    };
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(day.and_time(stamp.clock.unwrap_or(NaiveTime::MIN)))
}

impl DateForm {
    /// Whether stamps are numbers of seconds since 1970 or the like, which are in UTC.
    pub(crate) fn is_utc(&self) -> bool {
        matches!(self, Self::Found(Shape::Unix(_) | Shape::DotNet, _))
    }
}

impl fmt::Display for DateForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(format) => write!(f, "{format}"),
            Self::Found(Shape::YearLast(s), Order::MonthDayYear) => write!(f, "M{s}D{s}YYYY"),
            Self::Found(Shape::YearLast(s), _) => write!(f, "D{s}M{s}YYYY"),
            Self::Found(Shape::TwoDigits(s), Order::MonthDayYear) => write!(f, "M{s}D{s}YY"),
            Self::Found(Shape::TwoDigits(s), Order::DayMonthYear) => write!(f, "D{s}M{s}YY"),
            Self::Found(Shape::TwoDigits(s), Order::YearMonthDay) => write!(f, "YY{s}M{s}D"),
            Self::Found(shape, _) => write!(f, "{shape}"),
        }
    }
}
