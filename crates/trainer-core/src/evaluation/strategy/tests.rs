use super::Strategy;
use super::*;
use crate::decision::Decision;
use artifact_core::IndexSet;
use data_loader::{LabelMatrix, Panel, Windows};
use ndarray::{Array2, Array3, array};
use proptest::prelude::*;
use settings::part::PartSetting;

/// Predicts one class for each sample with certainty.
fn certain(classes: &Array2<usize>) -> Array3<f32> {
    let (rows, tickers) = classes.dim();
    Array3::from_shape_fn((rows, tickers, 3), |(row, k, class)| {
        f32::from(u8::from(classes[[row, k]] == class))
    })
}

/// Bars of one day each; the open of the first row is its close.
fn panel(open: impl Fn(usize, usize) -> f64, close: &Array2<f64>) -> Panel {
    let values =
        Array3::from_shape_fn((close.nrows(), close.ncols(), 5), |(row, ticker, column)| match column {
            0 => open(row, ticker),
            _ => close[[row, ticker]],
        });
    let tickers = (0..close.ncols()).map(|ticker| format!("T{ticker}")).collect();
    Panel::new(tickers, chrono::NaiveDate::default().iter_days().take(close.nrows()).collect(), values)
        .unwrap()
}

/// Bars that open at the last close: nothing happens at night.
fn without_nights(close: &Array2<f64>) -> Panel {
    panel(|row, ticker| close[[row.saturating_sub(1), ticker]], close)
}

fn horizon() -> PartSetting {
    PartSetting::named("horizon").with("threshold", 0.01).with("entry", "next_open")
}

/// The strategy that follows `classes`, the first of which is decided in row 0.
fn follow(target: &PartSetting, panel: &Panel, classes: &Array2<usize>, time_window: usize) -> Strategy {
    let target = data_loader::targets::builtin().choose(target).unwrap();
    let labels = LabelMatrix::of(panel, &target, time_window).unwrap();
    let features = Array2::zeros((panel.rows(), 1));
    let indices = IndexSet::from_range(0..classes.nrows());
    let windows = Windows { seq_length: 1, time_window };
    let set = SequenceSet::labelled(features.view(), &labels, &indices, windows).priced(panel);
    super::super::strategy(certain(classes).view(), &set, &Decision::MOST_PROBABLE, Costs::FREE).unwrap()
}

/// The same strategy at a cost per side.
fn at(strategy: &Strategy, per_side_bps: f64) -> Strategy {
    Strategy { costs: Costs::per_side(per_side_bps), ..strategy.clone() }
}

fn all_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-8, "{found:?}, expected {expected:?}");
    }
}

#[test]
fn a_worked_example() {
    // One ticker, W = 2: Up at row 0, Down at row 1, Hold at row 2.
    let close = array![[100.0], [110.0], [99.0], [121.0], [60.0]];
    let found = follow(&horizon(), &without_nights(&close), &array![[1], [2], [0]], 2);
    assert_eq!(found.rows(), [1, 2, 3, 4]);
    // Half the capital is bought, half sold short while the first half is held, and both are closed.
    all_close(found.traded(), &[0.5, 1.0, 0.5, 0.0]);
    let gross = [0.5 * 10.0 / 100.0, 0.5 * -11.0 / 100.0 + 0.5 * 11.0 / 110.0, -0.5 * 22.0 / 110.0, 0.0];
    all_close(&found.returns_at(0.0), &gross);
    all_close(&found.returns_at(100.0), &[gross[0] - 0.005, gross[1] - 0.01, gross[2] - 0.005, 0.0]);
    let figures = at(&found, 100.0).figures();
    assert_eq!((figures.bars, figures.trades, figures.hit_rate), (4, 2, Some(0.0)));
    assert_eq!((figures.bars_per_year, figures.turnover), (365.25, 0.5));
    assert!(figures.sharpe.unwrap() < 0.0 && figures.max_drawdown > 0.1);
}

#[test]
fn what_is_held_on_costs_nothing_and_earns_the_night() {
    // Opens 1 % above the last close, closes at the open.
    let close = Array2::from_shape_fn((12, 1), |(row, _)| 100.0 * 1.01_f64.powi(row as i32));
    let market = panel(|row, _| close[[row, 0]], &close);
    let up = Array2::from_elem((8, 1), 1);
    let found = follow(&horizon(), &market, &up, 3);
    // Thirds are bought at the first three opens and sold at the last three closes.
    let third = 1.0 / 3.0;
    let expected = [third, third, third, 0.0, 0.0, 0.0, 0.0, third, third, third];
    all_close(found.traded(), &expected);
    // All of the capital is held over each of the nights between.
    assert!(
        found.returns_at(0.0)[3..8].iter().all(|own| (own - 0.01).abs() < 5e-4),
        "{:?}",
        found.returns_at(0.0)
    );
    let held = follow(&horizon(), &market, &up, 1);
    all_close(held.traded(), &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    // Who stays in the market for single rows holds it all the time; the first night is missed.
    all_close(&held.returns_at(0.0), &[0.0, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]);
    let alternating = Array2::from_shape_fn((8, 1), |(row, _)| row % 2);
    let found = follow(&horizon(), &market, &alternating, 1);
    all_close(found.traded(), &[0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0]);
}

#[test]
fn a_trade_ends_at_its_barrier() {
    // Enters at the open of row 1, which is the close of row 0; the upper barrier is 105, crossed at 110.
    let close = array![[100.0], [102.0], [110.0], [60.0]];
    let target = PartSetting::named("barrier").with("threshold", 0.05);
    let found = follow(&target, &without_nights(&close), &array![[1]], 3);
    all_close(&found.returns_at(0.0), &[0.02 / 3.0, 0.08 / 3.0, 0.0]);
    all_close(found.traded(), &[1.0 / 3.0, 1.0 / 3.0, 0.0]);
}

#[test]
fn the_next_known_close_carries_the_change_over_an_unknown_one() {
    let close = array![[100.0], [f64::NAN], [110.0], [100.0]];
    let target = horizon().with("entry", "close");
    all_close(&follow(&target, &without_nights(&close), &array![[1]], 2).returns_at(0.0), &[0.0, 0.05]);
}

#[test]
fn tickers_add_up_and_other_costs_are_stated() {
    let close = Array2::from_shape_fn((30, 2), |(row, ticker)| 100.0 + ((row * (7 + ticker)) % 11) as f64);
    let classes = Array2::from_shape_fn((20, 2), |(row, ticker)| (row + ticker) % 3);
    let found = follow(&horizon(), &without_nights(&close), &classes, 4);
    let sum = |of: fn(&TickerStrategy) -> f64| found.tickers().iter().map(of).sum::<f64>();
    let close_to = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close_to(sum(|own| own.gross), found.returns_at(0.0).iter().sum());
    close_to(sum(|own| own.traded), found.traded().iter().sum());
    let costs = found.costs();
    assert_eq!(costs.iter().map(|point| point.cost_bps).collect::<Vec<_>>(), COSTS);
    for point in costs {
        let figures = at(&found, point.cost_bps).figures();
        assert_eq!((point.mean_return, point.sharpe), (figures.mean_return, figures.sharpe));
        close_to(
            figures.mean_return,
            at(&found, 0.0).figures().mean_return - figures.turnover * point.cost_bps / 1e4,
        );
    }
    assert_eq!(found.returns_on(0..3).values[0], 0.0);
    assert_eq!(at(&found, 5.0).returns_on(1..31).values[..found.rows().len()], found.returns_at(5.0));
}

#[test]
fn a_set_without_prices_or_returns_has_no_strategy() {
    let (features, labels) = (Array2::zeros((3, 1)), array![[1], [1], [1]]);
    let returns = Array2::from_elem((3, 1), 0.1);
    let windows = Windows { seq_length: 1, time_window: 1 };
    let indices = IndexSet::from_range(0..2);
    let up = |_, _| 1;
    let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
    assert_eq!(Strategy::of(&up, &set, Costs::FREE), None);
    let none = Array2::from_elem((3, 1), f32::NAN);
    let set = SequenceSet::new(features.view(), labels.view(), none.view(), &indices, windows);
    assert_eq!(Strategy::of(&up, &set, Costs::FREE), None);
}

#[test]
fn buying_and_holding_drifts_and_pays_twice() {
    let close = array![[100.0, f64::NAN], [110.0, 50.0], [99.0, 100.0], [99.0, 75.0]];
    let market = without_nights(&close);
    let (returns, figures) = buy_and_hold(&Market::of(&market), &[1, 2, 3], &Costs::per_side(100.0)).unwrap();
    // Values 1, 1.05, then 0.495 + 1, then 0.495 + 0.75. The second ticker is bought when it is listed.
    let gross = [0.05, 1.495 / 1.05 - 1.0, 1.245 / 1.495 - 1.0];
    all_close(&returns, &[gross[0] - 0.01, gross[1], gross[2] - 0.01245]);
    assert_eq!((figures.trades, figures.hit_rate, figures.bars), (2, Some(0.5), 3));
    assert!(
        buy_and_hold(&Market::of(&market), &[0, 1], Costs::FREE).is_none(),
        "no close before the first row"
    );
    assert!(buy_and_hold(&Market::of(&market), &[], Costs::FREE).is_none());
}

#[test]
fn ruin_is_a_full_drawdown() {
    for (returns, expected) in [
        (&[0.5, -1.0, 3.0][..], 1.0),
        (&[0.5, -2.0], 1.0),
        (&[], 0.0),
        (&[1e300, 1e300, -0.5], 0.5),
        (&[-0.5, 0.5, 1.0], 0.5),
    ] {
        assert_eq!(max_drawdown(returns), expected);
    }
}

#[test]
fn few_or_equal_returns_have_no_sharpe_ratio() {
    for returns in [vec![], vec![0.3], vec![0.1; 10]] {
        assert_eq!(Series::of(&returns, 252.0).sharpe, None);
    }
    let found = Series::of(&[0.01, -0.02, 0.03], 100.0);
    let deviation =
        ((0.02_f64 / 3.0 - 0.01).powi(2) + (0.02 / 3.0 + 0.02_f64).powi(2) + (0.02 / 3.0 - 0.03_f64).powi(2))
            / 2.0;
    assert!((found.sharpe.unwrap() - 0.02 / 3.0 / deviation.sqrt() * 10.0).abs() < 1e-12);
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
        let found: f64 = follow(&horizon(), &without_nights(&close), &classes, time_window).returns_at(cost).iter().sum();
        let part = 1.0 / (2 * time_window) as f64;
        let side = |class: usize| [0.0, 1.0, -1.0][class];
        let mut expected = 0.0;
        for ((row, k), &class) in classes.indexed_iter() {
            expected += part * side(class) * (close[[row + time_window, k]] / close[[row, k]] - 1.0);
        }
        // The net position of a row is that of the decisions before it that are still held.
        for k in 0..2 {
            let net = |row: usize| -> f64 {
                let decided = row.saturating_sub(time_window)..row.min(decisions);
                decided.map(|decision| part * side(classes[[decision, k]])).sum()
            };
            expected -= (0..=rows).map(|row| (net(row + 1) - net(row)).abs()).sum::<f64>() * cost / 1e4;
        }
        prop_assert!((found - expected).abs() < 1e-7, "{} {}", found, expected);
    }
}
