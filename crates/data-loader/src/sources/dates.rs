//! Dates as data files write them.

use chrono::NaiveDate;

/// The content of a cell in a date column.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DateCell {
    /// A day, alone or at midnight.
    Day(NaiveDate),
    /// A day at any other time.
    Intraday,
    /// Not a date.
    Invalid,
}

/// Reads `YYYY-MM-DD`, alone or followed by `T` or a space and a time, optionally with a zone.
///
/// The zone is ignored: vendors stamp a session with midnight in the exchange's own zone, so the day as written is the
/// session's day. Converting it to UTC would move sessions in zones ahead of UTC to the day before.
pub(super) fn parse(text: &str) -> DateCell {
    let Some((day, rest)) = text.split_at_checked(10) else {
        return DateCell::Invalid;
    };
    // chrono accepts a year with a sign, as in `+2015-01-1`: the positions of the hyphens rule it out.
    let separated = day.as_bytes()[4] == b'-' && day.as_bytes()[7] == b'-';
    let Ok(day) = NaiveDate::parse_from_str(day, "%Y-%m-%d") else {
        return DateCell::Invalid;
    };
    match rest.strip_prefix(['T', ' ']) {
        _ if !separated => DateCell::Invalid,
        None if rest.is_empty() => DateCell::Day(day),
        None => DateCell::Invalid,
        Some(time) => match is_midnight(time) {
            Some(true) => DateCell::Day(day),
            Some(false) => DateCell::Intraday,
            None => DateCell::Invalid,
        },
    }
}

/// Whether a time is midnight; `None` when the text is not a time.
fn is_midnight(text: &str) -> Option<bool> {
    let (clock, zone) = text.split_at(text.find(['Z', '+', '-']).unwrap_or(text.len()));
    let zone_is_plain = zone.chars().all(|c| c.is_ascii_digit() || "Z+-:".contains(c));
    let looks_like_a_clock = clock.len() >= 5
        && clock.as_bytes()[2] == b':'
        && clock.chars().all(|c| c.is_ascii_digit() || c == ':' || c == '.');
    // Midnight at any precision has no digit but 0.
    (zone_is_plain && looks_like_a_clock).then(|| !clock.contains(|c: char| ('1'..='9').contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: DateCell) {
        assert_eq!(parse(text), expected, "{text:?}");
    }

    #[test]
    fn days_with_and_without_midnight_are_read() {
        let day = || DateCell::Day(NaiveDate::from_ymd_opt(2015, 1, 2).unwrap());
        check("2015-01-02", day());
        check("2015-01-02T00:00", day());
        check("2015-01-02T00:00:00", day());
        check("2015-01-02 00:00:00.000", day());
        check("2015-01-02T00:00:00Z", day());
        check("2015-01-02 00:00:00-05:00", day());
    }

    #[test]
    fn other_times_are_distinguished_from_nonsense() {
        check("2015-01-02 09:30:00", DateCell::Intraday);
        check("2015-01-02T00:01", DateCell::Intraday);
        for bad in [
            "",
            "2015",
            "2015-1-2",
            "02/01/2015",
            "2015-02-30",
            "2015-01-02x",
            "2015-01-02T",
            "2015-01-02Tnoon",
            "20150102",
            "+2015-01-0",
            "ééééééé",
        ] {
            check(bad, DateCell::Invalid);
        }
    }
}
