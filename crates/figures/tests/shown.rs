//! What may be printed of figures, and what JSON outputs hold of them.

mod support;

use artifact_core::Component;
use artifact_core::schema::{DecisionRule, Evaluation, Impact, Spread, TrainingSettings};
use figures::{
    Figure, FigureValue, Shown, TestTable, assumptions, buy_and_hold_values, difference_values, model_values,
    values,
};
use serde_json::json;
use support::{Setup, classes, mcc, rank_ic};

fn shown(figure: &str, evaluation: &Evaluation) -> Shown {
    Figure::named(figure).expect("a figure of that name").shown(evaluation)
}

/// Checks why a figure of the model is not shown.
fn check(setup: Setup, figure: &str, reason: &str) {
    assert_eq!(shown(figure, &setup.test.model).why_not(), Some(reason), "{figure}");
}

fn earning() -> Setup {
    mcc(0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])).earns(0.125, Some(0.8), Some([-0.2, 1.8]))
}

#[test]
fn a_figure_that_is_not_shown_has_a_reason() {
    let few = "5 samples of 1 independent row; at least 10 independent rows are needed";
    for figure in
        ["mcc", "accuracy", "log_loss", "strategy.sharpe", "strategy.mean_return", "strategy.hit_rate"]
    {
        check(earning().rows(5, Some(1)), figure, few);
    }
    check(earning().rows(9, None), "accuracy", "9 samples; at least 10 are needed");
    for figure in ["strategy.sharpe", "strategy.max_drawdown", "strategy.mean_return", "strategy.hit_rate"] {
        check(earning().strategy(|own| own.bars = 59), figure, "59 bars; at least 60 are needed");
        check(mcc(0.1), figure, "no sample has a return");
        check(mcc(0.1).earlier(true), figure, "computed another way by an earlier version");
    }
    check(earning().strategy(|own| own.sharpe = None), "strategy.sharpe", "returns do not vary");
    check(earning().strategy(|own| own.hit_rate = None), "strategy.hit_rate", "there is no trade");
    check(earning().model_figures(|own| own.mcc = None), "mcc", "only one class is true for every ticker");
    check(mcc(0.1).earlier(true), "mcc", "not computed by earlier versions");
    check(mcc(0.1).earlier(false), "log_loss_skill", "not computed by earlier versions");
    check(rank_ic(0.1), "log_loss", "numbers are predicted");
    check(mcc(0.1), "numbers.rank_ic", "classes are predicted");
    check(rank_ic(0.1), "numbers.coverage", "no quantiles are predicted");
    let single = |dates| rank_ic(0.0).edit(move |own| own.numbers.iter_mut().for_each(|n| n.dates = dates));
    check(single(0), "numbers.rank_ic", "no date has several tickers whose numbers differ");
    check(single(1), "numbers.rank_icir", "fewer than two dates have several tickers whose numbers differ");
    assert_eq!(shown("numbers.rank_ic", &single(1).test.model), Shown::Value(0.0));
}

#[test]
fn counts_and_turnover_are_shown_of_any_rows() {
    let model = earning().rows(5, Some(1)).strategy(|own| own.bars = 3).test.model;
    assert_eq!(shown("strategy.trades", &model), Shown::Value(900.0));
    assert_eq!(shown("strategy.turnover", &model), Shown::Value(0.2));
}

#[test]
fn slippage_is_shown_only_where_it_is_charged() {
    let names = |setup: &Setup| Figure::of(&setup.test.model).map(|own| own.name).collect::<Vec<_>>();
    let free = earning();
    assert!(!names(&free).iter().any(|name| Evaluation::SLIPPAGE_FIGURES.contains(name)));
    check(earning(), "strategy.slippage", "no such cost is charged");
    let table = |setup: &Setup| TestTable::of(&setup.test).to_text();
    assert!(!table(&free).contains("slippage"), "{}", table(&free));
    let spread = earning().strategy(|own| own.slippage = Some(1.234e-4));
    check(
        earning().strategy(|own| own.slippage = Some(1e-4)),
        "strategy.participation",
        "no such cost is charged",
    );
    assert_eq!(shown("strategy.slippage", &spread.test.model), Shown::Value(1.234e-4));
    assert!(
        table(&spread).contains("slippage (bps)") && table(&spread).contains("1.23"),
        "{}",
        table(&spread)
    );
    let both = earning()
        .rows(5, Some(1))
        .strategy(|own| (own.slippage, own.participation) = (Some(0.0), Some(1.25)));
    let all = model_values(&both.test);
    let found = of(&all, "strategy.participation");
    assert_eq!((found.value, found.unit), (Some(1.25), "share of mean traded value"), "a fact of any rows");
    assert!(table(&both).contains("125.0 %"), "{}", table(&both));
    let said = spread.verdict().text();
    assert!(said.contains("After 5 bps per side and 1.23 bps of slippage per bar it earned"), "{said}");
}

#[test]
fn assumptions_say_which_costs_are_charged() {
    let test = earning().test;
    let said = |spread_bps: Spread, impact: Option<Impact>| {
        let training = TrainingSettings { spread_bps, impact, ..training() };
        assumptions(&test, &training, "barrier", 5)[1].clone()
    };
    let million = Some(Impact { coefficient: 0.8, capital: 1_234_567.0, days: 20 });
    let by_ticker = |table: &[(&str, f64)]| {
        Spread::ByTicker(table.iter().map(|(ticker, own)| ((*ticker).to_owned(), *own)).collect())
    };
    let before = "What is bought or sold costs 5.0 bps per side, on changes of a ticker's net position: what a new \
                  decision continues is neither sold nor bought. ";
    let after = "There is no other slippage, no market impact, no fee for borrowing stock, and no interest on idle \
                 capital; profits are not invested again.";
    assert_eq!(said(Spread::NONE, None), format!("{before}{after}"), "as before there was a choice");
    let half = "A side also pays half the quoted bid-ask spread, which is ";
    for (spread, size) in [
        (Spread::Same(3.0), "3 bps for every ticker. "),
        (by_ticker(&[("A", 4.0), ("B", 4.0)]), "4 bps for every ticker. "),
        (by_ticker(&[("A", 9.0), ("B", 1.0), ("C", 2.0)]), "2 bps in the median over tickers, 1 to 9 bps. "),
        (by_ticker(&[("A", 0.5), ("B", 1.0)]), "0.75 bps in the median over tickers, 0.5 to 1 bps. "),
    ] {
        assert_eq!(said(spread, None), format!("{before}{half}{size}{after}"));
    }
    let found = said(Spread::Same(3.0), million);
    for part in [
        "3 bps for every ticker. Market impact follows the square-root law: ",
        "costs 0.8 times the standard deviation of its returns times the root of its share",
        "both over the 20 bars before; the capital is 1,234,567 in the currency",
        "There is no other slippage, no fee for borrowing stock",
    ] {
        assert!(found.contains(part), "{found}");
    }
}

fn training() -> TrainingSettings {
    TrainingSettings {
        model: Component::new("gru", 1),
        objective: Component::new("mcc", 2),
        focal_gamma: 2.0,
        class_weight_mix: 1.0,
        accumulation_steps: 1,
        gradient_clip: 1.0,
        warmup_fraction: 0.1,
        patience: 8,
        samples_per_epoch: 0,
        uniqueness: false,
        time_decay: 1.0,
        seeds: 1,
        decision: DecisionRule::MostProbable,
        calibration: artifact_core::schema::Calibrator::None,
        cost_bps: 5.0,
        spread_bps: Spread::NONE,
        impact: None,
    }
}

#[test]
fn the_minimum_is_enough() {
    let model = earning().rows(10, Some(10)).strategy(|own| own.bars = 60).test.model;
    for figure in Figure::of(&model).filter(|figure| figure.name != "log_loss_skill") {
        assert!(figure.shown(&model).value().is_some(), "{}", figure.name);
    }
    assert_eq!(shown("accuracy", &mcc(0.1).rows(10, None).test.model), Shown::Value(0.5));
}

fn of<'a>(all: &'a [FigureValue], figure: &str) -> &'a FigureValue {
    all.iter().find(|own| own.figure == figure).expect("the figure")
}

#[test]
fn json_holds_unit_interval_and_observations() {
    let test = earning().hold(0.05, Some([0.075, 0.01, 0.14])).test;
    let all = model_values(&test);
    let json = serde_json::to_value(of(&all, "strategy.sharpe")).expect("plain JSON");
    let expected = json!({
        "figure": "strategy.sharpe",
        "title": "Sharpe ratio, annualised",
        "unit": "per year",
        "better": "higher",
        "value": 0.8,
        "low": -0.2,
        "high": 1.8,
        "level": 0.95,
        "independent_observations": 120,
        "why_absent": null,
    });
    assert_eq!(json, expected);
    assert!(all.iter().all(|own| !own.figure.starts_with("numbers.")));
    assert_eq!(of(&all, "mcc").low, None);

    let linear = values(&test.baselines[0].evaluation);
    let reason = of(&linear, "strategy.sharpe").why_absent.as_deref();
    assert_eq!(reason, Some("no sample has a return"));

    let differences = difference_values(&test, "linear");
    let own = of(&differences, "mcc");
    assert_eq!((own.value, own.low, own.high), (Some(0.042), Some(0.010), Some(0.074)));
    assert_eq!(of(&differences, "strategy.sharpe").value, None);
    assert!(difference_values(&test, "gbdt").is_empty());

    let hold = difference_values(&test, "buy_and_hold");
    assert!(hold.iter().all(|own| own.figure.starts_with("strategy.")));
    assert!(of(&hold, "strategy.mean_return").low.is_some());
    assert_eq!(of(&buy_and_hold_values(&test), "strategy.mean_return").value, Some(0.0002));
}

#[test]
fn what_is_not_shown_is_absent_with_its_interval() {
    let setup = earning().rows(5, Some(1));
    let all = model_values(&setup.test);
    let own = of(&all, "strategy.sharpe");
    assert_eq!((own.value, own.low, own.high, own.level), (None, None, None, None));
    assert_eq!(own.independent_observations, Some(1));
    assert!(own.why_absent.is_some());
    assert_eq!(of(&difference_values(&setup.test, "linear"), "mcc").value, None);
}

#[test]
fn an_interval_of_no_numbers_is_left_out() {
    let test = classes(("accuracy", 1), "accuracy", 0.5).vs("linear", 0.4, Some([f64::NAN, 0.0, 0.2])).test;
    let differences = difference_values(&test, "linear");
    let own = of(&differences, "accuracy");
    assert_eq!((own.low, own.high), (None, None));
    assert!((own.value.unwrap_or_default() - 0.1).abs() < 1e-12);
}
