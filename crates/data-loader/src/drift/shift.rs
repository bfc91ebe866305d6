//! Shifts: frozen values that now appear at other dates.
//!
//! A source downloaded again with another time zone, offset or index gives the same values at other dates. Compared
//! value by value that looks like a different history; here it is recognised as a shift.

use crate::panel::Panel;
use artifact_core::Moment;
use artifact_core::schema::COLUMNS;
use ndarray::s;
use serde::Serialize;
use std::collections::BTreeMap;

const SECONDS_PER_DAY: i64 = 86_400;

/// A ticker at least half of whose bars moved to other dates, by the same number of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// The ticker.
    pub ticker: String,
    /// By how many rows they moved, positive for later rows; 0 if only the dates changed.
    pub rows: i64,
    /// By how many whole days most of these bars moved, positive for later dates.
    pub days: i64,
    /// By how many seconds more, of the same sign; left out when it is 0, as for daily bars.
    #[serde(skip_serializing_if = "is_zero")]
    pub seconds: i64,
    /// How many bars moved by that many rows.
    pub bars: usize,
}

fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

/// The tickers at least half of whose bars moved by the same number of rows.
pub(super) fn shifts(frozen: &Panel, present: &Panel) -> Vec<Shift> {
    let place = |ticker: &String| frozen.tickers.iter().position(|other| other == ticker);
    let shared =
        present.tickers.iter().enumerate().filter_map(|(now, ticker)| Some((now, place(ticker)?, ticker)));
    shared.filter_map(|(now, then, ticker)| shift(bars(frozen, then), bars(present, now), ticker)).collect()
}

/// A ticker's bars by their bits: the row and the date of each, or `None` for one that occurs more than once.
type Bars = BTreeMap<Vec<u64>, Option<(usize, Moment)>>;

fn bars(panel: &Panel, ticker: usize) -> Bars {
    let mut bars = Bars::new();
    for (row, &date) in panel.dates.iter().enumerate() {
        // Without columns of one's own: the bar is the same whatever else is known on its date.
        let values = panel.values.slice(s![row, ticker, ..COLUMNS.len()]);
        if values.iter().all(|value| value.is_finite()) {
            let bits = values.iter().map(|value| value.to_bits()).collect();
            // A bar that occurs twice does not tell where it went.
            bars.entry(bits).and_modify(|place| *place = None).or_insert(Some((row, date)));
        }
    }
    bars
}

fn shift(frozen: Bars, present: Bars, ticker: &str) -> Option<Shift> {
    let moved: Vec<(i64, i64)> = frozen
        .iter()
        .filter_map(|(bits, then)| {
            let ((row, date), (to_row, to_date)) = ((*then)?, (*present.get(bits)?)?);
            Some((to_row as i64 - row as i64, (to_date - date).num_seconds()))
        })
        .collect();
    // Rows added in front move every bar to a later row, but to no other date: that is no shift.
    let moved: Vec<(i64, i64)> = moved.into_iter().filter(|(_, seconds)| *seconds != 0).collect();
    // By rows first: across weekends and holidays, the same number of rows is a varying length of time.
    let (rows, _) = most_frequent(moved.iter().map(|(rows, _)| *rows))?;
    let (seconds, _) = most_frequent(moved.iter().filter(|(by, _)| *by == rows).map(|(_, by)| *by))?;
    let bars = moved.iter().filter(|(by, _)| *by == rows).count();
    let (days, seconds) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
    (2 * bars >= present.len()).then(|| Shift { ticker: ticker.to_owned(), rows, days, seconds, bars })
}

/// The most frequent value, the smallest one in a tie, with its count.
fn most_frequent(values: impl Iterator<Item = i64>) -> Option<(i64, usize)> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_insert(0) += 1);
    // Of equal counts `max_by_key` returns the last one, which in reverse order is the smallest value's.
    counts.into_iter().rev().max_by_key(|(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use ndarray::Array3;

    /// Two tickers on weekdays; the values of row `t` are those of row `t - later` of the original.
    fn panel(rows: usize, later: usize, days: i64) -> Panel {
        let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 6).unwrap();
        let date = |row: usize| first + TimeDelta::days((row / 5 * 7 + row % 5) as i64 + days);
        let value =
            |(t, k, c): (usize, usize, usize)| (1000 + t - later) as f64 + k as f64 / 8.0 + c as f64 / 64.0;
        let dates = (0..rows).map(date).collect();
        Panel::new(vec!["A".into(), "B".into()], dates, Array3::from_shape_fn((rows, 2, 5), value)).unwrap()
    }

    fn check(present: &Panel, expected: &[(&str, i64, i64)]) {
        let found = shifts(&panel(60, 0, 0), present);
        let found: Vec<_> =
            found.iter().map(|shift| (shift.ticker.as_str(), shift.rows, shift.days)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn moved_values_and_moved_dates_are_reported() {
        check(&panel(60, 0, 0), &[]);
        check(&panel(60, 10, 0), &[("A", 10, 14), ("B", 10, 14)]);
        check(&panel(60, 0, 1), &[("A", 0, 1), ("B", 0, 1)]);
        check(&panel(60, 0, -3), &[("A", 0, -3), ("B", 0, -3)]);
    }

    #[test]
    fn one_ticker_may_move_alone() {
        let (mut present, moved) = (panel(60, 0, 0), panel(60, 2, 0));
        present.values.slice_mut(s![.., 1, ..]).assign(&moved.values.slice(s![.., 1, ..]));
        check(&present, &[("B", 2, 2)]);
    }

    #[test]
    fn rows_added_in_front_are_no_shift() {
        let longer = panel(70, 10, -14);
        check(&longer, &[]);
        check(&panel(50, 0, 0), &[]);
    }
}
