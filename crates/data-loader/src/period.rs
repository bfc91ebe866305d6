//! Periods: which dates of the bars are used.

use artifact_core::Moment;
use chrono::{Days, Months};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which dates are used.
///
/// Written `max` (default), `5y`, `18m` or `90d` (calendar years, months or days counted back from the newest bar,
/// including the day reached; of intraday bars to the second), or `2010-01-01..2012-12-31` (both dates included; either may
/// be left out, and either may have a time of day, as in `2010-01-01T12:00..`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// All bars.
    #[default]
    Max,
    /// The last years.
    Years(u32),
    /// The last months.
    Months(u32),
    /// The last days.
    Days(u32),
    /// From one date to another, both included.
    Between {
        /// The first date; none means the oldest bar's.
        start: Option<Moment>,
        /// The last date; none means the newest bar's.
        end: Option<Moment>,
    },
}

/// A text that is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a period: expected `max`, a positive number of years, months or days such as `5y`, `18m` or \
     `90d`, or dates such as `2010-01-01..2012-12-31`"
)]
pub struct InvalidPeriod {
    /// The text.
    pub found: String,
}

/// Absolute dates, both included; an end without a time of day includes its whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// The first date.
    pub start: Moment,
    /// The last date.
    pub end: Moment,
}

impl DateRange {
    /// Whether `date` lies in the range.
    pub fn contains(&self, date: Moment) -> bool {
        (self.start..=self.until()).contains(&date)
    }

    /// The last moment of the range: its end, or where that is a date, the last second of its day.
    pub fn until(&self) -> Moment {
        if self.end.has_clock() { self.end } else { self.end.end_of_day() }
    }
}

impl Period {
    /// Resolves the period against the bars' oldest and newest date.
    ///
    /// Where the month reached lacks the day, its last day is taken: `1m` back from 31 March starts on the last day of
    /// February. A start before the earliest date that [`Moment`] can hold becomes `oldest`. The result may lie
    /// partly or wholly outside the bars.
    pub fn resolve(self, oldest: Moment, newest: Moment) -> DateRange {
        let back = |months: Option<u32>| {
            let date = newest.date().checked_sub_months(Months::new(months?))?;
            Some(Moment::from(date.and_time(newest.time())))
        };
        let days_back = |days: u32| {
            let date = newest.date().checked_sub_days(Days::new(days.into()))?;
            Some(Moment::from(date.and_time(newest.time())))
        };
        let (start, end) = match self {
            Period::Max => (Some(oldest), newest),
            Period::Years(years) => (back(years.checked_mul(12)), newest),
            Period::Months(months) => (back(Some(months)), newest),
            Period::Days(days) => (days_back(days), newest),
            Period::Between { start, end } => (start, end.unwrap_or(newest)),
        };
        DateRange { start: start.unwrap_or(oldest), end }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |date: &Option<Moment>| date.map_or(String::new(), |date| date.to_string());
        match self {
            Period::Max => f.write_str("max"),
            Period::Years(years) => write!(f, "{years}y"),
            Period::Months(months) => write!(f, "{months}m"),
            Period::Days(days) => write!(f, "{days}d"),
            Period::Between { start, end } => write!(f, "{}..{}", text(start), text(end)),
        }
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        parse(text.trim()).ok_or_else(|| InvalidPeriod { found: text.chars().take(80).collect() })
    }
}

fn parse(text: &str) -> Option<Period> {
    if text.eq_ignore_ascii_case("max") {
        return Some(Period::Max);
    }
    if let Some((start, end)) = text.split_once("..") {
        let (start, end) = (parse_date(start)?, parse_date(end)?);
        let until = |end| DateRange { start: end, end }.until();
        let reversed = start.zip(end).is_some_and(|(start, end)| until(end) < start);
        return (!reversed).then_some(Period::Between { start, end });
    }
    let unit = text.chars().next_back()?;
    let count = text.strip_suffix(unit)?;
    // `parse` alone would accept `+5`.
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = count.parse().ok().filter(|&count: &u32| count > 0)?;
    match unit {
        'y' | 'Y' => Some(Period::Years(count)),
        'm' | 'M' => Some(Period::Months(count)),
        'd' | 'D' => Some(Period::Days(count)),
        _ => None,
    }
}

/// Parses a date that may be left out; `None` if it is present but invalid.
fn parse_date(text: &str) -> Option<Option<Moment>> {
    match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

impl TryFrom<String> for Period {
    type Error = InvalidPeriod;

    fn try_from(text: String) -> Result<Self, InvalidPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, start: &str, end: &str) {
        let period: Period = text.parse().unwrap();
        let resolved = period.resolve(day("2000-03-01"), day("2013-03-31"));
        assert_eq!((resolved.start, resolved.end), (day(start), day(end)), "{text}");
        let json = serde_json::to_string(&period).unwrap();
        assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period, "{json}");
    }

    #[test]
    fn periods_are_counted_back_from_the_newest_bar() {
        check("max", "2000-03-01", "2013-03-31");
        check("5y", "2008-03-31", "2013-03-31");
        check("1m", "2013-02-28", "2013-03-31");
        check("18m", "2011-09-30", "2013-03-31");
        check("90d", "2012-12-31", "2013-03-31");
        check("30y", "1983-03-31", "2013-03-31");
        check("4294967295y", "2000-03-01", "2013-03-31");
        check("2010-01-01..2012-12-31", "2010-01-01", "2012-12-31");
        check("2010-01-01..", "2010-01-01", "2013-03-31");
        check("..2010-01-01", "2000-03-01", "2010-01-01");
    }

    #[test]
    fn a_last_date_includes_its_whole_day() {
        let resolve = |text: &str| {
            text.parse::<Period>().unwrap().resolve(day("2013-01-01T09:30"), day("2013-03-31T15:55"))
        };
        let range = resolve("2013-02-01T12:00..2013-02-04");
        for (at, inside) in [
            ("2013-02-01", false),
            ("2013-02-01T12:00", true),
            ("2013-02-04T23:59:59", true),
            ("2013-02-05", false),
        ] {
            assert_eq!(range.contains(day(at)), inside, "{at}");
        }
        assert!(!resolve("..2013-02-04T12:00").contains(day("2013-02-04T12:00:01")));
        assert_eq!(resolve("5d").start, day("2013-03-26T15:55"));
        assert_eq!(resolve("1m").start, day("2013-02-28T15:55"));
        assert!("2013-02-04T12:00..2013-02-04".parse::<Period>().is_ok());
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "y",
            "5",
            "5w",
            "-5y",
            "+5y",
            "0d",
            "5.5y",
            "2010-01-01",
            "2011..2012",
            "2012-01-01..2011-01-01",
        ] {
            let error = bad.parse::<Period>().unwrap_err();
            assert!(error.to_string().contains("is not a period"), "{bad}");
        }
    }
}
