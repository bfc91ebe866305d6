//! Columns of one's own on a panel's time axis: what was known at each row.

use super::{Panel, PanelError};
use crate::sources::{RawCell, RawColumn};
use artifact_core::Moment;
use artifact_core::schema::GivenColumn;
use chrono::TimeDelta;
use ndarray::{Array3, s};

/// Adds the columns that are `given` to a panel, each with its delay and its forward fill. Their `raw` values must be in
/// ascending order of date, as [`quality::check_columns`](crate::quality::check_columns) leaves them.
///
/// Row `t` holds what row `t - delay` had; that row has the value of its date, or else the last one before it, carried
/// forward into at most `max_forward_fill` rows without a value of their own. A value on a date between two rows counts
/// as one of the earlier row, so that it is seen only where values are carried forward. No value goes backward, and
/// values before the first row are left out. Among rows with a time of day, a column of dates alone counts from the first
/// row of the next day on, since its values belong to the close of their day. A cell without a value is NaN, and so is
/// every cell of a ticker that the source has no such column for.
///
/// # Errors
///
/// [`PanelError::RepeatedColumn`], or as [`Panel::with_columns`].
pub fn add_columns(panel: Panel, given: &[GivenColumn], raw: &[RawColumn]) -> Result<Panel, PanelError> {
    if given.is_empty() {
        return Ok(panel);
    }
    let (rows, tickers) = (panel.rows(), panel.ticker_count());
    let mut values = Array3::from_elem((rows, tickers, given.len()), f64::NAN);
    for (place, column) in given.iter().enumerate() {
        let mut filled = vec![false; tickers];
        for raw in raw.iter().filter(|raw| raw.name == column.name) {
            let known = match panel.has_clock() && raw.cells.iter().all(|cell| !cell.date.has_clock()) {
                // What is dated by the day is known at its close: from the next day on.
                true => known(&next_day(&raw.cells), &panel.dates, column),
                false => known(&raw.cells, &panel.dates, column),
            };
            let own = |ticker: &&String| raw.ticker.as_ref().is_none_or(|own| own == *ticker);
            for (at, ticker) in panel.tickers.iter().enumerate().filter(|(_, ticker)| own(ticker)) {
                if std::mem::replace(&mut filled[at], true) {
                    let (column, ticker) = (column.name.clone(), ticker.clone());
                    return Err(PanelError::RepeatedColumn { column, ticker });
                }
                values.slice_mut(s![.., at, place]).iter_mut().zip(&known).for_each(|(cell, &v)| *cell = v);
            }
        }
    }
    panel.with_columns(given.iter().map(|column| column.name.clone()).collect(), &values)
}

/// The cells, each a day later.
fn next_day(cells: &[RawCell]) -> Vec<RawCell> {
    cells.iter().map(|cell| RawCell { date: cell.date + TimeDelta::days(1), ..*cell }).collect()
}

/// The value that is known at each of the rows.
fn known(cells: &[RawCell], dates: &[Moment], column: &GivenColumn) -> Vec<f64> {
    let mut known = vec![f64::NAN; dates.len()];
    let first = dates.first().map_or(0, |&first| cells.partition_point(|cell| cell.date < first));
    let mut cells = cells[first..].iter().filter(|cell| !cell.value.is_nan()).peekable();
    // The row of the last value up to now, and the value.
    let mut last = None;
    for (row, &date) in dates.iter().enumerate() {
        while let Some(cell) = cells.next_if(|cell| cell.date <= date) {
            // Between rows: the first row's own date was passed over above, so that there is a row before.
            let own = if cell.date == date { row } else { row - 1 };
            last = Some((own, cell.value));
        }
        let near = last.filter(|(own, _)| row - own <= column.max_forward_fill);
        if let (Some((_, value)), Some(target)) = (near, known.get_mut(row + column.delay)) {
            *target = value;
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(day: i64) -> Moment {
        Moment::default() + TimeDelta::days(day)
    }

    fn given(name: &str, delay: usize, max_forward_fill: usize) -> GivenColumn {
        GivenColumn { name: name.to_owned(), column: None, file: None, delay, max_forward_fill }
    }

    fn raw(name: &str, ticker: Option<&str>, cells: &[(i64, f64)]) -> RawColumn {
        let cell = |&(at, value): &(i64, f64)| RawCell { date: day(at), line: 2, value };
        let cells = cells.iter().map(cell).collect();
        RawColumn { name: name.to_owned(), ticker: ticker.map(str::to_owned), origin: "x".into(), cells }
    }

    fn panel(days: &[i64]) -> Panel {
        let dates: Vec<Moment> = days.iter().map(|&at| day(at)).collect();
        let values = Array3::ones((dates.len(), 2, 5));
        Panel::new(vec!["A".into(), "B".into()], dates, values).unwrap()
    }

    /// One ticker's column, with -1 for NaN.
    fn column(panel: &Panel, ticker: usize, place: usize) -> Vec<f64> {
        let cells = panel.values().slice(s![.., ticker, 5 + place]).to_vec();
        cells.into_iter().map(|cell| if cell.is_nan() { -1.0 } else { cell }).collect()
    }

    #[track_caller]
    fn check(delay: usize, fill: usize, expected: &[f64]) {
        let nan = f64::NAN;
        let cells = raw("x", Some("A"), &[(0, 9.0), (2, 1.0), (3, nan), (6, 2.0), (8, 3.0)]);
        let found = add_columns(panel(&[1, 2, 3, 4, 5, 8, 9]), &[given("x", delay, fill)], &[cells]).unwrap();
        assert_eq!(column(&found, 0, 0), expected);
        assert_eq!(column(&found, 1, 0), vec![-1.0; 7], "a ticker without the column has none");
    }

    #[test]
    fn values_are_delayed_and_filled_up_to_the_limit() {
        check(0, 0, &[-1.0, 1.0, -1.0, -1.0, -1.0, 3.0, -1.0]);
        check(0, 1, &[-1.0, 1.0, 1.0, -1.0, -1.0, 3.0, 3.0]);
        check(0, 2, &[-1.0, 1.0, 1.0, 1.0, -1.0, 3.0, 3.0]);
        check(2, 0, &[-1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0]);
        check(1, 1, &[-1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 3.0]);
        check(7, 9, &[-1.0; 7]);
    }

    #[test]
    fn a_value_between_rows_counts_as_one_of_the_row_before() {
        let cells = [raw("x", None, &[(2, 1.0), (6, 2.0)])];
        let found = |fill| add_columns(panel(&[1, 2, 5, 8, 9, 10]), &[given("x", 0, fill)], &cells).unwrap();
        assert_eq!(column(&found(0), 1, 0), [-1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
        assert_eq!(column(&found(1), 1, 0), [-1.0, 1.0, 1.0, 2.0, -1.0, -1.0]);
        assert_eq!(column(&found(2), 1, 0), [-1.0, 1.0, 1.0, 2.0, 2.0, -1.0]);
    }

    #[test]
    fn a_series_is_the_same_for_every_ticker_and_bars_stay_as_they_are() {
        let cells = [raw("vix", None, &[(1, 4.0)]), raw("x", Some("B"), &[(2, 5.0)]), raw("y", None, &[])];
        let found = add_columns(panel(&[1, 2]), &[given("vix", 1, 0), given("x", 0, 0)], &cells).unwrap();
        assert_eq!(found.own_columns(), ["vix", "x"]);
        assert_eq!((column(&found, 0, 0), column(&found, 1, 0)), (vec![-1.0, 4.0], vec![-1.0, 4.0]));
        assert_eq!((column(&found, 0, 1), column(&found, 1, 1)), (vec![-1.0, -1.0], vec![-1.0, 5.0]));
        assert!(found.values().slice(s![.., .., ..5]).iter().all(|&cell| cell == 1.0));
        let twice = [raw("x", None, &[(1, 4.0)]), raw("x", Some("B"), &[(2, 5.0)])];
        let error = add_columns(panel(&[1, 2]), &[given("x", 0, 0)], &twice).unwrap_err().to_string();
        assert!(error.contains("x of B twice"), "{error}");
    }

    #[test]
    fn a_daily_series_reaches_intraday_rows_on_the_next_day() {
        let dates: Vec<Moment> =
            [(1, 9), (1, 16), (2, 9), (2, 16)].map(|(at, hour)| day(at) + TimeDelta::hours(hour)).to_vec();
        let panel = Panel::new(vec!["A".into(), "B".into()], dates, Array3::ones((4, 2, 5))).unwrap();
        let cells = [raw("x", None, &[(0, 9.0), (1, 1.0), (2, 2.0)])];
        let found = add_columns(panel.clone(), &[given("x", 0, 1)], &cells).unwrap();
        // The value of day 1 lies between its last row and the first one of day 2.
        assert_eq!(column(&found, 0, 0), [-1.0, -1.0, 1.0, -1.0]);
        // Values with a time of day belong to the row at that time.
        let mut timed = raw("x", Some("A"), &[(1, 1.0)]);
        timed.cells[0].date += TimeDelta::hours(16);
        assert_eq!(
            column(&add_columns(panel, &[given("x", 0, 0)], &[timed]).unwrap(), 0, 0),
            [-1.0, 1.0, -1.0, -1.0]
        );
    }

    proptest! {
        #[test]
        fn no_row_holds_what_is_dated_later(
            cells in prop::collection::btree_map(0_i64..40, -1e3_f64..1e3, 0..20),
            days in prop::collection::btree_set(0_i64..40, 1..30),
            (delay, fill) in (0_usize..4, 0_usize..6),
            cut in 0_i64..40,
        ) {
            let days: Vec<i64> = days.into_iter().collect();
            let all: Vec<(i64, f64)> = cells.into_iter().collect();
            let before: Vec<(i64, f64)> = all.iter().copied().filter(|(at, _)| *at <= cut).collect();
            let with = |cells: &[(i64, f64)], days: &[i64]| {
                let found = add_columns(panel(days), &[given("x", delay, fill)], &[raw("x", None, cells)]);
                column(&found.unwrap(), 0, 0)
            };
            let rows = days.partition_point(|at| *at <= cut);
            let whole = with(&all, &days);
            prop_assert_eq!(&with(&before, &days)[..rows], &whole[..rows]);
            prop_assert_eq!(with(&before, &days[..rows]), &whole[..rows]);
            // Every value comes from a date that is at least `delay` rows back, and at most `delay + fill`.
            for (row, value) in whole.iter().enumerate().filter(|(_, value)| **value != -1.0) {
                let latest = days[row - delay];
                let earliest = days[row.saturating_sub(delay + fill)];
                prop_assert!(all.iter().any(|(at, v)| v == value && (earliest..=latest).contains(at)));
            }
        }
    }
}
