//! Figures as JSON outputs hold them.

use crate::figure::{Better, Figure};
use crate::interval::Interval;
use crate::shown::Shown;
use artifact_core::schema::{Evaluation, TestMetrics};
use serde::Serialize;
use std::borrow::Cow;

/// A figure with its unit, its interval, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureValue {
    /// The written name: `strategy.sharpe`.
    pub figure: &'static str,
    /// The title for people: what it is of.
    pub title: Cow<'static, str>,
    /// The unit of the numbers below: `nats`, `fraction of capital per bar`.
    pub unit: &'static str,
    /// Which values are better.
    pub better: Better,
    /// The value, or the difference of two; null where it may not be shown.
    pub value: Option<f64>,
    /// The lower end of its interval, if it has one.
    pub low: Option<f64>,
    /// The upper end of its interval, if it has one.
    pub high: Option<f64>,
    /// The probability with which the interval holds the true value, between 0 and 1.
    pub level: Option<f64>,
    /// How many bars ahead each of the rows behind it looks: the label window of a prediction or a trade, 1 for what is of each
    /// bar. Left out where the output says it for all figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon_bars: Option<u64>,
    /// The number of independent rows behind it. Null in results that do not say.
    pub independent_observations: Option<u64>,
    /// Why there is no value; null where there is one.
    pub why_absent: Option<String>,
}

impl FigureValue {
    fn new(figure: &Figure, shown: Shown, interval: Option<Interval>, observations: Option<u64>) -> Self {
        let value = shown.value();
        let interval = interval.filter(|_| value.is_some());
        Self {
            figure: figure.name,
            title: figure.title.into(),
            unit: figure.unit.name(),
            better: figure.better,
            value,
            low: interval.map(|own| own.low),
            high: interval.map(|own| own.high),
            level: interval.map(|own| own.level),
            horizon_bars: None,
            independent_observations: observations,
            why_absent: shown.why_not().map(str::to_owned),
        }
    }
}

/// Every figure of a test with its unit and what stands behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestFigures {
    /// The model's, with their intervals.
    pub model: Vec<FigureValue>,
    /// Those of the baselines, and of `buy_and_hold`.
    pub baselines: Vec<NamedFigures>,
    /// The model's less theirs, with the intervals of the differences.
    pub differences: Vec<NamedFigures>,
}

/// Figures of something that has a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedFigures {
    /// The name of a baseline, or `buy_and_hold`.
    pub name: String,
    /// Its figures.
    pub figures: Vec<FigureValue>,
}

impl TestFigures {
    /// The figures of a test.
    pub fn of(test: &TestMetrics) -> Self {
        let named = |name: &str, figures| NamedFigures { name: name.to_owned(), figures };
        let hold = test.buy_and_hold.as_ref().map(|_| TestMetrics::BUY_AND_HOLD);
        let others = || test.baselines.iter().map(|own| own.name.as_str()).chain(hold);
        let figures = |name: &str| match test.baseline(name) {
            Some(evaluation) => values(evaluation),
            None => buy_and_hold_values(test),
        };
        Self {
            model: model_values(test),
            baselines: others().map(|name| named(name, figures(name))).collect(),
            differences: others().map(|name| named(name, difference_values(test, name))).collect(),
        }
    }
}

/// The figures of an evaluation that has no intervals, such as a baseline's, in the order in which they are presented.
pub fn values(evaluation: &Evaluation) -> Vec<FigureValue> {
    let value = |figure: &'static Figure| {
        FigureValue::new(figure, figure.shown(evaluation), None, evaluation.independent_rows)
    };
    Figure::of(evaluation).map(value).collect()
}

/// The model's figures on the test rows, with their intervals.
pub fn model_values(test: &TestMetrics) -> Vec<FigureValue> {
    let value = |figure: &'static Figure| {
        let interval = Interval::of(test.inference.as_ref(), figure.name);
        FigureValue::new(figure, figure.shown(&test.model), interval, test.model.independent_rows)
    };
    Figure::of(&test.model).map(value).collect()
}

/// The figures of buying and holding, which are those of a strategy.
pub fn buy_and_hold_values(test: &TestMetrics) -> Vec<FigureValue> {
    let value = |figure: &'static Figure| {
        let shown = figure.shown_of_buy_and_hold(test);
        FigureValue::new(figure, shown, None, test.model.independent_rows)
    };
    Figure::of(&test.model).filter(|figure| figure.is_of_strategy()).map(value).collect()
}

/// The model's figures less those of a baseline, or of `buy_and_hold`: a positive difference means that the model's
/// figure is higher. Figures of which the other has none are absent for its reason; empty where there is nothing of
/// that name.
pub fn difference_values(test: &TestMetrics, from: &str) -> Vec<FigureValue> {
    let baseline = test.baseline(from);
    if baseline.is_none() && from != TestMetrics::BUY_AND_HOLD {
        return Vec::new();
    }
    let value = |figure: &'static Figure| {
        let interval = Interval::of_difference(test.inference.as_ref(), from, figure.name);
        let other = match baseline {
            Some(evaluation) => figure.shown(evaluation),
            None => figure.shown_of_buy_and_hold(test),
        };
        let shown = match (figure.shown(&test.model), other) {
            // The stored difference is that of the same rows; without one the values' own is as good.
            (Shown::Value(model), Shown::Value(other)) => {
                let difference = interval.map_or(model - other, |own| own.value);
                Shown::or_reason(Some(difference), || "the value is not a finite number".to_owned())
            }
            (Shown::NotShown(reason), _) | (_, Shown::NotShown(reason)) => Shown::NotShown(reason),
        };
        FigureValue::new(figure, shown, interval, test.model.independent_rows)
    };
    let comparable = |figure: &&'static Figure| baseline.is_some() || figure.is_of_strategy();
    Figure::of(&test.model).filter(comparable).map(value).collect()
}
