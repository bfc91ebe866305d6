//! What may be printed of figures, and what JSON outputs hold of them.

mod support;

use artifact_core::schema::Evaluation;
use figures::{Figure, FigureValue, Shown, buy_and_hold_values, difference_values, model_values, values};
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
