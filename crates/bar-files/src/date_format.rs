//! A date format that the caller states.

use chrono::format::{Item, StrftimeItems};
use chrono::{NaiveDate, NaiveDateTime};
use std::fmt;
use std::str::FromStr;

/// How the dates of a file are written: `D/M/YYYY`, `MM/DD/YY`, `D-MMM-YYYY hh:mm:ss`, or as strftime, `%d/%m/%Y`.
///
/// `YYYY` and `YY` are the year, `MMM` the name of the month, `MM` or `M` its number, `DD` or `D` the day, `HH` or `hh`
/// the hour, `mm` the minute and `ss` the second. One letter or two read the same. A format of days alone also reads days
/// with a time of day behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    written: String,
    strftime: String,
    clock: bool,
}

/// Why a text is not a date format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a date format: {reason}; write one such as \"D/M/YYYY\" or \"%d/%m/%Y\"")]
pub struct InvalidDateFormat {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Letters of a format and what strftime calls them, the longest first.
const LETTERS: [(&str, &str); 14] = [
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("M", "%m"),
    ("DD", "%d"),
    ("D", "%d"),
    ("HH", "%H"),
    ("hh", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("yyyy", "%Y"),
    ("dd", "%d"),
];

/// A day to try formats with: every part differs.
const SAMPLE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2015, 11, 23);

impl DateFormat {
    /// Whether it has a time of day.
    pub(crate) fn has_clock(&self) -> bool {
        self.clock
    }

    /// Reads a cell; `None` if it is not written so.
    pub(crate) fn parse(&self, text: &str) -> Option<NaiveDateTime> {
        if self.clock {
            return NaiveDateTime::parse_from_str(text, &self.strftime).ok();
        }
        Some(NaiveDate::parse_from_str(text, &self.strftime).ok()?.and_time(chrono::NaiveTime::MIN))
    }
}

impl FromStr for DateFormat {
    type Err = InvalidDateFormat;

    fn from_str(text: &str) -> Result<Self, InvalidDateFormat> {
        let refuse = |reason| InvalidDateFormat { text: text.to_owned(), reason };
        // Messages repeat the format, and they are one line.
        if text.chars().any(char::is_control) {
            return Err(refuse("it has a line break or another control character"));
        }
        let strftime = if text.contains('%') { text.to_owned() } else { translated(text) };
        if StrftimeItems::new(&strftime).any(|item| matches!(item, Item::Error)) {
            return Err(refuse("it has an unknown specifier"));
        }
        let sample =
            SAMPLE.and_then(|day| day.and_hms_opt(0, 0, 0)).ok_or_else(|| refuse("it names no day"))?;
        let mut shown = String::new();
        if fmt::write(&mut shown, format_args!("{}", sample.format(&strftime))).is_err() {
            return Err(refuse("it asks for more than a date and a time"));
        }
        // A format reads dates only if it reads back what it writes: it must name year, month and day.
        let day_alone = NaiveDate::parse_from_str(&shown, &strftime) == Ok(sample.date());
        let with_clock = NaiveDateTime::parse_from_str(&shown, &strftime) == Ok(sample);
        if !day_alone && !with_clock {
            return Err(refuse("it must name the year, the month and the day"));
        }
        Ok(Self { written: text.to_owned(), strftime, clock: with_clock })
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Letters as strftime.
fn translated(text: &str) -> String {
    let (mut rest, mut strftime) = (text, String::new());
    'text: while let Some(first) = rest.chars().next() {
        for (letters, specifier) in LETTERS {
            if let Some(after) = rest.strip_prefix(letters) {
                strftime.push_str(specifier);
                rest = after;
                continue 'text;
            }
        }
        strftime.push(first);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    strftime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, cell: &str, expected: &str) {
        let format: DateFormat = format.parse().unwrap();
        assert_eq!(format.parse(cell).map(|time| time.to_string()).as_deref(), Some(expected));
    }

    #[test]
    fn letters_and_strftime_read_alike() {
        check("D/M/YYYY", "1/4/1999", "1999-04-01 00:00:00");
        check("MM/DD/YY", "04/01/99", "1999-04-01 00:00:00");
        check("%d/%m/%Y", "1/4/1999", "1999-04-01 00:00:00");
        check("D-MMM-YYYY", "2-Jan-2015", "2015-01-02 00:00:00");
        check("YYYYMMDD hh:mm:ss", "20150102 09:30:00", "2015-01-02 09:30:00");
    }

    #[test]
    fn formats_without_a_whole_date_are_refused() {
        for (format, reason) in
            [("D/M", "must name"), ("", "must name"), ("%Q", "unknown"), ("D/M\n/YYYY", "a line break")]
        {
            let error = format.parse::<DateFormat>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
