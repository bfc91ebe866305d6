//! The usual step from one date to the next.

use artifact_core::schema::Spacing;
use chrono::{Datelike as _, NaiveDate, Weekday};

/// The share of steps that must be of one kind.
const USUAL: f64 = 0.7;
/// The share of bars on Saturdays and Sundays from which a week has seven sessions; evenly spread, they have 28.6 %.
const WEEKENDS: f64 = 0.2;
/// The same from which weekends are traded at all.
const SOME_WEEKENDS: f64 = 0.1;

/// The spacing of ascending dates.
pub fn spacing(dates: &[NaiveDate]) -> Spacing {
    let steps: Vec<i64> = dates.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
    if steps.len() < 2 {
        return Spacing::Irregular;
    }
    let usual = |from: i64, to: i64| {
        let count = steps.iter().filter(|step| (from..=to).contains(*step)).count();
        count as f64 >= USUAL * steps.len() as f64
    };
    match () {
        () if usual(1, 1) => {
            if weekends(dates) >= WEEKENDS {
                Spacing::EveryDay
            } else {
                Spacing::Daily
            }
        }
        () if usual(6, 8) => Spacing::Weekly,
        () if usual(26, 33) => Spacing::Monthly,
        () if usual(86, 96) => Spacing::Quarterly,
        () if usual(358, 373) => Spacing::Yearly,
        _ => Spacing::Irregular,
    }
}

/// The share of dates on a Saturday or Sunday.
fn weekends(dates: &[NaiveDate]) -> f64 {
    let weekend = |date: &&NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    dates.iter().filter(weekend).count() as f64 / dates.len().max(1) as f64
}

/// Whether a ticker trades on weekends: yes, no, or, with too few bars to tell or bars of another spacing, unknown.
pub(crate) fn trades_on_weekends(dates: &[NaiveDate]) -> Option<bool> {
    const LEAST: usize = 20;
    let daily = matches!(spacing(dates), Spacing::Daily | Spacing::EveryDay);
    (daily && dates.len() >= LEAST).then(|| weekends(dates) >= SOME_WEEKENDS)
}

/// Whether the step between two dates of a ticker is a gap even if no other ticker trades in between. Holidays are none:
/// the longest close an exchange for about a week.
pub(crate) fn is_gap(spacing: Spacing, before: NaiveDate, after: NaiveDate) -> bool {
    let days = (after - before).num_days();
    match spacing {
        Spacing::Daily => weekdays_between(before, after) >= 7,
        Spacing::EveryDay => days > 3,
        Spacing::Weekly => days > 21,
        Spacing::Monthly => days > 70,
        Spacing::Quarterly => days > 200,
        Spacing::Yearly => days > 800,
        Spacing::Irregular => false,
    }
}

/// The number of weekdays after one date and before another.
pub(crate) fn weekdays_between(before: NaiveDate, after: NaiveDate) -> i64 {
    let days = ((after - before).num_days() - 1).max(0);
    let rest = (0..days % 7).filter_map(|day| before.checked_add_days(chrono::Days::new(day as u64 + 1)));
    let weekdays = rest.filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)).count();
    days / 7 * 5 + weekdays as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, Months};

    fn day(days: u64) -> NaiveDate {
        // 2018-01-01 was a Monday.
        NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + Days::new(days)
    }

    #[track_caller]
    fn check(dates: impl IntoIterator<Item = NaiveDate>, expected: Spacing) {
        assert_eq!(spacing(&dates.into_iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn spacings_are_told_apart() {
        let weekday = |date: &NaiveDate| date.weekday().num_days_from_monday() < 5;
        check((0..200).map(day).filter(weekday), Spacing::Daily);
        check((0..200).map(day), Spacing::EveryDay);
        // Sunday evening's sessions, as in currencies.
        check((0..200).map(day).filter(|date| date.weekday() != Weekday::Sat), Spacing::Daily);
        check((0..50).map(|week| day(7 * week)), Spacing::Weekly);
        // Weeks that begin after a holiday.
        check((0..50).map(|week| day(7 * week + u64::from(week % 9 == 0))), Spacing::Weekly);
        let months = |step: u32| (0..40).map(move |month| day(0) + Months::new(month * step));
        check(months(1), Spacing::Monthly);
        check(months(3), Spacing::Quarterly);
        check(months(12), Spacing::Yearly);
        check((0..50).map(|row| day(row * row)), Spacing::Irregular);
        check([day(0), day(1)], Spacing::Irregular);
        check([], Spacing::Irregular);
    }

    #[test]
    fn weekdays_are_counted_without_both_ends() {
        for (before, after, expected) in [(0, 1, 0), (0, 4, 3), (4, 7, 0), (4, 14, 5), (0, 42, 29), (5, 6, 0)]
        {
            let one_by_one =
                (before + 1..after).map(day).filter(|date| date.weekday().num_days_from_monday() < 5);
            assert_eq!(one_by_one.count(), expected);
            assert_eq!(weekdays_between(day(before), day(after)), expected as i64, "{before} to {after}");
        }
        assert_eq!(weekdays_between(day(3), day(3)), 0);
    }

    #[test]
    fn a_holiday_is_no_gap() {
        assert!(!is_gap(Spacing::Daily, day(4), day(14)), "one week off");
        assert!(is_gap(Spacing::Daily, day(4), day(17)), "two weeks and a day");
        assert!(is_gap(Spacing::EveryDay, day(0), day(5)) && !is_gap(Spacing::EveryDay, day(0), day(2)));
        assert!(is_gap(Spacing::Weekly, day(0), day(28)) && !is_gap(Spacing::Weekly, day(0), day(14)));
    }
}
