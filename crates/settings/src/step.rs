//! Lengths of bars, and the time of day at which sessions begin.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The length of the bars into which shorter ones are merged.
///
/// Written `30s`, `5m` or `1h`, for lengths that divide a day and are shorter than it, `1d`, `1w`, or `1mo`, for months
/// that divide a year. Weeks begin on Monday, months and intraday steps where the calendar and the day do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Step {
    /// So many seconds, which divide a day.
    Intraday(u32),
    /// A session.
    Day,
    /// A week.
    Week,
    /// So many months, which divide a year.
    Months(u32),
}

/// A text that is not a [`Step`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a step: expected seconds, minutes or hours that divide a day, such as \"30s\", \"5m\" or \"1h\", or \
     \"1d\", \"1w\", or months that divide a year, such as \"1mo\" or \"3mo\""
)]
pub struct InvalidStep {
    /// The text, at most 80 characters of it.
    pub found: String,
}

const SECONDS_PER_DAY: u32 = 86_400;

impl Step {
    /// The length in seconds; of months, the shortest.
    pub fn seconds(self) -> i64 {
        let days = match self {
            Step::Intraday(seconds) => return seconds.into(),
            Step::Day => 1,
            Step::Week => 7,
            Step::Months(months) => 28 * i64::from(months),
        };
        days * i64::from(SECONDS_PER_DAY)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Step::Intraday(seconds) if seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            Step::Intraday(seconds) if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            Step::Intraday(seconds) => write!(f, "{seconds}s"),
            Step::Day => f.write_str("1d"),
            Step::Week => f.write_str("1w"),
            Step::Months(months) => write!(f, "{months}mo"),
        }
    }
}

impl FromStr for Step {
    type Err = InvalidStep;

    fn from_str(text: &str) -> Result<Self, InvalidStep> {
        parse(text).ok_or_else(|| InvalidStep { found: text.chars().take(80).collect() })
    }
}

fn parse(text: &str) -> Option<Step> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: u32 = count.parse().ok()?;
    let intraday = |seconds: u32| {
        let seconds = count.checked_mul(seconds)?;
        let fits = seconds > 0 && seconds < SECONDS_PER_DAY && SECONDS_PER_DAY.is_multiple_of(seconds);
        fits.then_some(Step::Intraday(seconds))
    };
    match (count, unit) {
        (_, "s") => intraday(1),
        (_, "m") => intraday(60),
        (_, "h") => intraday(3600),
        (1, "d") => Some(Step::Day),
        (1, "w") => Some(Step::Week),
        (1 | 2 | 3 | 4 | 6 | 12, "mo") => Some(Step::Months(count)),
        _ => None,
    }
}

impl TryFrom<String> for Step {
    type Error = InvalidStep;

    fn try_from(text: String) -> Result<Self, InvalidStep> {
        text.parse()
    }
}

impl From<Step> for String {
    fn from(step: Step) -> String {
        step.to_string()
    }
}

/// The time of day from which on a bar belongs to the next day's session, in minutes after midnight: from 1 to 1439.
///
/// Written `18:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionStart(u32);

/// A text that is not a [`SessionStart`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a time at which a session begins: expected one from \"00:01\" to \"23:59\", such as \"18:00\""
)]
pub struct InvalidSessionStart {
    /// The text, at most 80 characters of it.
    pub found: String,
}

impl SessionStart {
    /// The minutes after midnight.
    pub fn minutes(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SessionStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for SessionStart {
    type Err = InvalidSessionStart;

    fn from_str(text: &str) -> Result<Self, InvalidSessionStart> {
        let number = |text: &str, below: u32| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|&number: &u32| digits && number < below)
        };
        let minutes = text
            .split_once(':')
            .and_then(|(hour, minute)| Some(number(hour, 24)? * 60 + number(minute, 60)?));
        let start = minutes.filter(|&minutes| minutes > 0).map(Self);
        start.ok_or_else(|| InvalidSessionStart { found: text.chars().take(80).collect() })
    }
}

impl TryFrom<String> for SessionStart {
    type Error = InvalidSessionStart;

    fn try_from(text: String) -> Result<Self, InvalidSessionStart> {
        text.parse()
    }
}

impl From<SessionStart> for String {
    fn from(start: SessionStart) -> String {
        start.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_and_written() {
        for (text, step) in [
            ("30s", Step::Intraday(30)),
            ("5m", Step::Intraday(300)),
            ("1h", Step::Intraday(3600)),
            ("1d", Step::Day),
            ("1w", Step::Week),
            ("3mo", Step::Months(3)),
        ] {
            assert_eq!(text.parse(), Ok(step));
            assert_eq!(step.to_string(), text);
        }
        assert_eq!("60m".parse(), Ok(Step::Intraday(3600)), "one step, one name");
        for bad in
            ["", "5", "m", "0m", "7m", "24h", "2d", "2w", "5mo", "1y", "-5m", "4294967295h", "1 h", "1H"]
        {
            assert!(bad.parse::<Step>().unwrap_err().to_string().contains("is not a step"), "{bad}");
        }
    }

    #[test]
    fn times_of_day_are_read_and_written() {
        let start: SessionStart = "18:05".parse().unwrap();
        assert_eq!((start.minutes(), start.to_string().as_str()), (1085, "18:05"));
        for bad in ["", "18", "24:00", "18:60", "6:00", "00:00", "+1:00", "18:00:00"] {
            assert!(bad.parse::<SessionStart>().is_err(), "{bad}");
        }
    }
}
