//! The returns of acting on the predictions, row by row.

use super::{predictor, trading};
use artifact_core::schema::DailyReturns;
use data_loader::{SequenceSet, Subset};
use ndarray::{ArrayView2, ArrayView3};
use std::ops::Range;

/// Marks the strategy of `probabilities`, `(sequences, tickers, CLASSES)` in sequence order, to market at each row of
/// `rows`.
///
/// Trials with different windows decide on different rows and hold for different lengths. To make them comparable row
/// by row, the capital is cut into `K W` equal parts, `W` (the label window) for each of the `K` tickers (overlapping
/// portfolios, after Jegadeesh and Titman 1993): each decision invests one part and holds it for `W` rows, and every
/// row `t` earns
///
/// `1 / (K W) * sum of side(d, k) * (close[t, k] - close[t - 1, k]) / close[d, k]`
///
/// over the tickers `k` and the decisions `d` that are held at `t`, `d < t <= d + W`; `side` is +1 for Up, -1 for Down
/// and 0 for Hold. A decision to trade costs `cost_bps` of its part, charged on the row after it. Over its `W` rows a
/// part earns exactly the return that the other figures use. Uninvested capital earns nothing.
///
/// A sample counts under the same conditions as in [`evaluate`](super::evaluate). `close` is `(rows, tickers)`; after
/// an unknown close, the next known one carries the whole change. Rows outside `rows` are left out.
///
/// # Panics
///
/// When `set` and `probabilities` differ in the number of sequences or tickers, `set` and `close` in the number of
/// tickers, or `set` decides at a row that `close` does not have.
pub fn daily_returns<P: Subset>(
    probabilities: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
    close: ArrayView2<'_, f64>,
    rows: Range<usize>,
    cost_bps: f64,
) -> DailyReturns {
    assert_eq!(set.ticker_count(), close.ncols(), "labels and closes must have the same tickers");
    let predict = predictor(probabilities);
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
        // Without cost: it is charged below, on the first row that the position is held.
        for trade in trading::trades(&class, set, position, 0.0) {
            let invested = trade.position * part;
            if invested == 0.0 {
                continue;
            }
            earn(decided + 1, -part * cost_bps / 1e4);
            let entry = close[[decided, trade.ticker]];
            let mut last = entry;
            for row in decided + 1..(decided + 1 + set.windows.time_window).min(close.nrows()) {
                let now = close[[row, trade.ticker]];
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
        let horizon = settings::part::PartSetting::named("horizon").with("threshold", 0.01);
        let horizon = data_loader::targets::builtin().choose(&horizon).unwrap();
        let mut labels = Array2::zeros(close.dim());
        for (closes, mut labels) in close.columns().into_iter().zip(labels.columns_mut()) {
            let closes = closes.to_vec();
            let bars = data_loader::TickerBars::new([&closes[..]; 5]).unwrap();
            let codes = data_loader::targets::labels(&bars, &horizon, time_window).unwrap();
            labels.assign(&ndarray::Array1::from(codes));
        }
        let change = data_loader::targets::returns(close.view(), time_window);
        let features = Array2::zeros((close.nrows(), 1));
        let indices = IndexSet::from_range(0..classes.nrows());
        let set = SequenceSet::new(
            features.view(),
            labels.view(),
            change.view(),
            &indices,
            Windows { seq_length: 1, time_window },
        );
        daily_returns(certain(classes).view(), &set, close.view(), 1..close.nrows(), cost_bps).values
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
