use super::*;
use crate::decision::Decision;
use crate::evaluation::{Strategy, buy_and_hold, evaluate, strategy};
use artifact_core::IndexSet;
use data_loader::{LabelMatrix, SequenceSet, Windows};
use ndarray::{Array2, Array3};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use settings::part::PartSetting;
use std::collections::BTreeMap;

/// Bars of one day each that open at the last close: `(close, volume)` by row and ticker.
fn panel(bars: &Array2<(f64, f64)>) -> Panel {
    let values =
        Array3::from_shape_fn((bars.nrows(), bars.ncols(), 5), |(row, ticker, column)| match column {
            0 => bars[[row.saturating_sub(1), ticker]].0,
            4 => bars[[row, ticker]].1,
            _ => bars[[row, ticker]].0,
        });
    let tickers = (0..bars.ncols()).map(|ticker| format!("T{ticker}")).collect();
    Panel::new(tickers, chrono::NaiveDate::default().iter_days().take(bars.nrows()).collect(), values)
        .unwrap()
}

/// One ticker.
fn single(bars: &[(f64, f64)]) -> Panel {
    panel(&Array2::from_shape_vec((bars.len(), 1), bars.to_vec()).unwrap())
}

/// Bars that differ from row to row and from ticker to ticker.
fn bars(rows: usize, tickers: usize) -> Array2<(f64, f64)> {
    Array2::from_shape_fn((rows, tickers), |(row, ticker)| {
        (100.0 + ((row * (7 + 2 * ticker)) % 11) as f64, 1e3 + ((row * (5 + ticker)) % 13) as f64 * 100.0)
    })
}

fn impact(capital: f64, days: usize) -> Costs {
    Costs { impact: Some(Impact { coefficient: 1.0, capital, days }), ..Costs::FREE.clone() }
}

fn spread(spread: Spread) -> Costs {
    Costs { spread_bps: spread, ..Costs::FREE.clone() }
}

fn by_ticker(table: &[(&str, f64)]) -> Spread {
    Spread::ByTicker(table.iter().map(|(ticker, own)| ((*ticker).to_owned(), *own)).collect())
}

/// Predicts one class for each sample with certainty.
fn certain(classes: &Array2<usize>) -> Array3<f32> {
    let (rows, tickers) = classes.dim();
    Array3::from_shape_fn((rows, tickers, 3), |(row, k, class)| {
        f32::from(u8::from(classes[[row, k]] == class))
    })
}

/// What the strategy that follows `classes`, the first of which is decided in row `from`, earns and pays.
fn follow(panel: &Panel, classes: &Array2<usize>, from: usize, costs: &Costs) -> Strategy {
    let target = PartSetting::named("horizon").with("threshold", 0.01).with("entry", "next_open");
    let target = data_loader::targets::builtin().choose(&target).unwrap();
    let labels = LabelMatrix::of(panel, &target, 2).unwrap();
    let features = Array2::zeros((panel.rows(), 1));
    let indices = IndexSet::from_range(from..from + classes.nrows());
    let windows = Windows { seq_length: 1, time_window: 2 };
    let set = SequenceSet::labelled(features.view(), &labels, &indices, windows).priced(panel);
    let found = strategy(certain(classes).view(), &set, &Decision::MOST_PROBABLE, costs).unwrap();
    let scoring = crate::evaluation::Scoring::plain(costs);
    let evaluated = evaluate(certain(classes).view(), &set, &scoring).strategy;
    assert_eq!(evaluated, Some(found.figures()), "both ways of one strategy");
    found
}

fn all_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-12, "{found:?}, expected {expected:?}");
    }
}

#[test]
fn a_worked_example() {
    // Up at row 3: half the capital is bought at the open of row 4, and sold at the close of row 5.
    let panel = single(&[
        (100.0, 10.0),
        (110.0, 20.0),
        (99.0, 30.0),
        (99.0, 0.0),
        (99.0, 10.0),
        (99.0, 5.0),
        (99.0, 7.0),
    ]);
    let classes = Array2::from_elem((1, 1), 1);
    let free = follow(&panel, &classes, 3, Costs::FREE);
    all_close(&free.returns(), &[0.0, 0.0]);
    let both = Costs { spread_bps: by_ticker(&[("T0", 8.0)]), per_side_bps: 10.0, ..impact(4000.0, 3) };
    let found = follow(&panel, &classes, 3, &both);
    // Returns of rows 1 to 3: .1, -.1, 0; value of rows 1 to 3: 2200, 2970, 0. 2000 are traded.
    let deviation = 0.1;
    let value = (2200.0 + 2970.0 + 0.0) / 3.0;
    assert!(2000.0 / value > 1.0, "more than all is charged as all");
    let bought = 0.5 * (4e-4 + deviation);
    // Of rows 2 to 4: -.1, 0, 0 and 2970, 0, 990.
    let deviation = (2.0 * 0.1f64 * 0.1 / 3.0 / 2.0).sqrt();
    let value = (2970.0 + 0.0 + 990.0) / 3.0;
    let sold = 0.5 * (4e-4 + deviation);
    all_close(found.slippage(), &[bought, sold]);
    all_close(&found.returns(), &[-bought - 5e-4, -sold - 5e-4]);
    let figures = found.figures();
    assert_eq!((figures.cost_bps, figures.turnover), (10.0, 0.5));
    all_close(
        &[figures.slippage.unwrap(), figures.participation.unwrap()],
        &[(bought + sold) / 2.0, 2000.0 / value],
    );
    assert!((found.earned(0) + bought + sold + 1e-3).abs() < 1e-12);
    // A hundredth of the capital is below all of the volume: the square root counts.
    let small = follow(&panel, &classes, 3, &impact(40.0, 3));
    let value = (2200.0 + 2970.0) / 3.0;
    let bought = 0.05 * f64::sqrt(20.0 / value);
    all_close(&small.slippage()[..1], &[bought]);
    // Costs per side vary, the rest stays.
    for point in found.costs() {
        let mean = -(found.slippage().iter().sum::<f64>() + point.cost_bps / 1e4) / 2.0;
        all_close(&[point.mean_return], &[mean]);
    }
}

#[test]
fn what_is_traded_of_a_ticker_within_a_bar_is_one_order() {
    let panel = single(&bars(8, 1).into_raw_vec_and_offset().0);
    let market = Market::of(&panel);
    let costs = impact(1e4, 5);
    let slippage = Slippage::of(&costs, &market).unwrap();
    let (half, whole) = (slippage.charge(7, 0, 0.5), slippage.charge(7, 0, 1.0));
    all_close(&[whole.cost], &[2.0 * 2.0f64.sqrt() * half.cost]);
    all_close(&[whole.participation], &[2.0 * half.participation]);
    assert_eq!(slippage.charge(7, 0, 0.0), Charge::default());
}

#[test]
fn the_latest_known_values_count_over_gaps_and_at_the_start() {
    let nan = (f64::NAN, f64::NAN);
    let mut all = bars(20, 2);
    all.slice_mut(ndarray::s![8..18, 0]).fill(nan);
    all.slice_mut(ndarray::s![..15, 1]).fill(nan);
    let panel = panel(&all);
    let market = Market::of(&panel);
    let costs = impact(1e4, 4);
    let slippage = Slippage::of(&costs, &market).unwrap();
    let charge = |row, ticker| slippage.charge(row, ticker, 0.1);
    // After the gap begins, the window that still had two returns, and the one that still had a volume.
    let value = slippage.mean_traded_value(11, 4, 0).unwrap();
    assert_eq!(value, all[[7, 0]].0 * all[[7, 0]].1, "the last one before the gap");
    all_close(&[charge(16, 0).participation], &[1e3 / value]);
    let deviation = slippage.deviation(10, 4, 0).unwrap();
    assert_eq!(slippage.deviation(11, 4, 0), None);
    all_close(&[charge(16, 0).cost], &[0.1 * deviation * (1e3 / value).min(1.0).sqrt()]);
    // A ticker that was not listed yet moves like the most restless one, and a trade takes all that is traded of it.
    assert_eq!(charge(15, 1), Charge { cost: 0.1 * deviation, participation: 1.0 });
    // One bar later its volume is known, two returns later its own deviation.
    assert!(charge(16, 1).participation < 1.0);
    all_close(
        &[charge(18, 1).cost],
        &[0.1 * slippage.deviation(18, 4, 1).unwrap() * charge(18, 1).participation.sqrt()],
    );
    // Nothing is known of any ticker.
    assert_eq!(charge(0, 0), Charge { cost: 0.1 * UNKNOWN_DEVIATION, participation: 1.0 });
    assert!(charge(2, 0).cost > 0.0 && charge(2, 0).participation < 1.0);
    // Prices that do not move say nothing of what moving them costs.
    let still = single(&[(5.0, 9.0), (5.0, 9.0), (5.0, 9.0), (5.0, 0.0), (5.0, 0.0), (5.0, 0.0)]);
    let market = Market::of(&still);
    let slippage = Slippage::of(&costs, &market).unwrap();
    assert!(slippage.charge(5, 0, 1.0).cost > 0.0);
}

#[test]
fn equal_spreads_are_half_as_much_cost_per_side() {
    let panel = panel(&bars(30, 3));
    let classes = Array2::from_shape_fn((20, 3), |(row, ticker)| (row * (ticker + 2)) % 3);
    let table = by_ticker(&[("T0", 6.0), ("T2", 6.0), ("default", 6.0)]);
    let raised = follow(&panel, &classes, 3, &Costs::per_side(8.0));
    for own in [table, Spread::Same(6.0)] {
        let costs = Costs { spread_bps: own, ..Costs::per_side(5.0) };
        let found = follow(&panel, &classes, 3, &costs);
        all_close(&found.returns(), &raised.returns());
        let (of_found, of_raised) = (found.figures(), raised.figures());
        assert!((of_found.sharpe.unwrap() - of_raised.sharpe.unwrap()).abs() < 1e-9);
        assert_eq!((of_found.turnover, of_found.participation), (of_raised.turnover, None));
        all_close(&[of_found.slippage.unwrap()], &[of_found.turnover * 3e-4]);
        let held = |costs| buy_and_hold(&Market::of(&panel), &[4, 5, 6, 7], costs).unwrap().0;
        all_close(&held(&costs), &held(&Costs::per_side(8.0)));
    }
    let narrow = spread(by_ticker(&[("T0", 6.0), ("default", 0.0)]));
    let found = follow(&panel, &classes, 3, &narrow);
    let first = found.tickers()[0];
    all_close(&[first.slippage, found.tickers()[1].slippage], &[first.traded * 3e-4, 0.0]);
    all_close(&[found.slippage().iter().sum()], &[first.slippage]);
}

#[test]
fn buying_and_holding_pays_slippage_twice() {
    let panel = panel(&bars(12, 2));
    let market = Market::of(&panel);
    let rows = [6, 7, 8, 9];
    let costs = Costs { spread_bps: by_ticker(&[("T0", 10.0), ("T1", 20.0)]), ..impact(1e5, 4) };
    let (free, _) = buy_and_hold(&market, &rows, Costs::FREE).unwrap();
    let (found, figures) = buy_and_hold(&market, &rows, &costs).unwrap();
    let slippage = Slippage::of(&costs, &market).unwrap();
    let grown = |ticker: usize| 0.5 * market.close[[9, ticker]] / market.close[[5, ticker]];
    let bought: f64 = (0..2).map(|ticker| slippage.charge(6, ticker, 0.5).cost).sum();
    let sold: f64 = (0..2).map(|ticker| slippage.charge(9, ticker, grown(ticker)).cost).sum();
    assert!(bought > 7.5e-4 && sold > 7e-4);
    all_close(&found, &[free[0] - bought, free[1], free[2], free[3] - sold]);
    all_close(&[figures.slippage.unwrap()], &[(bought + sold) / 4.0]);
    assert!(figures.participation.unwrap() > 0.0);
}

#[test]
fn tickers_that_cannot_be_charged_are_refused_by_key() {
    let mut all = bars(6, 2);
    let refused = |costs: &Costs, panel: &Panel, parts: &[&str]| {
        let said = costs.check_panel(panel).unwrap_err().to_string();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    };
    let known = panel(&all);
    for fine in [
        Costs::per_side(5.0),
        spread(Spread::Same(3.0)),
        spread(by_ticker(&[("default", 1.0)])),
        spread(by_ticker(&[("T0", 1.0), ("T1", 0.0)])),
        impact(1e6, 20),
    ] {
        fine.check_panel(&known).unwrap();
        fine.check().unwrap();
    }
    let other = spread(by_ticker(&[("AAPL", 1.0), ("default", 1.0)]));
    refused(&other, &known, &["training.spread_bps.AAPL: ", "no ticker AAPL, but T0, T1"]);
    let half = spread(by_ticker(&[("T1", 1.0)]));
    refused(&half, &known, &["training.spread_bps: has no spread for T0; ", "`default`"]);
    all.column_mut(1).iter_mut().for_each(|(_, volume)| *volume = 0.0);
    refused(&impact(1e6, 20), &panel(&all), &["training.impact: the bars of T1 have no volume"]);
    // A ticker that is listed later has no bars yet.
    all.column_mut(1).fill((f64::NAN, f64::NAN));
    impact(1e6, 20).check_panel(&panel(&all)).unwrap();
    for (costs, field) in [
        (Costs::per_side(f64::NAN), "cost_bps"),
        (spread(Spread::Same(-1.0)), "spread_bps"),
        (spread(by_ticker(&[("A", f64::INFINITY)])), "spread_bps.A"),
        (spread(Spread::ByTicker(BTreeMap::new())), "spread_bps"),
        (impact(0.0, 20), "impact.capital"),
        (impact(1.0, 1), "impact.days"),
    ] {
        assert_eq!(costs.check().unwrap_err().field, field);
    }
}

fn walks(rows: usize) -> impl proptest::strategy::Strategy<Value = Array2<(f64, f64)>> {
    let bar = (5.0f64..15.0, prop_oneof![4 => 0.0f64..1e6, 1 => Just(f64::NAN), 1 => Just(0.0)], 0..12);
    prop::collection::vec(bar, rows * 2).prop_map(move |bars| {
        Array2::from_shape_fn((rows, 2), |(row, ticker)| {
            let (close, volume, known) = bars[row * 2 + ticker];
            if known == 0 { (f64::NAN, f64::NAN) } else { (close, volume) }
        })
    })
}

proptest! {
    #[test]
    fn costs_are_never_negative_and_more_capital_never_costs_less(
        bars in walks(16),
        days in 2usize..8,
        (small, more) in (0.0f64..9.0, 0.0f64..4.0),
        coefficient in 0.0f64..3.0,
        row in 0usize..16,
        traded in 0.0f64..2.0,
    ) {
        let panel = panel(&bars);
        let market = Market::of(&panel);
        let of = |capital: f64| Costs {
            spread_bps: by_ticker(&[("T0", 3.0), ("default", 0.0)]),
            impact: Some(Impact { coefficient, capital, days }),
            per_side_bps: 0.0,
        };
        for ticker in 0..2 {
            let cost = |exponent: f64| {
                let costs = of(10f64.powf(exponent));
                Slippage::of(&costs, &market).unwrap().charge(row, ticker, traded)
            };
            let (first, second) = (cost(small), cost(small + more));
            prop_assert!(first.cost.is_finite() && first.cost >= 0.0, "{:?}", first);
            prop_assert!(second.cost >= first.cost && second.participation >= first.participation);
            prop_assert!(coefficient * traded < 1e-9 || first.cost > 0.0, "impact is never free: {:?}", first);
        }
    }

    /// What happens in a row, and later, changes nothing that is paid in it or before.
    #[test]
    fn later_bars_change_no_earlier_cost(
        bars in walks(16),
        others in walks(16),
        from in 0usize..16,
        days in 2usize..8,
    ) {
        let mut changed = bars.clone();
        changed.slice_mut(ndarray::s![from.., ..]).assign(&others.slice(ndarray::s![from.., ..]));
        let (before, after) = (panel(&bars), panel(&changed));
        let (before, after) = (Market::of(&before), Market::of(&after));
        let costs = impact(1e5, days);
        let (before, after) = (Slippage::of(&costs, &before).unwrap(), Slippage::of(&costs, &after).unwrap());
        for (row, ticker) in (0..=from.min(15)).flat_map(|row| [(row, 0), (row, 1)]) {
            prop_assert_eq!(before.charge(row, ticker, 0.3), after.charge(row, ticker, 0.3));
        }
    }

    #[test]
    fn no_spread_and_no_impact_are_today_s_returns_to_the_bit(
        classes in prop::collection::vec(0usize..3, 40),
        cost in 0.0f64..50.0,
    ) {
        let panel = panel(&bars(30, 2));
        let classes = Array2::from_shape_vec((20, 2), classes).unwrap();
        let plain = follow(&panel, &classes, 2, &Costs::per_side(cost));
        let expected: Vec<f64> = follow(&panel, &classes, 2, Costs::FREE).returns().iter().zip(plain.traded())
            .map(|(gross, traded)| gross - traded * cost / 1e4).collect();
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&plain.returns()), bits(&expected));
        let figures = plain.figures();
        prop_assert_eq!((figures.slippage, figures.participation), (None, None));
        let zero = Costs { spread_bps: by_ticker(&[("default", 0.0)]), ..Costs::per_side(cost) };
        let zero = follow(&panel, &classes, 2, &zero);
        prop_assert_eq!(bits(&zero.returns()), bits(&expected));
        prop_assert_eq!(zero.figures().slippage, Some(0.0));
    }
}
