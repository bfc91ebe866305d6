//! The returns of acting on the predictions, row by row.

use super::{predictor, trading};
use crate::decision::Decision;
use artifact_core::schema::DailyReturns;
use data_loader::{Entry, Panel, SequenceSet, Subset};
use ndarray::ArrayView3;
use std::ops::Range;

/// Marks the strategy of `predictions`, `(sequences, tickers, width)` in sequence order, to market at each row of `rows`. It
/// follows the most probable class.
///
/// Trials with different windows decide on different rows and hold for different lengths. To make them comparable row
/// by row, the capital is cut into `K W` equal parts, `W` (the label window) for each of the `K` tickers (overlapping
/// portfolios, after Jegadeesh and Titman 1993): each decision invests one part and holds it as the target's trade says,
/// for `W` rows or until a barrier is touched, and every row `t` earns
///
/// `1 / (K W) * sum of side(d, k) * (price[t, k] - price[t - 1, k]) / entry[d, k]`
///
/// over the tickers `k` and the decisions `d` that are held at `t`, `d < t <= d + W`; `side` is +1 for Up, -1 for Down
/// and 0 for Hold, and the other way round for a short trade. Prices are closes, but for the entry and the exit. A decision
/// to trade costs `cost_bps` of its part, charged on the row after it. Over its rows a part earns exactly the return that
/// the other figures use. Uninvested capital earns nothing.
///
/// A sample counts under the same conditions as in [`evaluate`](super::evaluate). `panel` has the bars of the set's rows;
/// after an unknown close, the next known one carries the whole change. Rows outside `rows` are left out.
///
/// # Panics
///
/// When `set` and `predictions` differ in the number of sequences or tickers, `set` and `panel` in the number of
/// tickers, or `set` decides at a row that `panel` does not have.
pub fn daily_returns<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    panel: &Panel<impl Subset>,
    rows: Range<usize>,
    cost_bps: f64,
) -> DailyReturns {
    let (open, close) = (panel.open(), panel.close());
    assert_eq!(set.ticker_count(), close.ncols(), "labels and closes must have the same tickers");
    let predict = predictor(predictions, set.task(), &Decision::MOST_PROBABLE);
    let class = |position, ticker| predict(position, ticker).class;
    let mut values = vec![0.0; rows.len()];
    let mut earn = |row: usize, change: f64| {
        if let Some(value) = row.checked_sub(rows.start).and_then(|place| values.get_mut(place)) {
            *value += change;
        }
    };
    let part = 1.0 / (set.ticker_count() * set.windows.time_window) as f64;
    for position in 0..set.len() {
        let decided = set.decision_row(position);
        let first = set.entry().first_row(decided);
        // Without cost: it is charged below, on the first row that the position is held.
        for trade in trading::trades(&class, set, position, 0.0) {
            let held = set.held(position, trade.ticker);
            let invested = trade.position * f64::from(held.side) * part;
            if invested == 0.0 {
                continue;
            }
            earn(decided + 1, -part * cost_bps / 1e4);
            let entry = match set.entry() {
                Entry::Close => close[[decided, trade.ticker]],
                Entry::NextOpen => open[[decided + 1, trade.ticker]],
                Entry::NextClose => close[[decided + 1, trade.ticker]],
            };
            let end = decided + held.rows as usize;
            let change = f64::from(set.returns_of(position)[trade.ticker] * f32::from(held.side));
            let exit = set.has_exits().then_some(entry * (1.0 + change));
            let mut last = entry;
            for row in first..(end + 1).min(close.nrows()) {
                let now = exit.filter(|_| row == end).unwrap_or(close[[row, trade.ticker]]);
                // An unknown close leaves `last` alone, so the differences still add up to the whole change.
                if now.is_finite() && now > 0.0 {
                    earn(row, invested * (now - last) / entry);
                    last = now;
                }
            }
        }
    }
    DailyReturns { values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::IndexSet;
    use data_loader::Windows;
    use ndarray::{Array2, Array3, array};
    use proptest::prelude::*;

    /// Predicts one class for each sample with certainty.
    fn certain(classes: &Array2<usize>) -> Array3<f32> {
        let (rows, tickers) = classes.dim();
        Array3::from_shape_fn((rows, tickers, 3), |(row, k, class)| {
            f32::from(u8::from(classes[[row, k]] == class))
        })
    }

    fn returns(close: &Array2<f64>, classes: &Array2<usize>, time_window: usize, cost_bps: f64) -> Vec<f64> {
        let target = settings::part::PartSetting::named("horizon").with("threshold", 0.01);
        returns_of(&target, &panel(close), classes, time_window, cost_bps).0
    }

    /// Bars that open at the last close, for all prices to differ.
    fn panel(close: &Array2<f64>) -> Panel {
        let value = |(row, ticker, column): (usize, usize, usize)| match column {
            0 => close[[row.saturating_sub(1), ticker]],
            _ => close[[row, ticker]],
        };
        let values = Array3::from_shape_fn((close.nrows(), close.ncols(), 5), value);
        let tickers = (0..close.ncols()).map(|ticker| format!("T{ticker}")).collect();
        Panel::new(tickers, chrono::NaiveDate::default().iter_days().take(close.nrows()).collect(), values)
            .unwrap()
    }

    /// The returns by row, and the trades' own.
    fn returns_of(
        target: &settings::part::PartSetting,
        panel: &Panel,
        classes: &Array2<usize>,
        time_window: usize,
        cost_bps: f64,
    ) -> (Vec<f64>, Array2<f32>) {
        let target = data_loader::targets::builtin().choose(target).unwrap();
        let labels = data_loader::LabelMatrix::of(panel, &target, time_window).unwrap();
        let features = Array2::zeros((panel.rows(), 1));
        let indices = IndexSet::from_range(0..classes.nrows());
        let windows = Windows { seq_length: 1, time_window };
        let set = SequenceSet::labelled(features.view(), &labels, &indices, windows);
        let found = daily_returns(certain(classes).view(), &set, panel, 1..panel.rows(), cost_bps);
        (found.values, labels.returns().to_owned())
    }

    #[test]
    fn a_trade_ends_at_its_barrier() {
        // Enters at the open of row 1, which is the close of row 0; the upper barrier is 105, crossed at 110.
        let close = array![[100.0], [102.0], [110.0], [60.0]];
        let target = settings::part::PartSetting::named("barrier").with("threshold", 0.05);
        let (found, own) = returns_of(&target, &panel(&close), &array![[1]], 3, 0.0);
        for (found, expected) in found.iter().zip([0.02 / 3.0, 0.08 / 3.0, 0.0]) {
            assert!((found - expected).abs() < 1e-8, "{found}, expected {expected}");
        }
        assert!((own[[0, 0]] - 0.1).abs() < 1e-6);
    }

    #[test]
    fn a_worked_example() {
        // One ticker, W = 2: Up at row 0, Down at row 1, Hold at row 2.
        let close = array![[100.0], [110.0], [99.0], [121.0], [60.0]];
        let found = returns(&close, &array![[1], [2], [0]], 2, 100.0);
        let expected = [
            0.5 * 10.0 / 100.0 - 0.5 * 0.01,
            0.5 * -11.0 / 100.0 + 0.5 * 11.0 / 110.0 - 0.5 * 0.01,
            -0.5 * 22.0 / 110.0,
            0.0,
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
        }
    }

    #[test]
    fn the_next_known_close_carries_the_change_over_an_unknown_one() {
        let close = array![[100.0], [f64::NAN], [110.0], [100.0]];
        assert_eq!(returns(&close, &array![[1]], 2, 0.0), [0.0, 0.05, 0.0]);
    }

    proptest! {
        #[test]
        fn the_rows_add_up_to_the_returns_of_all_decisions(
            closes in prop::collection::vec((5.0f64..15.0, 5.0f64..15.0), 8..40),
            classes in prop::collection::vec((0usize..3, 0usize..3), 40),
            time_window in 1usize..6,
            cost in 0.0f64..50.0,
        ) {
            let rows = closes.len();
            let close = Array2::from_shape_fn((rows, 2), |(row, k)| if k == 0 { closes[row].0 } else { closes[row].1 });
            let decisions = rows - time_window;
            let classes = Array2::from_shape_fn((decisions, 2), |(row, k)| {
                if k == 0 { classes[row].0 } else { classes[row].1 }
            });
            let found: f64 = returns(&close, &classes, time_window, cost).iter().sum();
            let mut expected = 0.0;
            for ((row, k), &class) in classes.indexed_iter() {
                let side = [0.0, 1.0, -1.0][class];
                let change = close[[row + time_window, k]] / close[[row, k]] - 1.0;
                expected += (side * change - f64::abs(side) * cost / 1e4) / (2 * time_window) as f64;
            }
            prop_assert!((found - expected).abs() < 1e-12, "{} {}", found, expected);
        }
    }
}
