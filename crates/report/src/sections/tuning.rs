//! The tuning history and the best trials.

use super::Section;
use crate::format::{counted, percent, significant};
use crate::gather::RunData;
use crate::html::{Cell, Element, Table, el, figure, paragraph, section as new_section};
use crate::parts::TuningPart;
use crate::svg::{Group, Scatter};
use artifact_core::brief;
use artifact_core::schema::{Trial, TrialMetrics, TrialState};
use figures::StoppingBias;
use serde_json::Value;

/// The most trials that the table lists.
const TOP: usize = 10;

/// The most failed trials that are listed.
const FAILED: usize = 10;

const ID: &str = "tuning";

/// Every trial of the study.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning;

impl Section for Tuning {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Tuning"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        section(run)
    }
}

fn section(run: &RunData) -> Option<Element> {
    let part = run.tuning.as_ref()?;
    let chosen = run.cross_validation.as_ref().map(|cv| cv.best.trial_number);
    Some(
        new_section(ID, "Tuning history")
            .push(paragraph(introduction(part, &run.config.training.objective.name)))
            .extend(part.ranking().note(&part.objective.title).map(paragraph))
            .extend(stopping_bias(part))
            .push(figure(
                history(part),
                "Each point is a trial, scored on the validation rows; the line is the best so far. Hover over a \
                 trial to see its value.",
            ))
            .extend(model_table(part))
            .extend(best_table(part, chosen))
            .extend(failures(part)),
    )
}

/// Says that the study's objective is not the one of the settings, if so.
fn in_place_of(part: &TuningPart, configured: &str) -> String {
    let own = part.study.objective.name == configured;
    if own {
        String::new()
    } else {
        format!(" (in place of {configured}, since time_window has several values)")
    }
}

fn introduction(part: &TuningPart, configured: &str) -> String {
    let objective = &part.objective.title;
    match part.best() {
        Some(best) => format!(
            "{}, each scored by {objective}{} on the validation rows. The best is trial {}.{}",
            counted(part.trials.len(), "trial"),
            in_place_of(part, configured),
            best.number,
            pruned(part)
        ),
        None => format!(
            "{}, all of which failed, so there is no best trial.",
            counted(part.trials.len(), "trial")
        ),
    }
}

/// What early stopping adds to the scores, where it is known.
fn stopping_bias(part: &TuningPart) -> Option<Element> {
    let bias = StoppingBias::of(part.trials.iter().map(|(_, trial)| trial))?;
    Some(paragraph(bias.in_words(&part.objective.title)))
}

/// How many trials were pruned and how many epochs that saved; empty if none was.
fn pruned(part: &TuningPart) -> String {
    let saved: Vec<u64> = part
        .trials
        .iter()
        .filter_map(|(_, trial)| {
            let allowed = trial.pruning.as_ref()?.epochs_allowed;
            Some(allowed.saturating_sub(trial.metrics.as_ref()?.epochs_trained))
        })
        .collect();
    if saved.is_empty() {
        return String::new();
    }
    let (trials, epochs) = (counted(saved.len(), "trial"), saved.iter().sum::<u64>());
    format!(" {trials} ended early, which saved up to {epochs} epochs.")
}

/// The trials that can be compared, in number order.
fn complete(part: &TuningPart) -> impl Iterator<Item = (&Trial, &TrialMetrics)> {
    // A pruned trial's score comes from fewer epochs and is not compared with the others.
    let ranking = part.ranking();
    let complete = part.trials.iter().filter(|(_, trial)| trial.state == TrialState::Complete);
    let compared = complete.filter(move |(_, trial)| ranking.holds(trial.params.time_window));
    compared.filter_map(|(_, trial)| Some((trial, trial.metrics.as_ref()?)))
}

fn history(part: &TuningPart) -> Element {
    let objective = &part.objective;
    let several = models(part).len() > 1;
    let mut groups: Vec<Group> = Vec::new();
    let mut best: Vec<(f64, f64)> = Vec::new();
    for (trial, metrics) in complete(part) {
        let point = (trial.number as f64, objective.on_axis(metrics.objective_value));
        let value = objective.value(metrics.objective_value);
        // The model says more than the stage, where there is more than one.
        let (group, by) = match several {
            true => (&trial.model.name, format!("{}, {}", trial.model.name, trial.stage)),
            false => (&trial.stage, trial.stage.clone()),
        };
        let text = format!("trial {} ({by}): {value}", trial.number);
        match groups.iter_mut().find(|known| known.name == *group) {
            Some(group) => group.points.push((point, text)),
            None => groups.push(Group { name: group.clone(), points: vec![(point, text)] }),
        }
        let so_far = best.last().map_or(point.1, |last| last.1.max(point.1));
        best.push((point.0, so_far));
    }
    let failed = part.failed().map(|trial| {
        let text = format!("trial {} ({}) failed", trial.number, trial.stage);
        (trial.number as f64, text)
    });
    Scatter {
        title: "Objective by trial number, with the best so far",
        names: ("trial", &objective.title),
        groups,
        failed: failed.collect(),
        best,
    }
    .draw()
}

/// The models of the trials, in the order of their first trials.
fn models(part: &TuningPart) -> Vec<&str> {
    let mut models: Vec<&str> = Vec::new();
    for (_, trial) in &part.trials {
        let model = trial.model.name.as_str();
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}

/// What the study tried of each model; `None` if there is only one.
fn model_table(part: &TuningPart) -> Option<Element> {
    let models = models(part);
    if models.len() < 2 {
        return None;
    }
    let best = format!("#Best {}", part.objective.title);
    let head = ["Model", "#Trials", "#Complete", &best, "#Best trial"];
    let mut table = Table::new("The models", &head);
    for model in models {
        let trials = part.trials.iter().filter(|(_, trial)| trial.model.name == model).count();
        let complete: Vec<_> = complete(part).filter(|(trial, _)| trial.model.name == model).collect();
        // Of equal scores the earlier trial, as in the choice of the study's best one.
        let best = complete
            .iter()
            .copied()
            .reduce(|best, next| if next.1.objective_value > best.1.objective_value { next } else { best });
        let shown = |shown: Option<String>| Cell::Number(shown.unwrap_or_else(|| "–".to_owned()));
        table.row(vec![
            Cell::Text(model.to_owned()),
            Cell::Number(trials.to_string()),
            Cell::Number(complete.len().to_string()),
            shown(best.map(|(_, metrics)| part.objective.value(metrics.objective_value))),
            shown(best.map(|(trial, _)| trial.number.to_string())),
        ]);
    }
    Some(table.element())
}

fn best_table(part: &TuningPart, chosen: Option<u64>) -> Option<Element> {
    let several = models(part).len() > 1;
    let objective = &part.objective;
    let ranked = part.ranking().ranked;
    let ranked: Vec<_> =
        ranked.into_iter().filter_map(|trial| Some((trial, trial.metrics.as_ref()?))).collect();
    if ranked.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for (trial, _) in ranked.iter().take(TOP) {
        names.extend(trial.params.model.names().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    let fixed = ["Trial", "Stage"].into_iter().chain(several.then_some("Model")).map(str::to_owned);
    let figures = [objective.title.as_str(), "Accuracy", "Best epoch", "W", "S"];
    let numbers =
        figures.into_iter().chain(names.iter().copied()).map(|name| format!("#{}", name.replace('_', " ")));
    let head: Vec<String> = fixed.chain(numbers).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new("The best trials", &head);
    for (trial, metrics) in ranked.into_iter().take(TOP) {
        let p = &trial.params;
        let mut cells = vec![Cell::Text(trial.number.to_string()), Cell::Text(trial.stage.clone())];
        cells.extend(several.then(|| Cell::Text(trial.model.name.clone())));
        cells.extend([
            Cell::Strong(objective.value(metrics.objective_value)),
            Cell::Number(percent(metrics.validation_accuracy)),
            Cell::Number(format!("{}/{}", metrics.best_epoch, metrics.epochs_trained)),
            Cell::Number(p.time_window.to_string()),
            Cell::Number(p.seq_length.to_string()),
        ]);
        let of_model = names.iter().map(|name| p.model.get(name).map_or("–".to_owned(), shown));
        cells.extend(of_model.map(Cell::Number));
        if chosen == Some(trial.number) {
            table.chosen_row(cells);
        } else {
            table.row(cells);
        }
    }
    let note = chosen.map(|number| {
        el("p")
            .class("small")
            .text(format_args!("The highlighted row is trial {number}, which cross-validation chose."))
    });
    Some(el("div").push(table.element()).extend(note))
}

/// A hyperparameter's value.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => significant(number.as_f64().unwrap_or_default()),
        value => brief(value),
    }
}

fn failures(part: &TuningPart) -> Option<Element> {
    let failed = part.failed().count();
    if failed == 0 {
        return None;
    }
    let mut table =
        Table::new("Failed trials; a failure does not count as a score of 0", &["Trial", "Stage", "Reason"]);
    for trial in part.failed().take(FAILED) {
        table.row(vec![
            Cell::Text(trial.number.to_string()),
            Cell::Text(trial.stage.clone()),
            Cell::Text(trial.error.clone().unwrap_or_default()),
        ]);
    }
    let rest = failed.saturating_sub(FAILED);
    let more = (rest > 0).then(|| paragraph(format_args!("And {rest} more.")));
    Some(
        el("details")
            .push(el("summary").text(counted(failed, "failed trial")))
            .push(table.element())
            .extend(more),
    )
}
