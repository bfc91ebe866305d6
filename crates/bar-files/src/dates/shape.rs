//! What the characters of a date show, before its form is known.

use super::clock::{self, Zone};
use chrono::NaiveTime;
use std::fmt;

/// How a date is written, apart from what only the whole file can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `2015-01-02`, with the separator.
    YearFirst(char),
    /// `20150102`
    Compact,
    /// `1/2/2015`: day and month in an order that a single date may leave open.
    YearLast(char),
    /// `1/2/15`: which one is the year is open too.
    TwoDigits(char),
    /// `2-Jan-2015`, with the separator.
    DayName(char),
    /// `Jan 2, 2015`
    NameDay,
    /// A count since 1970.
    Unix(Unit),
    /// `/Date(1420156800000)/`
    DotNet,
}

/// The unit of a count since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// A date, taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stamp<'t> {
    pub(crate) shape: Shape,
    /// Year, month, day where the shape tells them; else the numbers in the order of writing.
    pub(crate) parts: [u32; 3],
    /// The count since 1970, for shapes that are one.
    pub(crate) count: i64,
    /// The time of day, if the stamp has one.
    pub(crate) clock: Option<NaiveTime>,
    pub(crate) zone: Zone<'t>,
}

/// Why a cell is not taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoStamp {
    /// A spreadsheet's count of days.
    ExcelSerial,
    /// Anything else.
    Other,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YearFirst(s) => write!(f, "YYYY{s}MM{s}DD"),
            Self::Compact => f.write_str("YYYYMMDD"),
            Self::YearLast(s) => write!(f, "D{s}M{s}YYYY or M{s}D{s}YYYY"),
            Self::TwoDigits(s) => write!(f, "D{s}M{s}YY or M{s}D{s}YY"),
            Self::DayName(s) => write!(f, "D{s}Mon{s}YYYY"),
            Self::NameDay => f.write_str("Mon D, YYYY"),
            Self::Unix(Unit::Seconds) => f.write_str("unix seconds"),
            Self::Unix(Unit::Milliseconds) => f.write_str("unix milliseconds"),
            Self::Unix(Unit::Microseconds) => f.write_str("unix microseconds"),
            Self::Unix(Unit::Nanoseconds) => f.write_str("unix nanoseconds"),
            Self::DotNet => f.write_str("/Date(milliseconds)/"),
        }
    }
}

/// Takes a cell apart.
pub(crate) fn parse(text: &str) -> Result<Stamp<'_>, NoStamp> {
    if let Some(count) = text.strip_prefix("/Date(").or_else(|| text.strip_prefix("\\/Date(")) {
        return dot_net(count).ok_or(NoStamp::Other);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.matches('.').count() <= 1 {
        return number(text);
    }
    let (day, rest) = split_day(text).ok_or(NoStamp::Other)?;
    let (shape, parts) = day_of(day).ok_or(NoStamp::Other)?;
    let (clock, zone) = match rest.strip_prefix(['T', 't', ' ']) {
        _ if rest.is_empty() => (None, Zone::None),
        Some(rest) => {
            let (time, zone) = clock::parse(rest.trim_start()).ok_or(NoStamp::Other)?;
            (Some(time), zone)
        }
        None => return Err(NoStamp::Other),
    };
    Ok(Stamp { shape, parts, count: 0, clock, zone })
}

/// Splits the day from what follows.
fn split_day(text: &str) -> Option<(&str, &str)> {
    // `Jan 2, 2015 16:00` and `2 Jan 2015 16:00`: blanks are part of the day.
    if let Some(end) = named_day_end(text) {
        return text.split_at_checked(end);
    }
    let end = text.bytes().position(|byte| matches!(byte, b'T' | b't' | b' ')).unwrap_or(text.len());
    text.split_at_checked(end)
}

/// Where a day with the name of a month ends: after its third word.
fn named_day_end(text: &str) -> Option<usize> {
    let (mut at, mut words, mut named) = (0, 0, false);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let start = at;
        let letters = bytes[at].is_ascii_alphabetic();
        let same = |byte: &u8| if letters { byte.is_ascii_alphabetic() } else { byte.is_ascii_digit() };
        at += bytes[at..].iter().take_while(|byte| same(byte)).count();
        if at == start {
            return None;
        }
        words += 1;
        named |= letters && month(&text[start..at]).is_some();
        if letters && words <= 2 && !named {
            return None;
        }
        if words == 3 {
            return named.then_some(at);
        }
        at += bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b',' | b'-' | b'/' | b'.')).count();
    }
    None
}

/// The shape and the parts of a day.
fn day_of(text: &str) -> Option<(Shape, [u32; 3])> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u32 = text.parse().ok().filter(|_| text.len() == 8)?;
        return Some((Shape::Compact, [number / 10_000, number / 100 % 100, number % 100]));
    }
    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return named_day(text);
    }
    let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = [0; 3];
    let mut lengths = [0; 3];
    let mut written = text.split(separator);
    for (part, length) in parts.iter_mut().zip(&mut lengths) {
        let digits = written.next()?;
        *length = digits.len();
        let plain = (1..=4).contains(length) && digits.bytes().all(|byte| byte.is_ascii_digit());
        *part = digits.parse().ok().filter(|_| plain)?;
    }
    let shape = match lengths {
        [4, 1 | 2, 1 | 2] => Shape::YearFirst(separator),
        [1 | 2, 1 | 2, 4] => Shape::YearLast(separator),
        [1 | 2, 1 | 2, 2] => Shape::TwoDigits(separator),
        _ => return None,
    };
    written.next().is_none().then_some((shape, parts))
}

/// `2-Jan-15`, `2 January 2015`, `2015-Jan-02`, `Jan 2, 2015`.
fn named_day(text: &str) -> Option<(Shape, [u32; 3])> {
    let words: Vec<&str> = text.split([' ', ',', '-', '/', '.']).filter(|word| !word.is_empty()).collect();
    let &[first, second, third] = words.as_slice() else { return None };
    let separator = text.chars().find(|c| !c.is_ascii_alphanumeric())?;
    let day = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2);
    if let Some(month) = month(first) {
        return Some((Shape::NameDay, [year(third)?, month, day(second)?]));
    }
    let month = month(second)?;
    if first.len() == 4 {
        return Some((Shape::DayName(separator), [year(first)?, month, day(third)?]));
    }
    Some((Shape::DayName(separator), [year(third)?, month, day(first)?]))
}

/// A year of four digits, or of two: 69 to 99 are in the twentieth century, as POSIX has it.
fn year(text: &str) -> Option<u32> {
    let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    match text.len() {
        4 => Some(number),
        2 => Some(century(number)),
        _ => None,
    }
}

/// The year of two digits.
pub(crate) fn century(year: u32) -> u32 {
    if year < 69 { 2000 + year } else { 1900 + year }
}

/// The number of an English month, from its name or the first three letters of it.
fn month(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    let found = MONTHS.iter().position(|month| {
        *month == name || month.get(..3) == Some(&name) || name == "sept" && *month == "september"
    })?;
    u32::try_from(found + 1).ok()
}

/// The milliseconds of `/Date(1420156800000)/`, whose zone, if any, is for show only: the count is in UTC.
fn dot_net(text: &str) -> Option<Stamp<'_>> {
    let inside = text.split_once(')')?.0;
    let digits = inside.get(
        ..inside
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '+' | '-'))
            .map_or(inside.len(), |(at, _)| at),
    )?;
    let count = digits.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    Some(Stamp { shape: Shape::DotNet, parts: [0; 3], count, clock: None, zone: Zone::Offset(0) })
}

/// A date that is one number: `20150102`, `201501020930`, or a count since 1970, whose magnitude tells its unit.
fn number(text: &str) -> Result<Stamp<'_>, NoStamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i64 = whole.parse().map_err(|_| NoStamp::Other)?;
    let split = |end: usize| whole.get(..end).zip(whole.get(end..)).ok_or(NoStamp::Other);
    let stamp = |shape, count: Option<i64>| match count {
        Some(count) => Ok(Stamp { shape, parts: [0; 3], count, clock: None, zone: Zone::Offset(0) }),
        None => Err(NoStamp::Other),
    };
    let small = i64::from(clock::nanoseconds(fraction).ok_or(NoStamp::Other)?);
    match whole.len() {
        5 => return Err(NoStamp::ExcelSerial),
        8 if fraction.is_empty() => {
            let (shape, parts) = day_of(whole).ok_or(NoStamp::Other)?;
            return Ok(Stamp { shape, parts, count: 0, clock: None, zone: Zone::None });
        }
        // `2015010209`: as a count of seconds it would be in 2033.
        10 if fraction.is_empty() => {
            let (day, hour) = split(8)?;
            let (shape, parts) = day_of(day).ok_or(NoStamp::Other)?;
            let hour = hour.parse().ok().and_then(|hour| NaiveTime::from_hms_opt(hour, 0, 0));
            if matches!(parts, [1900..=2100, 1..=12, 1..=31]) && hour.is_some() {
                return Ok(Stamp { shape, parts, count: 0, clock: hour, zone: Zone::None });
            }
        }
        12 | 14 if fraction.is_empty() => {
            let (day, time) = split(8)?;
            let (shape, parts) = day_of(day).ok_or(NoStamp::Other)?;
            let day_is_one = matches!(parts, [1900..=2100, 1..=12, 1..=31]);
            if let Some((time, zone)) = clock::parse(time).filter(|_| day_is_one) {
                return Ok(Stamp { shape, parts, count: 0, clock: Some(time), zone });
            }
        }
        _ => {}
    }
    match whole.len() {
        9 | 10 => stamp(
            Shape::Unix(Unit::Seconds),
            digits.checked_mul(1_000_000_000).and_then(|n| n.checked_add(small)),
        ),
        12 | 13 => stamp(Shape::Unix(Unit::Milliseconds), digits.checked_mul(1_000_000)),
        15 | 16 => stamp(Shape::Unix(Unit::Microseconds), digits.checked_mul(1_000)),
        18 | 19 => stamp(Shape::Unix(Unit::Nanoseconds), Some(digits)),
        _ => Err(NoStamp::Other),
    }
}
