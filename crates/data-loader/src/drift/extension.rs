//! Extensions: the frozen bars, and newer ones after them.

use crate::compare::PanelDifference;
use crate::panel::Panel;
use crate::period::Period;
use artifact_core::Moment;
use serde::Serialize;

/// Newer rows after frozen ones that are unchanged, bit for bit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// How many rows are new, at least 1.
    pub rows: usize,
    /// The last frozen date; all new rows are later.
    pub after: Moment,
    /// The newest date.
    pub until: Moment,
    /// How many frozen rows a period that ends at the newest row, such as `5y`, has left behind.
    pub left_behind: usize,
}

/// The extension that a difference is, if it is one; `period` is that of the frozen bars.
pub(super) fn extension(
    frozen: &Panel,
    present: &Panel,
    difference: &PanelDifference,
    period: Period,
) -> Option<Extension> {
    // Every field is named, so that a new kind of difference does not compile until it is thought of here.
    let PanelDifference {
        tickers_only_left,
        tickers_only_right,
        reordered,
        only_left,
        only_right,
        columns_only_left,
        columns_only_right,
        values,
    } = difference;
    let lists = [tickers_only_left, tickers_only_right, columns_only_left, columns_only_right];
    if *reordered || !values.is_empty() || lists.iter().any(|list| !list.is_empty()) {
        return None;
    }
    let (&first, &after) = (present.dates.first()?, frozen.dates.last()?);
    let moves = matches!(period, Period::Years(_) | Period::Months(_) | Period::Days(_));
    if only_left.iter().any(|date| !moves || *date >= first) || only_right.iter().any(|date| *date <= after) {
        return None;
    }
    let until = *only_right.last()?;
    Some(Extension { rows: only_right.len(), after, until, left_behind: only_left.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare_panels;
    use chrono::TimeDelta;
    use ndarray::Array3;

    fn panel(days: std::ops::Range<i64>, tickers: &[&str]) -> Panel {
        let dates: Vec<Moment> = days.map(|day| Moment::default() + TimeDelta::days(day)).collect();
        let first = (dates[0] - Moment::default()).num_days() as f64;
        let values = Array3::from_shape_fn((dates.len(), tickers.len(), 5), |(t, k, c)| {
            first + (t * 10 + c) as f64 + k as f64
        });
        Panel::new(tickers.iter().map(|&ticker| ticker.into()).collect(), dates, values).unwrap()
    }

    /// What the frozen days 0 to 9 are to a panel, whose values are made to agree on shared dates.
    fn found(mut present: Panel, period: Period, change: impl Fn(&mut Panel)) -> Option<Extension> {
        let frozen = panel(0..10, &["A", "B"]);
        for (row, date) in present.dates.iter().enumerate() {
            if let Some(then) = frozen.dates.iter().position(|other| other == date)
                && present.tickers.len() == 2
            {
                let values = frozen.values.index_axis(ndarray::Axis(0), then);
                present.values.index_axis_mut(ndarray::Axis(0), row).assign(&values);
            }
        }
        change(&mut present);
        extension(&frozen, &present, &compare_panels(&frozen, &present), period)
    }

    #[test]
    fn only_newer_rows_after_unchanged_ones_are_an_extension() {
        let day = |day| Moment::default() + TimeDelta::days(day);
        let grown = |left_behind| Some(Extension { rows: 3, after: day(9), until: day(12), left_behind });
        let both = &["A", "B"];
        assert_eq!(found(panel(0..13, both), Period::Max, |_| ()), grown(0));
        assert_eq!(found(panel(2..13, both), Period::Days(11), |_| ()), grown(2));
        assert_eq!(found(panel(2..13, both), Period::Max, |_| ()), None, "rows are gone");
        assert_eq!(found(panel(0..10, both), Period::Max, |_| ()), None, "nothing is new");
        assert_eq!(found(panel(-1..13, both), Period::Max, |_| ()), None, "a row is older");
        assert_eq!(found(panel(0..13, both), Period::Max, |it| it.values[[4, 1, 4]] += 1.0), None);
        assert_eq!(found(panel(0..13, &["A", "B", "C"]), Period::Max, |_| ()), None, "a ticker is new");
    }
}
