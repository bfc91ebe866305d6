//! The usual step from one row to the next.

use artifact_core::Moment;
use artifact_core::schema::Spacing;
use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use std::collections::BTreeMap;

/// The share of steps that must be of one kind.
const USUAL: f64 = 0.7;
/// The share of bars on Saturdays and Sundays from which a week has seven sessions; evenly spread, they have 28.6 %.
const WEEKENDS: f64 = 0.2;
/// The same from which weekends are traded at all.
const SOME_WEEKENDS: f64 = 0.1;

/// The spacing of ascending dates.
pub fn spacing(dates: &[Moment]) -> Spacing {
    if dates.iter().any(|date| date.has_clock()) {
        return intraday(dates);
    }
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

/// The usual step within a date: nights and weekends say nothing about it.
fn intraday(dates: &[Moment]) -> Spacing {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in dates.windows(2).filter(|pair| pair[0].date() == pair[1].date()) {
        *counts.entry((pair[1] - pair[0]).num_seconds()).or_default() += 1;
    }
    let steps: usize = counts.values().sum();
    // Of equally frequent steps the shortest.
    let most = counts.into_iter().max_by_key(|&(step, count)| (count, -step));
    match most.map(|(step, count)| (u32::try_from(step), count)) {
        Some((Ok(step), count)) if steps >= 2 && count as f64 >= USUAL * steps as f64 => {
            Spacing::Intraday(step)
        }
        _ => Spacing::Irregular,
    }
}

/// The share of dates on a Saturday or Sunday.
fn weekends(dates: &[Moment]) -> f64 {
    let weekend = |date: &&Moment| matches!(date.date().weekday(), Weekday::Sat | Weekday::Sun);
    dates.iter().filter(weekend).count() as f64 / dates.len().max(1) as f64
}

/// Whether a ticker trades on weekends: yes, no, or, with too few bars to tell or bars of another spacing, unknown.
pub(crate) fn trades_on_weekends(dates: &[Moment]) -> Option<bool> {
    const LEAST: usize = 20;
    let days = dates.chunk_by(|a, b| a.date() == b.date()).count();
    let sessions = matches!(spacing(dates), Spacing::Daily | Spacing::EveryDay | Spacing::Intraday(_));
    (sessions && days >= LEAST).then(|| weekends(dates) >= SOME_WEEKENDS)
}

/// Whether the step between two dates of a ticker is a gap even if no other ticker trades in between. Holidays are none:
/// the longest close an exchange for about a week. Nor are the nights between intraday bars; pauses within a date are told
/// by [`Pauses`].
pub(crate) fn is_gap(spacing: Spacing, before: Moment, after: Moment) -> bool {
    let days = (after - before).num_days();
    match spacing {
        Spacing::Daily | Spacing::Intraday(_) => weekdays_between(before, after) >= 7,
        Spacing::EveryDay => days > 3,
        Spacing::Weekly => days > 21,
        Spacing::Monthly => days > 70,
        Spacing::Quarterly => days > 200,
        Spacing::Yearly => days > 800,
        Spacing::Irregular => false,
    }
}

/// The number of weekdays after one date and before another.
pub(crate) fn weekdays_between(before: Moment, after: Moment) -> i64 {
    let (before, after): (NaiveDate, NaiveDate) = (before.date(), after.date());
    let days = ((after - before).num_days() - 1).max(0);
    let rest = (0..days % 7).filter_map(|day| before.checked_add_days(Days::new(day as u64 + 1)));
    let weekdays = rest.filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)).count();
    days / 7 * 5 + weekdays as i64
}

/// The pauses within a date that a ticker's intraday bars make day after day: at noon, or, in UTC, for the night.
pub(crate) struct Pauses {
    /// The usual step, in seconds.
    step: i64,
    /// On how many dates there are bars.
    days: usize,
    /// How many pauses begin in each hour of the day.
    by_hour: BTreeMap<i64, usize>,
}

impl Pauses {
    /// The shortest pause, in seconds and in steps; illiquid tickers lack single bars.
    const LEAST: (i64, i64) = (7200, 3);
    /// The share of the dates from which pauses in one hour of the day are the calendar's.
    const USUAL: f64 = 0.05;

    /// The pauses of ascending dates of this spacing; `None` unless it is intraday.
    pub(crate) fn of(spacing: Spacing, dates: &[Moment]) -> Option<Self> {
        let Spacing::Intraday(step) = spacing else { return None };
        let days = dates.chunk_by(|a, b| a.date() == b.date()).count();
        let mut pauses = Self { step: step.into(), days, by_hour: BTreeMap::new() };
        for pair in dates.windows(2) {
            if pauses.is_pause(pair[0], pair[1]) {
                *pauses.by_hour.entry(hour(pair[0])).or_default() += 1;
            }
        }
        Some(pauses)
    }

    /// How many bars are missing between two of them, if that is a gap: a pause within a date at an unusual hour.
    pub(crate) fn missing(&self, before: Moment, after: Moment) -> Option<i64> {
        let alike = self.by_hour.get(&hour(before)).copied().unwrap_or(0);
        // A single pause is unusual, however few the days.
        let usual = alike > 1 && alike as f64 >= Self::USUAL * self.days as f64;
        (self.is_pause(before, after) && !usual).then(|| (after - before).num_seconds() / self.step - 1)
    }

    fn is_pause(&self, before: Moment, after: Moment) -> bool {
        let seconds = (after - before).num_seconds();
        before.date() == after.date() && seconds >= Self::LEAST.0 && seconds > Self::LEAST.1 * self.step
    }
}

/// The hour of the day in which a moment lies.
fn hour(moment: Moment) -> i64 {
    moment.seconds().rem_euclid(86_400) / 3600
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Months, TimeDelta};

    fn day(days: u64) -> Moment {
        // 2018-01-01 was a Monday.
        (NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + Days::new(days)).into()
    }

    /// Bars every `step` minutes of some days, from one minute of the day up to another.
    fn session(days: std::ops::Range<u64>, step: usize, from: i64, to: i64) -> Vec<Moment> {
        days.flat_map(|at| (from..to).step_by(step).map(move |minute| day(at) + TimeDelta::minutes(minute)))
            .collect()
    }

    #[track_caller]
    fn check(dates: impl IntoIterator<Item = Moment>, expected: Spacing) {
        assert_eq!(spacing(&dates.into_iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn spacings_are_told_apart() {
        let weekday = |date: &Moment| date.date().weekday().num_days_from_monday() < 5;
        check((0..200).map(day).filter(weekday), Spacing::Daily);
        check((0..200).map(day), Spacing::EveryDay);
        // Sunday evening's sessions, as in currencies.
        check((0..200).map(day).filter(|date| date.date().weekday() != Weekday::Sat), Spacing::Daily);
        check((0..50).map(|week| day(7 * week)), Spacing::Weekly);
        // Weeks that begin after a holiday.
        check((0..50).map(|week| day(7 * week + u64::from(week % 9 == 0))), Spacing::Weekly);
        let months = |step: u32| (0..40).map(move |month| (day(0).date() + Months::new(month * step)).into());
        check(months(1), Spacing::Monthly);
        check(months(3), Spacing::Quarterly);
        check(months(12), Spacing::Yearly);
        check((0..50).map(|row| day(row * row)), Spacing::Irregular);
        check([day(0), day(1)], Spacing::Irregular);
        check(session(0..3, 5, 570, 960), Spacing::Intraday(300));
        check(session(0..9, 60, 0, 1440), Spacing::Intraday(3600));
        // Two bars a day are half as often a night apart.
        check(session(0..9, 240, 570, 960), Spacing::Intraday(14_400));
        check([0, 7, 20, 60].map(|minute| day(0) + TimeDelta::minutes(minute)), Spacing::Irregular);
        check([], Spacing::Irregular);
    }

    #[test]
    fn weekdays_are_counted_without_both_ends() {
        for (before, after, expected) in [(0, 1, 0), (0, 4, 3), (4, 7, 0), (4, 14, 5), (0, 42, 29), (5, 6, 0)]
        {
            let one_by_one =
                (before + 1..after).map(day).filter(|date| date.date().weekday().num_days_from_monday() < 5);
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

    #[test]
    fn a_missing_stretch_of_a_session_is_a_gap_and_a_break_of_every_day_is_none() {
        // Sessions with a break at noon, and nights.
        let mut dates = session(0..40, 5, 540, 690);
        dates.extend(session(0..40, 5, 840, 960));
        dates.sort();
        let missing = |dates: &[Moment]| {
            let pauses = Pauses::of(spacing(dates), dates).unwrap();
            let pairs = dates.windows(2).filter_map(|pair| pauses.missing(pair[0], pair[1]));
            pairs.collect::<Vec<i64>>()
        };
        assert_eq!(missing(&dates), [0; 0]);
        // From 09:10 to 11:30 of the tenth day.
        let hole = day(10) + TimeDelta::minutes(550)..day(10) + TimeDelta::minutes(690);
        dates.retain(|date| !hole.contains(date));
        assert_eq!(missing(&dates), [58]);
        assert!(Pauses::of(Spacing::Daily, &dates).is_none());
        assert!(
            !is_gap(Spacing::Intraday(300), day(4), day(14))
                && is_gap(Spacing::Intraday(300), day(4), day(17))
        );
    }
}
