//! The learning curves of the best trial, the chosen one and the final fit.

use super::Section;
use crate::gather::RunData;
use crate::html::{Element, el, section as new_section};
use crate::shown::Shown;
use crate::svg::{LineChart, Series};
use artifact_core::schema::{EpochRecord, Evaluation, Trial};
use figures::FitLoss;

const ID: &str = "learning";

/// The learning curves of the best trial, the chosen one and the final fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LearningCurves;

impl Section for LearningCurves {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Learning curves"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        section(run)
    }
}

fn section(run: &RunData) -> Option<Element> {
    let trials = trials(run);
    if trials.is_empty() && run.final_fit.is_none() {
        return None;
    }
    let objective = run.tuning.as_ref().map(|part| &part.objective);
    let mut section = new_section(ID, "Learning curves");
    for (title, trial) in trials {
        let curves = objective.and_then(|objective| trial_curves(&title, trial, objective, run));
        section = section.extend(curves);
    }
    Some(section.extend(final_curve(run)))
}

/// The study's best trial, and the chosen one if cross-validation chose another.
fn trials(run: &RunData) -> Vec<(String, &Trial)> {
    let Some(part) = &run.tuning else {
        return Vec::new();
    };
    let chosen = run.cross_validation.as_ref().and_then(|cv| part.trial(cv.best.trial_number));
    let best = part.best();
    let mut trials: Vec<_> =
        best.map(|trial| (format!("Best trial ({})", trial.number), trial)).into_iter().collect();
    if let Some(trial) = chosen.filter(|trial| best.is_none_or(|best| best.number != trial.number)) {
        trials.push((format!("Chosen trial ({})", trial.number), trial));
    }
    trials
}

fn trial_curves(title: &str, trial: &Trial, objective: &Shown, run: &RunData) -> Option<Element> {
    let metrics = trial.metrics.as_ref()?;
    let best = metrics.best_epoch;
    let mark = Some((best as f64, format!("best epoch {best}")));
    let history = &metrics.history;
    let losses = vec![
        named("train loss", 0, curve(history, |r| Some(r.train_loss))),
        named("validation loss", 1, curve(history, |r| r.validation_loss)),
    ];
    let name = &objective.title;
    let value = |r: &EpochRecord| r.objective.map(|v| objective.on_axis(v));
    let figures = [
        chart(&format!("{title}: loss by epoch"), &loss(run, &metrics.validation), losses, mark.clone()),
        chart(
            &format!("{title}: {name} by epoch"),
            name,
            vec![named(&format!("validation {name}"), 2, curve(history, value))],
            mark,
        ),
    ];
    Some(group(title, figures))
}

fn final_curve(run: &RunData) -> Option<Element> {
    let history = &run.final_fit.as_ref()?.bundle.history;
    let mut losses = vec![named("train loss", 0, curve(history, |r| Some(r.train_loss)))];
    let validation = curve(history, |r| r.validation_loss);
    if !validation.is_empty() {
        losses.push(named("validation loss", 1, validation));
    }
    let of_trial = run.cross_validation.as_ref().and_then(|cv| cv.best.cv_results.folds.first());
    let name = of_trial.map_or("loss".to_owned(), |fold| loss(run, &fold.evaluation));
    let mut figures = vec![chart("Final fit: loss by epoch", &name, losses, None)];
    // The refit is evaluated nowhere; only older results have an objective to show.
    let objective = run.tuning.as_ref().map(|part| &part.objective);
    let values = objective.map(|objective| curve(history, |r| r.objective.map(|v| objective.on_axis(v))));
    if let (Some(objective), Some(values)) = (objective, values.filter(|values| !values.is_empty())) {
        let name = &objective.title;
        let title = format!("Final fit: {name} by epoch");
        figures.push(chart(&title, name, vec![named(name, 2, values)], None));
    } else {
        // Scaled, since the ticks of rates such as 0.0001 would be mostly zeros.
        let rates = curve(history, |r| Some(r.learning_rate * 1e3));
        figures.push(chart(
            "Final fit: learning rate by epoch",
            "learning rate × 1000",
            vec![named("learning rate at the epoch's end", 3, rates)],
            None,
        ));
    }
    Some(group("Final fit, on all development sequences", figures))
}

/// Which loss a fit minimises, as the name of an axis.
fn loss(run: &RunData, evaluation: &Evaluation) -> String {
    let training = &run.config.training;
    let FitLoss { words, unit } =
        FitLoss::of(evaluation, Some((training.focal_gamma, training.class_weight_mix)));
    format!("{words} ({unit})")
}

fn group(title: &str, charts: impl IntoIterator<Item = Element>) -> Element {
    let charts = charts.into_iter().map(|chart| el("div").class("scroll").push(chart));
    el("figure").push(el("h3").text(title)).push(el("div").class("grid").extend(charts))
}

fn chart(title: &str, name: &str, series: Vec<Series>, mark: Option<(f64, String)>) -> Element {
    LineChart { title, size: (520.0, 260.0), names: ("epoch", name), series, mark, also: Vec::new() }.draw()
}

fn named(name: &str, colour: usize, points: Vec<(f64, f64)>) -> Series {
    Series { name: Some(name.to_owned()), colour, points }
}

fn curve(history: &[EpochRecord], value: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |record: &EpochRecord| Some((record.epoch as f64, value(record)?));
    history.iter().filter_map(point).collect()
}
