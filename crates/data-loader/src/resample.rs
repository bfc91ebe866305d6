//! Longer bars out of shorter ones.

use crate::quality::spacing;
use crate::sources::{RawBar, RawBars, RawColumn};
use artifact_core::Moment;
use artifact_core::schema::{Fault, FaultAction, FaultKind, Spacing};
use chrono::{Datelike as _, Days, NaiveDate, TimeDelta, Weekday};
use settings::{SessionStart, Step};
use std::collections::BTreeMap;

/// Why bars cannot be merged into longer ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "data.resample = \"{wanted}\" cannot be made of the bars of {ticker} in {origin}, which are {given}: choose a longer \
     step that is a multiple of theirs, or leave it out"
)]
pub struct ResampleError {
    /// The ticker.
    pub ticker: String,
    /// Where its bars come from.
    pub origin: String,
    /// The spacing of its bars, in words.
    pub given: String,
    /// The step that was asked for.
    pub wanted: Step,
}

/// Which longer bar each bar is merged into.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    step: Step,
    session_start: Option<SessionStart>,
    /// The last session of each week or month in which any ticker has one; the stamp of that step's bars.
    last: BTreeMap<i64, NaiveDate>,
}

impl Steps {
    /// The steps of the bars of all tickers.
    fn of(raw: &[RawBars], step: Step, session_start: Option<SessionStart>) -> Self {
        let mut steps = Self { step, session_start, last: BTreeMap::new() };
        if !matches!(step, Step::Week | Step::Months(_)) {
            return steps;
        }
        for bar in raw.iter().flat_map(|bars| &bars.bars) {
            let session = steps.session(bar.date);
            let last = steps.last.entry(steps.number(bar.date)).or_insert(session);
            *last = session.max(*last);
        }
        steps
    }

    /// The stamp of the bar into which one of this date is merged: the start of an intraday step, the session's date, or
    /// for weeks and months the date of the last session in it. Where there is none, the session's own date.
    pub fn stamp(&self, date: Moment) -> Moment {
        match self.step {
            Step::Intraday(seconds) => {
                date + TimeDelta::seconds(-date.seconds().rem_euclid(i64::from(seconds)))
            }
            _ => self.last.get(&self.number(date)).copied().unwrap_or_else(|| self.session(date)).into(),
        }
    }

    /// The session to which a bar belongs: the day, or the next one from the start of its session on.
    fn session(&self, date: Moment) -> NaiveDate {
        match self.session_start {
            Some(start) if date.has_clock() => {
                (date + TimeDelta::minutes(1440 - i64::from(start.minutes()))).date()
            }
            _ => date.date(),
        }
    }

    /// The number of the step in which a bar lies; later steps have larger ones.
    fn number(&self, date: Moment) -> i64 {
        let session = self.session(date);
        let days = i64::from(session.num_days_from_ce());
        match self.step {
            Step::Intraday(seconds) => date.seconds().div_euclid(seconds.into()),
            Step::Day => days,
            // The first day of the common era was a Monday.
            Step::Week => (days - 1).div_euclid(7),
            Step::Months(months) => {
                (12 * i64::from(session.year()) + i64::from(session.month0())).div_euclid(months.into())
            }
        }
    }
}

/// What became of the bars.
pub(crate) struct Resampled {
    /// How bars were merged.
    pub(crate) steps: Steps,
    /// How many bars each of the longer bars was made of, ticker by ticker.
    pub(crate) sizes: Vec<Vec<usize>>,
    /// A remark on each ticker whose last week or month may not be over.
    pub(crate) remarks: Vec<Fault>,
}

/// Merges the sound and sorted bars of each ticker, and the cells of its own columns, into longer ones.
///
/// A bar has the first open, the highest high, the lowest low, the last close and the sum of the volumes; a cell is the
/// last value that is not missing. Series that all tickers share stay as they are.
///
/// # Errors
///
/// [`ResampleError`] if a ticker's bars are longer than the step, or do not fit into it.
pub(crate) fn resample(
    raw: &mut [RawBars],
    columns: &mut [RawColumn],
    step: Step,
    session_start: Option<SessionStart>,
) -> Result<Resampled, ResampleError> {
    for ticker in &*raw {
        check_step(ticker, step)?;
    }
    let steps = Steps::of(raw, step, session_start);
    let mut sizes = Vec::with_capacity(raw.len());
    let mut remarks = Vec::new();
    for ticker in raw {
        remarks.extend(unfinished(ticker, &steps));
        sizes.push(merge(ticker, &steps));
    }
    for column in columns.iter_mut().filter(|column| column.ticker.is_some()) {
        merge_cells(column, &steps);
    }
    Ok(Resampled { steps, sizes, remarks })
}

/// Refuses bars that are not shorter than the step, unless they are of its length, and bars that would lie in two steps.
pub(crate) fn check_step(raw: &RawBars, wanted: Step) -> Result<(), ResampleError> {
    const DAY: i64 = 86_400;
    let dates: Vec<Moment> = raw.bars.iter().map(|bar| bar.date).collect();
    let spacing = spacing(&dates);
    let seconds = match spacing {
        Spacing::Intraday(seconds) => seconds.into(),
        Spacing::Daily | Spacing::EveryDay => DAY,
        Spacing::Weekly => 7 * DAY,
        Spacing::Monthly => 28 * DAY,
        Spacing::Quarterly => 3 * 28 * DAY,
        Spacing::Yearly => 12 * 28 * DAY,
        // Too few or too uneven to tell: whatever falls into one step is merged.
        Spacing::Irregular => return Ok(()),
    };
    let divides = match (spacing, wanted) {
        (Spacing::Intraday(given), Step::Intraday(step)) => step.is_multiple_of(given),
        _ => true,
    };
    if seconds <= wanted.seconds() && divides {
        return Ok(());
    }
    Err(ResampleError {
        ticker: raw.ticker.clone(),
        origin: raw.origin.clone(),
        given: spacing.describe(),
        wanted,
    })
}

/// Merges a ticker's bars; returns how many went into each.
fn merge(raw: &mut RawBars, steps: &Steps) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut merged: Vec<RawBar> = Vec::new();
    for group in raw.bars.chunk_by(|a, b| steps.number(a.date) == steps.number(b.date)) {
        let (first, last) = (group[0], group[group.len() - 1]);
        merged.push(RawBar {
            date: steps.stamp(first.date),
            high: group.iter().fold(first.high, |high, bar| high.max(bar.high)),
            low: group.iter().fold(first.low, |low, bar| low.min(bar.low)),
            close: last.close,
            volume: group.iter().map(|bar| bar.volume).sum(),
            ..first
        });
        sizes.push(group.len());
    }
    raw.bars = merged;
    sizes
}

fn merge_cells(column: &mut RawColumn, steps: &Steps) {
    let within_a_session = matches!(steps.step, Step::Intraday(_) | Step::Day);
    for cell in &mut column.cells {
        let (stamp, session) = (steps.stamp(cell.date), steps.session(cell.date));
        // What is dated after the last bar of a week was not known at its close.
        cell.date = if within_a_session || Moment::from(session) <= stamp { stamp } else { session.into() };
    }
    column.cells.dedup_by(|later, kept| {
        let same = later.date == kept.date;
        if same && !later.value.is_nan() {
            (kept.value, kept.line) = (later.value, later.line);
        }
        same
    });
}

/// A remark on a ticker whose last week or month has further weekdays.
fn unfinished(raw: &RawBars, steps: &Steps) -> Option<Fault> {
    if !matches!(steps.step, Step::Week | Step::Months(_)) {
        return None;
    }
    let last = raw.bars.last()?;
    let weekend = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let session = steps.session(last.date);
    let next =
        (1..4).filter_map(|days| session.checked_add_days(Days::new(days))).find(|day| !weekend(day))?;
    let goes_on = steps.number(next.into()) == steps.number(session.into());
    let stamp = steps.stamp(last.date);
    goes_on.then(|| Fault {
        ticker: raw.ticker.clone(),
        date: stamp,
        line: Some(last.line),
        kind: FaultKind::Incomplete,
        detail: format!(
            "the last step of \"{}\" ends with the bars of {session} and may not be over",
            steps.step
        ),
        action: FaultAction::Noted,
        rows: 1,
        until: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::RawCell;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    /// A ticker with a bar at each of the moments, whose prices and volume follow from its place.
    fn bars(ticker: &str, dates: &[Moment]) -> RawBars {
        let bar = |(row, &date): (usize, &Moment)| {
            let level = 100.0 + ((row * 37) % 11) as f64;
            let (open, close) = (level, level + ((row * 13) % 5) as f64 - 2.0);
            let (high, low) = (open.max(close) + 1.0, open.min(close) - 1.0);
            RawBar { date, line: row as u64 + 2, open, high, low, close, volume: (row % 7) as f64 }
        };
        RawBars::new(ticker, "a.csv", dates.iter().enumerate().map(bar).collect())
    }

    fn resampled(mut raw: Vec<RawBars>, step: &str, start: Option<&str>) -> (Vec<RawBars>, Resampled) {
        let start = start.map(|start| start.parse().unwrap());
        let found = resample(&mut raw, &mut [], step.parse().unwrap(), start).unwrap();
        (raw, found)
    }

    fn stamps(raw: &RawBars) -> Vec<String> {
        raw.bars.iter().map(|bar| bar.date.to_string()).collect()
    }

    #[test]
    fn steps_are_stamped_by_their_start_their_session_or_their_last_session() {
        let dates = [
            "2020-01-02T09:30",
            "2020-01-02T09:55",
            "2020-01-02T10:00",
            "2020-01-03T18:00",
            "2020-01-06T09:30",
        ];
        let given = || vec![bars("A", &dates.map(at))];
        let (hours, found) = resampled(given(), "1h", None);
        let expected =
            ["2020-01-02T09:00:00", "2020-01-02T10:00:00", "2020-01-03T18:00:00", "2020-01-06T09:00:00"];
        assert_eq!(
            (stamps(&hours[0]), found.sizes),
            (expected.map(str::to_owned).to_vec(), vec![vec![2, 1, 1, 1]])
        );
        let (days, found) = resampled(given(), "1d", None);
        assert_eq!(stamps(&days[0]), ["2020-01-02", "2020-01-03", "2020-01-06"]);
        assert_eq!(found.sizes, [[3, 1, 1]]);
        assert_eq!(
            stamps(&resampled(given(), "1d", Some("18:00")).0[0]),
            ["2020-01-02", "2020-01-04", "2020-01-06"]
        );
        let (weeks, found) = resampled(given(), "1w", None);
        assert_eq!(stamps(&weeks[0]), ["2020-01-03", "2020-01-06"]);
        assert!(found.remarks[0].to_string().contains("may not be over"), "{:?}", found.remarks);
        assert_eq!(stamps(&resampled(given(), "1mo", None).0[0]), ["2020-01-06"]);
    }

    #[test]
    fn the_week_of_all_tickers_ends_with_the_last_session_of_any() {
        let days = |days: &[u32]| days.iter().map(|day| at(&format!("2020-01-{day:02}"))).collect::<Vec<_>>();
        let given = vec![bars("A", &days(&[6, 7, 8, 9])), bars("B", &days(&[6, 7, 8, 9, 10, 13]))];
        let (weeks, found) = resampled(given, "1w", None);
        assert_eq!(
            (stamps(&weeks[0]), stamps(&weeks[1])),
            (vec!["2020-01-10".into()], vec!["2020-01-10".into(), "2020-01-13".into()])
        );
        let tickers: Vec<&str> = found.remarks.iter().map(|fault| fault.ticker.as_str()).collect();
        assert_eq!(tickers, ["A", "B"]);
    }

    #[test]
    fn a_bar_has_the_ends_the_range_and_the_volume_of_those_it_is_made_of() {
        let dates: Vec<Moment> = (0..4).map(|n| at("2020-01-02T09:30") + TimeDelta::minutes(5 * n)).collect();
        let mut raw = bars("A", &dates);
        let bar = |open, high, low, close, volume| RawBar { open, high, low, close, volume, ..raw.bars[0] };
        let own = [
            bar(5.0, 6.0, 4.0, 5.5, 10.0),
            bar(5.5, 9.0, 5.0, 8.0, 20.0),
            bar(8.0, 8.0, 1.0, 2.0, 30.0),
            bar(2.0, 3.0, 2.0, 3.0, 40.0),
        ];
        for (bar, own) in raw.bars.iter_mut().zip(own) {
            *bar = RawBar { date: bar.date, ..own };
        }
        let (days, _) = resampled(vec![raw], "1d", None);
        assert_eq!(days[0].bars[0].values(), [5.0, 9.0, 1.0, 3.0, 100.0]);
    }

    #[test]
    fn shorter_steps_than_the_given_ones_are_refused_by_both_names() {
        let error = |dates: Vec<Moment>, step: &str| {
            let mut raw = vec![bars("A", &dates)];
            resample(&mut raw, &mut [], step.parse().unwrap(), None)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        let days = || (0..30).map(|day| at("2020-01-06") + TimeDelta::days(day)).collect::<Vec<_>>();
        let refused = error(days(), "1h").unwrap_err();
        assert!(
            refused.starts_with(
                "data.resample = \"1h\" cannot be made of the bars of A in a.csv, which are daily"
            ),
            "{refused}"
        );
        assert_eq!(error(days(), "1d"), Ok(()), "daily bars beside intraday ones");
        let minutes = || (0..90).map(|n| at("2020-01-06") + TimeDelta::minutes(10 * n)).collect::<Vec<_>>();
        assert!(error(minutes(), "15m").unwrap_err().contains("which are 10 minutes apart"));
        assert_eq!(error(minutes(), "20m"), Ok(()));
    }

    #[test]
    fn a_cell_is_the_last_known_of_its_step_and_none_is_moved_back() {
        let dates = ["2020-01-06", "2020-01-07", "2020-01-13"].map(at);
        let cell = |(date, value): (&str, f64)| RawCell { date: at(date), line: 2, value };
        let cells = [("2020-01-06", 1.0), ("2020-01-07", f64::NAN), ("2020-01-09", 2.0), ("2020-01-13", 3.0)]
            .map(cell);
        let mut columns = [RawColumn {
            name: "x".into(),
            ticker: Some("A".into()),
            origin: "a.csv".into(),
            cells: cells.to_vec(),
        }];
        resample(&mut [bars("A", &dates)], &mut columns, Step::Week, None).unwrap();
        let found: Vec<(String, f64)> =
            columns[0].cells.iter().map(|cell| (cell.date.to_string(), cell.value)).collect();
        // The value of Thursday is later than the week's last bar.
        assert_eq!(
            found,
            [("2020-01-07".into(), 1.0), ("2020-01-09".into(), 2.0), ("2020-01-13".into(), 3.0)]
        );
    }

    proptest! {
        #[test]
        fn volume_and_bounds_are_kept_and_a_prefix_gives_the_same_steps(
            minutes in prop::collection::btree_set(0_i64..40_000, 1..300),
            step in prop::sample::select(vec!["5m", "1h", "1d", "1w", "1mo"]),
            start in prop::sample::select(vec![None, Some("18:00")]),
            cut in 0_usize..300,
        ) {
            let dates: Vec<Moment> = minutes.iter().map(|&n| at("2020-01-02") + TimeDelta::minutes(n)).collect();
            let given = bars("A", &dates);
            let cut = cut.min(given.bars.len() - 1) + 1;
            let prefix = RawBars { bars: given.bars[..cut].to_vec(), ..given.clone() };
            let run = |mut raw: RawBars| {
                let start = start.map(|start: &str| start.parse().unwrap());
                let steps = Steps::of(std::slice::from_ref(&raw), step.parse().unwrap(), start);
                let sizes = merge(&mut raw, &steps);
                (raw.bars, sizes)
            };
            let (whole, sizes) = run(given.clone());
            prop_assert!(whole.is_sorted_by(|a, b| a.date < b.date));
            let total = |bars: &[RawBar]| bars.iter().map(|bar| bar.volume).sum::<f64>();
            prop_assert_eq!(total(&whole), total(&given.bars));
            let mut rows = given.bars.iter();
            for (bar, size) in whole.iter().zip(sizes) {
                let own: Vec<&RawBar> = rows.by_ref().take(size).collect();
                prop_assert!(own.iter().all(|own| bar.low <= own.low && own.high <= bar.high));
                prop_assert_eq!((bar.open, bar.close), (own[0].open, own[size - 1].close));
            }
            // All but the last step, which further bars may still change.
            let (part, _) = run(prefix);
            prop_assert_eq!(&part[..part.len() - 1], &whole[..part.len() - 1]);
        }
    }
}
