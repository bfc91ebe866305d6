//! The figures of a trial, as JSON outputs hold them.

use crate::figure::{Better, Figure};
use crate::loss::FitLoss;
use crate::objective::figure_of;
use crate::shown::{Shown, too_few_rows};
use crate::value::{FigureValue, values};
use artifact_core::Component;
use artifact_core::schema::TrialMetrics;
use std::borrow::Cow;

/// What an objective is of, for people: its figure's title, or its own name where it is not of this project.
pub fn objective_title(objective: &Component) -> Cow<'static, str> {
    match figure_of(objective) {
        // An objective is maximised, so that a loss is negative.
        Some(figure) if figure.better == Better::Lower => format!("{} (negative)", figure.subject()).into(),
        Some(figure) => figure.subject().into(),
        None => objective.name.clone().into(),
    }
}

/// The unit of an objective's values as they are stored; `number` where it is not of this project.
pub fn objective_unit(objective: &Component) -> &'static str {
    figure_of(objective).map_or("number", |figure| figure.unit.name())
}

/// The figures of a scored trial whose labels read `time_window` bars, on its validation rows: the objective, the losses of the
/// fit, and every figure of the evaluation, each with its unit, horizon and independent rows.
pub fn trial_values(metrics: &TrialMetrics, time_window: usize, loss: &FitLoss) -> Vec<FigureValue> {
    let evaluation = &metrics.validation;
    let objective = figure_of(&metrics.objective);
    let horizon = |figure: Option<&Figure>| {
        figure.map_or(time_window as u64, |figure| figure.horizon_bars(time_window))
    };
    // With as few rows as do not allow the figure to be shown, its objective says nothing either.
    let why_not = match objective {
        Some(figure) => figure.shown(evaluation).why_not().map(str::to_owned),
        None => too_few_rows(evaluation),
    };
    let shown = |value: f64, why_not: Option<String>| {
        why_not.map_or_else(
            || Shown::or_reason(Some(value), || "the value is not a finite number".to_owned()),
            Shown::NotShown,
        )
    };
    let observations = evaluation.independent_rows;
    let own = |figure, title: Cow<'static, str>, unit, better, shown: Shown, horizon| FigureValue {
        figure,
        title,
        unit,
        better,
        value: shown.value(),
        low: None,
        high: None,
        level: None,
        horizon_bars: Some(horizon),
        independent_observations: observations,
        why_absent: shown.why_not().map(str::to_owned),
    };
    let loss_of = |figure, rows: &str, value, observations: Option<u64>| FigureValue {
        independent_observations: observations,
        ..own(
            figure,
            format!("{}, {rows}", loss.words).into(),
            loss.unit,
            Better::Lower,
            shown(value, None),
            time_window as u64,
        )
    };
    let first = [
        own(
            "objective_value",
            objective_title(&metrics.objective),
            objective_unit(&metrics.objective),
            Better::Higher,
            shown(metrics.objective_value, why_not),
            horizon(objective),
        ),
        // The number of independent training rows is not stored.
        loss_of("training_loss", "training rows", metrics.training_loss, None),
        loss_of("final_loss", "validation rows", metrics.final_loss, observations),
    ];
    let further = values(evaluation)
        .into_iter()
        .map(|own| FigureValue { horizon_bars: Some(horizon(Figure::named(own.figure))), ..own });
    first.into_iter().chain(further).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_have_titles_and_units() {
        for (name, version, title, unit) in [
            ("mcc", 2, "Matthews correlation within tickers, mean", "number"),
            ("negative_log_loss", 1, "Log loss (negative)", "nats"),
            ("mean_return", 2, "Mean return per bar after cost", "fraction of capital per bar"),
            ("recall_of_up", 1, "recall_of_up", "number"),
        ] {
            let objective = Component::new(name, version);
            assert_eq!((&*objective_title(&objective), objective_unit(&objective)), (title, unit));
        }
    }
}
