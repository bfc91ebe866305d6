//! What a suggestion sees.

use super::plan::Plan;
use super::stages::stage_of;
use crate::pruners::{Curve, Judge, Pruner};
use crate::samplers::Outcome;
use crate::search_space::{Point, Scale, Space};
use crate::storage::{Ledger, Row};
use artifact_core::config::TunerConfig;
use artifact_core::schema::{Trial, TrialId, TrialState};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The finished trials, by number.
pub(super) type Trials = BTreeMap<u64, (TrialId, Trial)>;

/// The place of trial `number` in the history: other programs' results that it sees stand before it.
pub(super) fn place_of(number: u64, ledger: &Ledger) -> u64 {
    let seen = |row: &&Row| row.seen_from.is_some_and(|from| from <= number);
    number + ledger.externals().filter(seen).count() as u64
}

/// The outcomes that trial `number` sees, in the order of the history.
///
/// Another program's result stands before the first trial that sees it. One whose values are no point of the space is
/// left out: it counts, but tells nothing.
pub(super) fn seen_by(
    number: u64,
    plan: Plan,
    space: &Space,
    trials: &Trials,
    ledger: &Ledger,
) -> Vec<Outcome> {
    let mut external: Vec<(u64, &Row)> = ledger
        .externals()
        .filter_map(|row| Some((row.seen_from?, row)))
        .filter(|(from, _)| *from <= number)
        .collect();
    external.sort_by_key(|(from, row)| (*from, row.number));
    let mut external = external.into_iter().peekable();
    let mut outcomes = Vec::new();
    let push_external = |row: &Row, outcomes: &mut Vec<Outcome>| {
        if let Some(point) = point_of(space, |name| row.params.get(name).and_then(Json::as_f64)) {
            outcomes.push(Outcome { point, objective: row.value });
        }
    };
    for (&earlier, (_, trial)) in trials.range(..plan.visible(number)) {
        while let Some((_, row)) = external.next_if(|(from, _)| *from <= earlier) {
            push_external(row, &mut outcomes);
        }
        outcomes.push(outcome(space, trial));
    }
    external.for_each(|(_, row)| push_external(row, &mut outcomes));
    outcomes
}

/// What trial `number` is compared with while it runs: the trials that it is suggested from.
pub(super) fn judge_of(
    number: u64,
    plan: Plan,
    config: &TunerConfig,
    trials: &Trials,
    ledger: &Ledger,
) -> Judge {
    let pruner = Pruner::new(&config.pruner);
    let needed = pruner != Pruner::Never;
    let curve = |trial: &Trial| {
        let history = trial.metrics.as_ref()?.history.iter();
        Some(Curve {
            number: trial.number,
            epochs_allowed: stage_of(&config.stages, place_of(trial.number, ledger)).epochs,
            values: history.filter_map(|record| record.objective).collect(),
            complete: trial.state == TrialState::Complete,
        })
    };
    let visible = trials.range(..plan.visible(number)).map(|(_, (_, trial))| trial);
    let history = visible.filter(|_| needed).filter_map(curve).collect();
    Judge { pruner, name: config.pruner.kind.name(), history }
}

fn outcome(space: &Space, trial: &Trial) -> Outcome {
    Outcome {
        point: space.point(&trial.params),
        objective: trial.metrics.as_ref().map(|metrics| metrics.objective_value),
    }
}

/// The point with these values; `None` when one is missing or outside its domain.
fn point_of(space: &Space, value: impl Fn(&str) -> Option<f64>) -> Option<Point> {
    let values = space.dimensions().iter().map(|dimension| match &dimension.scale {
        Scale::Fixed(fixed) => Some(*fixed),
        scale => value(dimension.name).filter(|value| contains(scale, *value)),
    });
    values.collect()
}

/// Whether a value may be suggested for a dimension.
fn contains(scale: &Scale, value: f64) -> bool {
    match scale {
        Scale::Fixed(fixed) => *fixed == value,
        Scale::Choices(choices) => choices.contains(&value),
        Scale::Range { low, high, whole, .. } => {
            (*low..=*high).contains(&value) && (!whole || value.fract() == 0.0)
        }
    }
}

/// What a dimension may be, in words.
fn expected(scale: &Scale) -> String {
    match scale {
        Scale::Fixed(fixed) => format!("{fixed}"),
        Scale::Choices(choices) => {
            let choices: Vec<String> = choices.iter().map(f64::to_string).collect();
            format!("one of {}", choices.join(", "))
        }
        Scale::Range { low, high, whole, .. } => {
            format!("a {}number from {low} to {high}", if *whole { "whole " } else { "" })
        }
    }
}

/// Checks the values of an enqueued configuration; what it leaves open will be suggested.
///
/// # Errors
///
/// What is wrong with it, and what was expected.
pub(super) fn check_fixed(space: &Space, fixed: &Map<String, Json>) -> Result<(), String> {
    for (name, value) in fixed {
        let Some(dimension) = space.dimensions().iter().find(|dimension| dimension.name == name) else {
            let names: Vec<&str> = space.dimensions().iter().map(|dimension| dimension.name).collect();
            return Err(format!("{name} is no hyperparameter; there are {}", names.join(", ")));
        };
        if !value.as_f64().is_some_and(|value| contains(&dimension.scale, value)) {
            let expected = expected(&dimension.scale);
            return Err(format!("{name} is {value}, expected {expected} (tuner.search_space.{name})"));
        }
    }
    let complete = point_of(space, |name| fixed.get(name).and_then(Json::as_f64));
    match complete {
        Some(point) if !space.is_valid(&point) => {
            Err("num_heads does not divide d_model, or the data is too short for seq_length and time_window"
                .into())
        }
        _ => Ok(()),
    }
}

/// Puts the values of an enqueued configuration over a suggested point.
pub(super) fn overlay(space: &Space, point: &mut Point, fixed: &Map<String, Json>) {
    for (value, dimension) in point.iter_mut().zip(space.dimensions()) {
        *value = fixed.get(dimension.name).and_then(Json::as_f64).unwrap_or(*value);
    }
}
