//! The time of day and the zone after a date.

use chrono::NaiveTime;

/// The zone that a stamp names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone<'t> {
    None,
    /// Seconds east of UTC.
    Offset(i32),
    /// A name such as `EST` or `America/New_York`. What it means depends on the day and the place, so it is kept as text.
    Named(&'t str),
}

/// Reads `HH:MM[:SS[.f]]`, `HHMM`, `HHMMSS` or `H:MM:SS AM`, with or without a zone.
pub(crate) fn parse(text: &str) -> Option<(NaiveTime, Zone<'_>)> {
    let (clock, zone) = split_zone(text)?;
    Some((time(clock)?, zone))
}

/// Splits the zone off.
fn split_zone(text: &str) -> Option<(&str, Zone<'_>)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Zone::Offset(0)));
    }
    if let Some(at) = text.rfind(['+', '-']).filter(|&at| at > 0 && !text[at..].contains(['/', '_'])) {
        let (clock, zone) = text.split_at(at);
        return Some((clock.trim_end(), Zone::Offset(offset(zone)?)));
    }
    let Some((clock, name)) = text.rsplit_once(' ') else {
        return Some((text, Zone::None));
    };
    match name {
        "AM" | "PM" | "am" | "pm" | "a.m." | "p.m." => Some((text, Zone::None)),
        "UTC" | "GMT" => Some((clock, Zone::Offset(0))),
        _ if is_zone_name(name) => Some((clock, Zone::Named(name))),
        _ => None,
    }
}

/// `EST`, or `America/New_York`.
fn is_zone_name(name: &str) -> bool {
    let short = (2..=5).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase());
    let place = name.contains('/')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+'));
    short || place
}

/// `+HH`, `+HHMM` or `+HH:MM` in seconds.
fn offset(text: &str) -> Option<i32> {
    let east = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|&c| c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = match digits.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    // The widest zones are UTC-12 and UTC+14.
    (hours <= 14 && minutes < 60).then_some(east * (hours * 3600 + minutes * 60))
}

/// A time of day without a zone.
fn time(text: &str) -> Option<NaiveTime> {
    let (text, half) = match text.rsplit_once(' ') {
        Some((clock, half)) => (clock, Some(half.to_ascii_lowercase().starts_with('p'))),
        None => (text, None),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<&str> = if whole.contains(':') {
        whole.split(':').collect()
    } else {
        // Files that write times as numbers lose leading zeros: `93000` is half past nine.
        match whole.len() {
            4 => vec![whole.get(..2)?, whole.get(2..)?],
            5 => vec![whole.get(..1)?, whole.get(1..3)?, whole.get(3..)?],
            6 => vec![whole.get(..2)?, whole.get(2..4)?, whole.get(4..)?],
            1 if whole == "0" => vec!["0"],
            _ => return None,
        }
    };
    let mut numbers = [0; 3];
    if parts.is_empty() || parts.len() > 3 || (parts.len() == 1 && whole != "0") {
        return None;
    }
    for (number, part) in numbers.iter_mut().zip(&parts) {
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| plain)?;
    }
    let [hour, minute, second] = numbers;
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanoseconds(fraction)?)
}

/// The digits after the point of seconds; digits beyond nanoseconds are dropped.
pub(crate) fn nanoseconds(fraction: &str) -> Option<u32> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Zone<'_>)>) {
        let found = parse(text).map(|(time, zone)| (time.to_string(), zone));
        assert_eq!(found, expected.map(|(time, zone)| (time.to_owned(), zone)), "{text:?}");
    }

    #[test]
    fn times_and_zones() {
        check("09:30", Some(("09:30:00", Zone::None)));
        check("9:30:15.250", Some(("09:30:15.250", Zone::None)));
        check("00:00:00.0000000", Some(("00:00:00", Zone::None)));
        check("093000", Some(("09:30:00", Zone::None)));
        check("93000", Some(("09:30:00", Zone::None)));
        check("0930", Some(("09:30:00", Zone::None)));
        check("0", Some(("00:00:00", Zone::None)));
        check("12:00:00 AM", Some(("00:00:00", Zone::None)));
        check("4:00:00 PM", Some(("16:00:00", Zone::None)));
        check("00:00:00Z", Some(("00:00:00", Zone::Offset(0))));
        check("09:30:00-05:00", Some(("09:30:00", Zone::Offset(-18000))));
        check("09:30:00+0530", Some(("09:30:00", Zone::Offset(19800))));
        check("09:30:00 +09", Some(("09:30:00", Zone::Offset(32400))));
        check("09:30 UTC", Some(("09:30:00", Zone::Offset(0))));
        check("09:30 EST", Some(("09:30:00", Zone::Named("EST"))));
        check("09:30:00 America/New_York", Some(("09:30:00", Zone::Named("America/New_York"))));
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "noon",
            "25:00",
            "12:60",
            "13:00 PM",
            "09:30:00+99",
            "09:30 foo",
            "1:2:3:4",
            "é:00",
            "-05:00",
        ] {
            check(text, None);
        }
    }
}
