//! The dates of the rows.

/// The first `count` weekdays from Monday, 2001-01-01, as `YYYY-MM-DD`.
pub(crate) fn weekdays(count: usize) -> Vec<String> {
    let (mut year, mut month, mut day, mut weekday) = (2001, 1, 1, 0);
    let mut dates = Vec::with_capacity(count);
    while dates.len() < count {
        if weekday < 5 {
            dates.push(format!("{year:04}-{month:02}-{day:02}"));
        }
        weekday = (weekday + 1) % 7;
        day += 1;
        if day > days(year, month) {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    dates
}

/// The number of days of a month of the Gregorian calendar.
fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_skip_weekends_and_know_leap_years() {
        let dates = weekdays(30_000);
        assert_eq!(dates[4..6], ["2001-01-05", "2001-01-08"]);
        assert!(dates.contains(&"2004-02-27".to_owned()) && dates.contains(&"2008-02-29".to_owned()));
        assert!(dates.contains(&"2100-03-01".to_owned()) && !dates.contains(&"2100-02-29".to_owned()));
        assert!(dates.is_sorted());
    }
}
