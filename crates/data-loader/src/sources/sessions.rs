//! From stamps to the places of rows in time: the day to which a daily bar belongs, or the moment of an intraday one.
//!
//! Vendors stamp a daily bar with its date, with midnight in the exchange's zone, or with the start of the session, often
//! in UTC. The day as written is then the session's day, with two exceptions: where daylight saving time moves midnight to
//! 23:00 of the day before, and where sessions begin in the evening before, as those of currencies do on Sunday.
//!
//! Several bars a day are moments: in UTC where stamps say how far they are from it, which no change of clocks disturbs,
//! and as written where they do not.

use crate::sources::SourceError;
use artifact_core::Moment;
use artifact_core::schema::{Clock, Fault, FaultAction, FaultKind};
use bar_files::{Bar, TickerRows};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Weekday};
use std::collections::HashMap;

/// From which hour on a stamp may belong to the session of the next day.
const EVENING: u32 = 17;
/// How far apart the times of daily stamps may be, in seconds: daylight saving time.
const DAYLIGHT_SAVING: i64 = 3600;
/// The share of rows that must agree on one time of day.
const USUAL: f64 = 0.9;

/// Where the rows of a ticker are in time.
#[derive(Debug, PartialEq)]
pub(super) struct Stamps {
    /// The date or the moment of each row, in the order of the rows.
    pub(super) at: Vec<Moment>,
    /// Which clock moments are of; `None` for dates.
    pub(super) clock: Option<Clock>,
    /// Remarks on rows whose day is not the one of the stamp.
    pub(super) remarks: Vec<Fault>,
}

/// Finds the sessions of daily rows, or the moments of intraday ones.
pub(super) fn sessions(rows: &TickerRows, origin: &str) -> Result<Stamps, SourceError> {
    let days: Vec<NaiveDate> = rows.bars.iter().map(|bar| bar.time.date()).collect();
    if rows.bars.iter().all(|bar| bar.time.time() == NaiveTime::MIN) {
        return Ok(Stamps {
            at: days.into_iter().map(Moment::from).collect(),
            clock: None,
            remarks: Vec::new(),
        });
    }
    if several_a_day(rows) {
        return Ok(moments(rows));
    }
    let usual = usual_time(rows);
    let distance = |time: NaiveDateTime| {
        let seconds =
            i64::from(time.num_seconds_from_midnight()) - i64::from(usual.num_seconds_from_midnight());
        // Around the clock: 23:00 is an hour before midnight.
        (seconds + 43_200).rem_euclid(86_400) - 43_200
    };
    let near = rows.bars.iter().filter(|bar| distance(bar.time).abs() <= DAYLIGHT_SAVING).count();
    if (near as f64) < USUAL * rows.bars.len() as f64 {
        return Err(no_usual_time(rows, origin));
    }
    // The day on which the bar would be stamped at the usual time: an hour before midnight is midnight, of the next day.
    let usual_day = |bar: &Bar| {
        let off = distance(bar.time);
        if off.abs() > DAYLIGHT_SAVING {
            return Err(SourceError::OddStamp {
                origin: origin.to_owned(),
                line: bar.line,
                stamp: bar.time,
                usual,
            });
        }
        Ok((bar.time - TimeDelta::seconds(off)).date())
    };
    let usual_days = rows.bars.iter().map(usual_day).collect::<Result<Vec<NaiveDate>, _>>()?;
    let evening = begins_in_the_evening(&usual_days, usual);
    let mut remarks = Vec::new();
    let mut sessions = Vec::with_capacity(days.len());
    for ((bar, day), usual_day) in rows.bars.iter().zip(days).zip(usual_days) {
        let session = if evening { usual_day.succ_opt().unwrap_or(usual_day) } else { usual_day };
        if usual_day != day && session != day {
            remarks.push(Fault {
                ticker: rows.ticker.clone(),
                date: session.into(),
                line: Some(bar.line),
                kind: FaultKind::Stamp,
                detail: format!(
                    "{} is an hour off {}: the bar of {session}",
                    bar.time,
                    usual.format("%H:%M")
                ),
                action: FaultAction::Noted,
                rows: 1,
                until: None,
            });
        }
        sessions.push(session.into());
    }
    Ok(Stamps { at: sessions, clock: None, remarks })
}

/// Whether days have bars at different times, more often than changes of the clocks explain.
fn several_a_day(rows: &TickerRows) -> bool {
    let mut seen: HashMap<NaiveDate, NaiveTime> = HashMap::new();
    let mut again = 0;
    for bar in &rows.bars {
        let time = bar.time.time();
        again += usize::from(*seen.entry(bar.time.date()).or_insert(time) != time);
    }
    // A clock that is set back by an hour leaves two stamps on one day, once a year.
    again > seen.len().div_ceil(50)
}

/// The moments of intraday rows: in UTC if stamps have offsets.
fn moments(rows: &TickerRows) -> Stamps {
    let written = rows.bars.iter().map(|bar| bar.time);
    let (at, clock) = match &rows.offsets {
        Some(offsets) => {
            let utc = |(time, offset): (NaiveDateTime, &i32)| {
                Moment::from(time) + TimeDelta::seconds(-i64::from(*offset))
            };
            (written.zip(offsets).map(utc).collect(), Clock::Utc)
        }
        None => (written.map(Moment::from).collect(), Clock::AsWritten),
    };
    Stamps { at, clock: Some(clock), remarks: Vec::new() }
}

fn no_usual_time(rows: &TickerRows, origin: &str) -> SourceError {
    let first = &rows.bars[0];
    let next = rows.bars.iter().find(|bar| bar.time.time() != first.time.time()).unwrap_or(first);
    SourceError::NoUsualTime {
        origin: origin.to_owned(),
        ticker: rows.ticker.clone(),
        line: next.line,
        first: first.time,
        next: next.time,
    }
}

/// The most frequent time of day, the earliest of those that are equally frequent.
fn usual_time(rows: &TickerRows) -> NaiveTime {
    let mut counts: HashMap<NaiveTime, usize> = HashMap::new();
    for bar in &rows.bars {
        *counts.entry(bar.time.time()).or_default() += 1;
    }
    let most = counts.into_iter().max_by(|(a, m), (b, n)| m.cmp(n).then(b.cmp(a)));
    most.map_or(NaiveTime::MIN, |(time, _)| time)
}

/// Whether sessions begin in the evening before: stamps on Sundays, and hardly any on Fridays.
fn begins_in_the_evening(days: &[NaiveDate], usual: NaiveTime) -> bool {
    let on = |weekday: Weekday| days.iter().filter(|day| day.weekday() == weekday).count();
    usual.hour() >= EVENING && 8 * on(Weekday::Sun) > days.len() && 20 * on(Weekday::Fri) < days.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(stamps: &[&str]) -> TickerRows {
        let bar = |(row, stamp): (usize, &&str)| {
            let time = NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M").unwrap();
            Bar { time, line: row as u64 + 2, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 }
        };
        TickerRows {
            ticker: "A".into(),
            bars: stamps.iter().enumerate().map(bar).collect(),
            adjusted: None,
            splits: None,
            dividends: None,
            own: Vec::new(),
            offsets: None,
        }
    }

    fn found(stamps: &[&str]) -> Result<(Vec<String>, usize), String> {
        let found = sessions(&rows(stamps), "a.csv").map_err(|error| error.to_string())?;
        assert_eq!(found.clock, None);
        Ok((found.at.iter().map(Moment::to_string).collect(), found.remarks.len()))
    }

    #[test]
    fn stamps_at_the_start_of_a_session_are_days() {
        let days = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect::<Vec<_>>();
        let both = days(&["2019-03-08", "2019-03-11"]);
        assert_eq!(found(&["2019-03-08 00:00", "2019-03-11 00:00"]), Ok((both.clone(), 0)));
        // New York's opening in UTC, before and after the clock changes.
        assert_eq!(found(&["2019-03-08 14:30", "2019-03-11 13:30"]), Ok((both, 0)));
    }

    #[test]
    fn an_hour_before_midnight_is_the_next_day() {
        let mut stamps = vec!["2019-02-18 23:00"];
        let usual: Vec<String> = (1..15).map(|day| format!("2019-03-{day:02} 00:00")).collect();
        stamps.extend(usual.iter().map(String::as_str));
        let (days, remarks) = found(&stamps).unwrap();
        assert_eq!((days[0].as_str(), days[1].as_str(), remarks), ("2019-02-19", "2019-03-01", 1));
        stamps[0] = "2019-02-18 21:00";
        let error = found(&stamps).unwrap_err();
        assert!(error.contains("line 2") && error.contains("2019-02-18 21:00"), "{error}");
    }

    /// Whether daylight saving time moves few midnights or most of them.
    #[test]
    fn midnights_that_moved_for_months_are_of_the_next_days() {
        let monday = NaiveDate::from_ymd_opt(2019, 1, 7).unwrap();
        let weekdays: Vec<NaiveDate> =
            monday.iter_days().filter(|day| day.weekday().num_days_from_monday() < 5).take(40).collect();
        for moved in [0, 1, 15, 20, 25, 39, 40] {
            let stamp = |(row, day): (usize, &NaiveDate)| match row < moved {
                true => format!("{} 23:00", day.pred_opt().unwrap()),
                false => format!("{day} 00:00"),
            };
            let stamps: Vec<String> = weekdays.iter().enumerate().map(stamp).collect();
            let (days, _) = found(&stamps.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            assert_eq!(days, weekdays.iter().map(ToString::to_string).collect::<Vec<_>>(), "{moved}");
        }
    }

    #[test]
    fn sunday_evenings_begin_monday() {
        // Sunday to Thursday at 22:00.
        let stamps: Vec<String> =
            (0..10).map(|n| format!("2019-01-{:02} 22:00", 6 + n % 5 + 7 * (n / 5))).collect();
        let (days, remarks) = found(&stamps.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!((days[0].as_str(), days[4].as_str(), remarks), ("2019-01-07", "2019-01-11", 0));
    }

    #[test]
    fn several_bars_a_day_are_moments() {
        let mut rows =
            rows(&["2019-03-08 09:30", "2019-03-08 09:31", "2019-03-08 09:32", "2019-03-11 09:30"]);
        let texts = |rows: &TickerRows| {
            let found = sessions(rows, "a.csv").unwrap();
            (found.at.iter().map(Moment::to_string).collect::<Vec<_>>(), found.clock)
        };
        let written =
            ["2019-03-08T09:30:00", "2019-03-08T09:31:00", "2019-03-08T09:32:00", "2019-03-11T09:30:00"];
        assert_eq!(texts(&rows), (written.map(str::to_owned).to_vec(), Some(Clock::AsWritten)));
        // New York, before and after its clocks change.
        rows.offsets = Some(vec![-5 * 3600, -5 * 3600, -5 * 3600, -4 * 3600]);
        let utc =
            ["2019-03-08T14:30:00", "2019-03-08T14:31:00", "2019-03-08T14:32:00", "2019-03-11T13:30:00"];
        assert_eq!(texts(&rows), (utc.map(str::to_owned).to_vec(), Some(Clock::Utc)));
    }

    #[test]
    fn one_bar_a_day_needs_a_usual_time() {
        let error = found(&["2019-01-02 09:30", "2019-01-03 13:00", "2019-01-04 18:00"]).unwrap_err();
        assert_eq!(
            error,
            "a.csv, line 3: A has one bar a day, but at no usual time, such as 2019-01-02 09:30:00 and 2019-01-03 13:00:00, \
             so the days of its bars are not certain: stamp each bar with its date alone"
        );
    }
}
