//! The place of a row in time: a date, or a date with a time of day.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

/// The place of a row in time, in whole seconds, without a zone: UTC, or the wall clock of the source.
///
/// Midnight stands for the whole date, so that a daily row is a `Moment` like any other. Written `2015-01-02` at midnight
/// and `2015-01-02T09:30:00` otherwise; the seconds may be left out when it is read. Default: 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(NaiveDateTime);

/// A text that is not a [`Moment`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a date: expected one such as 2015-01-02, or with a time 2015-01-02T09:30:00")]
pub struct InvalidMoment {
    /// The text, at most 80 characters of it.
    pub found: String,
}

impl Moment {
    /// The earliest moment.
    pub const MIN: Self = Self(NaiveDateTime::MIN);

    /// The latest moment.
    pub const MAX: Self = match NaiveDate::MAX.and_hms_opt(23, 59, 59) {
        Some(last) => Self(last),
        None => Self::MIN,
    };

    /// The moment so many seconds after 1970-01-01; `None` where no date reaches.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Self::default().checked_add(TimeDelta::try_seconds(seconds)?)
    }

    /// The seconds since 1970-01-01, negative before.
    pub fn seconds(self) -> i64 {
        self.0.and_utc().timestamp()
    }

    /// The date.
    pub fn date(self) -> NaiveDate {
        self.0.date()
    }

    /// The time of day.
    pub fn time(self) -> NaiveTime {
        self.0.time()
    }

    /// Whether it has a time of day, which means any but midnight.
    pub fn has_clock(self) -> bool {
        self.time() != NaiveTime::MIN
    }

    /// Midnight of its date.
    pub fn day(self) -> Self {
        self.date().into()
    }

    /// The last second of its date.
    pub fn end_of_day(self) -> Self {
        self.date().and_hms_opt(23, 59, 59).map_or(self, Self)
    }

    /// The moment so much later, fractions of a second dropped; `None` where no date reaches.
    pub fn checked_add(self, delta: TimeDelta) -> Option<Self> {
        self.0.checked_add_signed(delta).map(Self::from)
    }
}

impl From<NaiveDate> for Moment {
    fn from(date: NaiveDate) -> Self {
        Self(date.and_time(NaiveTime::MIN))
    }
}

impl From<NaiveDateTime> for Moment {
    /// Fractions of a second are dropped.
    fn from(time: NaiveDateTime) -> Self {
        Self(time.with_nanosecond(0).unwrap_or(time))
    }
}

impl Sub for Moment {
    type Output = TimeDelta;

    fn sub(self, other: Self) -> TimeDelta {
        self.0 - other.0
    }
}

impl Add<TimeDelta> for Moment {
    type Output = Self;

    /// The moment so much later; stops at [`Moment::MIN`] and [`Moment::MAX`].
    fn add(self, delta: TimeDelta) -> Self {
        let end = if delta < TimeDelta::zero() { Self::MIN } else { Self::MAX };
        self.checked_add(delta).unwrap_or(end)
    }
}

impl AddAssign<TimeDelta> for Moment {
    fn add_assign(&mut self, delta: TimeDelta) {
        *self = *self + delta;
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_clock() {
            write!(f, "{}T{}", self.date(), self.time().format("%H:%M:%S"))
        } else {
            self.date().fmt(f)
        }
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        parse(text).ok_or_else(|| InvalidMoment { found: text.chars().take(80).collect() })
    }
}

fn parse(text: &str) -> Option<Moment> {
    let Some((date, time)) = text.split_once('T') else { return text.parse().ok().map(NaiveDate::into) };
    let form = if time.len() > 5 { "%H:%M:%S" } else { "%H:%M" };
    let time = NaiveTime::parse_from_str(time, form).ok()?;
    // A leap second would be read as a fraction of the second before.
    (time.nanosecond() == 0).then(|| Some(Moment(date.parse::<NaiveDate>().ok()?.and_time(time))))?
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;

    fn try_from(text: String) -> Result<Self, InvalidMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn midnight_is_written_as_a_date() {
        for text in ["2015-01-02", "2015-01-02T09:30:00", "1969-12-31T23:59:59", "+10000-01-01"] {
            assert_eq!(at(text).to_string(), text);
            assert_eq!(serde_json::to_string(&at(text)).unwrap(), format!("\"{text}\""));
        }
        assert_eq!(at("2015-01-02T00:00:00").to_string(), "2015-01-02");
        assert_eq!(at("2015-01-02T09:30"), at("2015-01-02T09:30:00"));
        assert_eq!(NaiveDate::MAX.to_string(), Moment::from(NaiveDate::MAX).to_string());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "T",
            "2015-01-02T",
            "2015-01-02T9",
            "2015-02-30",
            "2015-01-02T24:00",
            "2015-01-02 09:30",
            "2015-01-02T09:30:60",
            "2015-01-02T09:30:00.5",
            "2015-01-02T09:30:00Z",
        ] {
            let error = text.parse::<Moment>().unwrap_err().to_string();
            assert!(error.contains("is not a date"), "{text}");
        }
    }

    #[test]
    fn the_ends_of_time_are_kept() {
        assert_eq!(Moment::MAX + TimeDelta::days(1), Moment::MAX);
        assert_eq!(Moment::MIN + TimeDelta::days(-1), Moment::MIN);
        assert_eq!(Moment::MAX.end_of_day(), Moment::MAX);
        assert_eq!(Moment::from_seconds(i64::MAX), None);
        assert!(Moment::MAX - Moment::MIN > TimeDelta::zero());
    }

    proptest! {
        #[test]
        fn moments_round_trip_and_keep_their_order(
            a in -90_000_000_000_i64..90_000_000_000,
            b in -1_000_000_i64..1_000_000,
        ) {
            let (moment, other) = (Moment::from_seconds(a).unwrap(), Moment::from_seconds(a + b).unwrap());
            prop_assert_eq!(moment.seconds(), a);
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            prop_assert_eq!((other - moment).num_seconds(), b);
            prop_assert_eq!(other.cmp(&moment), b.cmp(&0));
            prop_assert_eq!(moment + TimeDelta::seconds(b), other);
            prop_assert!(moment.day() <= moment && moment <= moment.end_of_day());
        }
    }
}
