use super::*;
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Alignment, Clock, Fault, FaultAction, FaultKind};
use chrono::NaiveDate;

fn day(day: u32) -> Moment {
    date(day).into()
}

fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2015, 1, day).unwrap()
}

/// A ticker whose close on day `d` is `level + d`, with open, high and low around it.
fn raw(ticker: &str, level: f64, days: &[u32]) -> RawBars {
    let bar = |&d: &u32| RawBar {
        date: day(d),
        line: u64::from(d),
        open: level,
        high: level + 50.0,
        low: level - 1.0,
        close: level + f64::from(d),
        volume: 5.0,
    };
    RawBars::new(ticker, "test", days.iter().map(bar).collect())
}

fn aligned(raw: Vec<RawBars>, tickers: Option<&[String]>, alignment: Alignment, fill: usize) -> Aligned {
    align(choose(raw, tickers).unwrap(), alignment, fill, Period::Max).unwrap()
}

fn pair() -> Vec<RawBars> {
    vec![raw("B", 200.0, &[3, 4, 8]), raw("A", 100.0, &[1, 2, 3, 4, 5, 6, 7, 8, 9])]
}

fn summary(faults: &[Fault]) -> Vec<(&str, Moment, FaultKind, FaultAction)> {
    faults.iter().map(|f| (f.ticker.as_str(), f.date, f.kind, f.action)).collect()
}

#[test]
fn intersection_keeps_common_dates() {
    let Aligned { panel, faults, .. } = aligned(pair(), None, Alignment::Intersection, 5);
    assert_eq!(panel.tickers, ["A", "B"]);
    assert_eq!(panel.dates, [day(3), day(4), day(8)]);
    assert_eq!(panel.close().row(1).to_vec(), [104.0, 204.0]);
    assert_eq!(panel.values.slice(s![0, 1, ..]).to_vec(), [200.0, 250.0, 199.0, 203.0, 5.0]);
    assert_eq!(
        summary(&faults),
        [
            ("B", day(1), FaultKind::LateStart, FaultAction::DatesDropped),
            ("B", day(5), FaultKind::Gap, FaultAction::DatesDropped),
            ("B", day(9), FaultKind::EarlyEnd, FaultAction::DatesDropped),
        ]
    );
    assert_eq!(faults[1].detail, "no bar on 3 dates that others have, 2015-01-05 to 2015-01-07");
}

#[test]
fn union_fills_forward_up_to_the_limit_and_never_backward() {
    let wanted = ["B".to_owned(), "A".to_owned()];
    let Aligned { panel, faults, .. } = aligned(pair(), Some(&wanted), Alignment::Union, 2);
    assert_eq!(panel.tickers, ["B", "A"]);
    assert_eq!(panel.rows(), 9);
    let close = panel.close().column(0).to_vec();
    assert!(close[..2].iter().all(|c| c.is_nan()) && close[6].is_nan());
    assert_eq!(close[2..6], [203.0, 204.0, 204.0, 204.0]);
    assert_eq!(close[7..], [208.0, 208.0]);
    assert_eq!(panel.values.slice(s![4, 0, ..]).to_vec(), [204.0, 204.0, 204.0, 204.0, 0.0]);
    assert_eq!(
        summary(&faults),
        [
            ("B", day(1), FaultKind::LateStart, FaultAction::LeftEmpty),
            ("B", day(5), FaultKind::Gap, FaultAction::ForwardFilled),
            ("B", day(7), FaultKind::Gap, FaultAction::LeftEmpty),
            ("B", day(9), FaultKind::EarlyEnd, FaultAction::ForwardFilled),
        ]
    );
}

#[test]
fn later_bars_never_change_earlier_rows() {
    let cut = |last: u32| {
        let mut all = pair();
        all.iter_mut().for_each(|bars| bars.bars.retain(|bar| bar.date <= day(last)));
        aligned(all, None, Alignment::Union, 2).panel
    };
    let bits = |panel: &Panel| panel.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    for last in 3..9 {
        let prefix = cut(last);
        assert_eq!(bits(&prefix), bits(&cut(9).slice_rows(0..prefix.rows())), "cut at {last}");
    }
}

#[track_caller]
fn check_error(raw: Vec<RawBars>, tickers: Option<&[&str]>, expected: &str) {
    let tickers = tickers.map(|names| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    let aligned = choose(raw, tickers.as_deref());
    let aligned = aligned.and_then(|raw| align(raw, Alignment::Intersection, 0, Period::Max));
    let error = aligned.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn errors_say_why_bars_cannot_be_aligned() {
    check_error(pair(), Some(&["A", "C"]), "no bars for C: found A, B");
    check_error(pair(), Some(&["A", "A"]), "A occurs twice");
    check_error(pair(), Some(&[]), "there are no bars");
    check_error(vec![], None, "there are no bars");
    check_error(vec![raw("A", 1.0, &[1]), raw("A", 1.0, &[2])], None, "A occurs twice");
    check_error(vec![raw("A", 1.0, &[])], None, "A has no bars");
    check_error(
        vec![raw("A", 1.0, &[1, 3, 2])],
        None,
        "A, line 2: 2015-01-02 does not come after 2015-01-03",
    );
    check_error(vec![raw("A", 1.0, &[1, 1])], None, "does not come after");
    check_error(
        vec![raw("A", 1.0, &[1, 2]), raw("B", 1.0, &[3])],
        None,
        "(A 2015-01-01 to 2015-01-02, B 2015-01-03 to 2015-01-03)",
    );
}

#[test]
fn a_period_is_cut_and_resolved() {
    let panel = aligned(pair(), None, Alignment::Union, 0).panel;
    let select = |period: &str| select_period(&panel, period.parse().unwrap());
    let (part, range) = select("3d").unwrap();
    assert_eq!((range.start, range.end), (day(6), day(9)));
    assert_eq!(part.dates, [day(6), day(7), day(8), day(9)]);
    assert_eq!(part.close()[[0, 0]], 106.0);
    let (part, range) = select("1y").unwrap();
    assert_eq!((part.rows(), range.start), (9, "2014-01-09".parse().unwrap()));
    assert_eq!(select("2015-01-02..2015-01-03").unwrap().0.rows(), 2);
    let error = select("2016-01-01..").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are no bars in the period 2016-01-01..: the bars run from 2015-01-01 to 2015-01-09"
    );
    assert!(select_period(&panel.slice_rows(0..0), Period::Max).is_err());
}

#[test]
fn a_year_has_as_many_bars_as_the_dates_show() {
    let panel = |dates: Vec<NaiveDate>| {
        let values = ndarray::Array3::from_elem((dates.len(), 1, 5), 1.0);
        Panel::new(vec!["A".to_owned()], dates, values).unwrap().bars_per_year()
    };
    let weekdays = |day: &NaiveDate| chrono::Datelike::weekday(day).num_days_from_monday() < 5;
    let days: Vec<NaiveDate> = date(1).iter_days().take(2000).collect();
    let found = panel(days.iter().copied().filter(weekdays).collect());
    assert!((found - 365.25 * 5.0 / 7.0).abs() < 0.2, "{found}");
    assert_eq!(panel(days), 365.25);
    let months = (0..25).filter_map(|month| date(1).checked_add_months(chrono::Months::new(month)));
    assert!((panel(months.collect()) - 12.0).abs() < 0.01);
    assert_eq!((panel(vec![date(1)]), panel(vec![])), (365.25, 365.25));
}

#[test]
fn a_year_has_as_many_intraday_bars_as_its_sessions_hold() {
    let panel = |dates: Vec<Moment>| {
        let values = ndarray::Array3::from_elem((dates.len(), 1, 5), 1.0);
        Panel::new(vec!["A".to_owned()], dates, values).unwrap().bars_per_year()
    };
    let minutes = |moment: Moment, minutes: i64| moment + chrono::TimeDelta::minutes(minutes);
    // A year of 252 sessions of 390 minutes, from Friday, 2 January on; nine weekdays are holidays.
    let weekday = |day: &NaiveDate| chrono::Datelike::weekday(day).num_days_from_monday() < 5;
    let sessions =
        date(2).iter_days().filter(weekday).enumerate().filter(|(place, _)| place % 29 != 7).take(252);
    let session = |day: NaiveDate| (0..390).map(move |minute| minutes(day.into(), 570 + minute));
    let bars: Vec<Moment> = sessions.flat_map(|(_, day)| session(day)).collect();
    let found = panel(bars.clone());
    assert!((found / (390.0 * 252.0) - 1.0).abs() < 0.01, "{found}");
    // A quarter of them says the same, whether or not the last session is over.
    for part in [390 * 63, 390 * 62 + 17] {
        let found = panel(bars[..part].to_vec());
        assert!((found / (390.0 * 252.0) - 1.0).abs() < 0.05, "{found}");
    }
    let hours = |from: i64| (from..from + 24 * 30 + 5).map(|hour| minutes(day(1), 60 * hour)).collect();
    assert_eq!((panel(hours(0)), panel(hours(13))), (24.0 * 365.25, 24.0 * 365.25));
    assert_eq!(panel((0..10).map(|minute| minutes(day(1), minute)).collect()), 1440.0 * 365.25);
}

#[test]
fn faults_are_those_of_the_requested_dates() {
    let faults = |period: &str, alignment| {
        let raw = choose(pair(), None).unwrap();
        align(raw, alignment, 1, period.parse().unwrap()).unwrap().faults
    };
    let found = faults("2015-01-02..2015-01-06", Alignment::Intersection);
    let dropped = FaultAction::DatesDropped;
    assert_eq!(
        summary(&found),
        [("B", day(2), FaultKind::LateStart, dropped), ("B", day(5), FaultKind::Gap, dropped)]
    );
    assert_eq!((found[1].rows, found[1].last_date()), (2, day(6)));
    // Counted back from the newest common date; what comes after it is asked for, and dropped.
    let found = faults("3d", Alignment::Intersection);
    let end = ("B", day(9), FaultKind::EarlyEnd, dropped);
    assert_eq!(summary(&found), [("B", day(5), FaultKind::Gap, dropped), end]);
    // The fill began before the period.
    let found = faults("2015-01-06..", Alignment::Union);
    assert_eq!(summary(&found)[0], ("B", day(6), FaultKind::Gap, FaultAction::LeftEmpty));
}

#[test]
fn a_long_gap_shows_in_a_tickers_own_calendar() {
    let weekdays = |from: u64, count: usize| {
        let days = date(1).iter_days().skip(from as usize);
        days.filter(|day| chrono::Datelike::weekday(day).num_days_from_monday() < 5).take(count)
    };
    let bars = |ticker: &str, dates: Vec<NaiveDate>| {
        let bar = raw(ticker, 10.0, &[1]).bars[0];
        let bars = dates.into_iter().map(|date| RawBar { date: date.into(), ..bar }).collect();
        RawBars::new(ticker, "test", bars)
    };
    let paused: Vec<NaiveDate> = weekdays(0, 40).chain(weekdays(90, 40)).collect();
    let found = aligned(vec![bars("A", paused.clone())], None, Alignment::Union, 5).faults;
    assert_eq!(summary(&found), [("A", "2015-02-26".parse().unwrap(), FaultKind::Gap, FaultAction::Noted)]);
    assert_eq!(found[0].detail, "no bar on 24 weekdays (34 days) between 2015-02-25 and 2015-04-01");
    // Another ticker shows it better.
    let all = vec![bars("A", paused), bars("B", weekdays(0, 120).collect())];
    let found = aligned(all, None, Alignment::Union, 5).faults;
    assert!(found.iter().all(|fault| fault.action != FaultAction::Noted), "{found:?}");
}

#[test]
fn tickers_of_different_clocks_are_not_put_on_one_axis() {
    let at = |ticker: &str, minutes: i64, clock| {
        let mut raw = raw(ticker, 10.0, &[1, 2]);
        raw.bars.iter_mut().for_each(|bar| bar.date += chrono::TimeDelta::minutes(minutes));
        RawBars { clock, ..raw }
    };
    let error = |other| {
        let all = choose(vec![at("A", 570, Some(Clock::Utc)), other], None).unwrap();
        align(all, Alignment::Union, 5, Period::Max).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(error(at("B", 570, Some(Clock::Utc))), Ok(()));
    let refused = error(at("B", 570, Some(Clock::AsWritten))).unwrap_err();
    assert!(
        refused.starts_with("the rows of A are moments in UTC, those of B are moments as written"),
        "{refused}"
    );
    let refused = error(at("B", 0, None)).unwrap_err();
    assert!(refused.contains("those of B are dates: bring them to one step with data.resample"), "{refused}");
}

#[test]
fn tickers_that_trade_on_weekends_are_told_apart_from_others() {
    let bars = |ticker: &str, weekends: bool| {
        let bar = raw(ticker, 10.0, &[1]).bars[0];
        let weekday =
            |date: &NaiveDate| weekends || chrono::Datelike::weekday(date).num_days_from_monday() < 5;
        let bars =
            date(1).iter_days().filter(weekday).take(60).map(|date| RawBar { date: date.into(), ..bar });
        RawBars::new(ticker, "test", bars.collect())
    };
    let mixed = |all| {
        let found = aligned(all, None, Alignment::Intersection, 0).faults;
        found.into_iter().find(|fault| fault.kind == FaultKind::MixedCalendars)
    };
    let found = mixed(vec![bars("COIN", true), bars("S1", false), bars("S2", false)]).unwrap();
    assert!(found.detail.starts_with("COIN trades on weekends, S1 and 1 more does not"), "{found}");
    assert_eq!(mixed(vec![bars("S1", false), bars("S2", false)]), None);
}
