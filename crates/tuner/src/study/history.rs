//! What a suggestion sees.

use super::plan::Plan;
use super::stages::stage_of;
use crate::parts::Search;
use crate::pruners::{Curve, Judge};
use crate::samplers::{Told, TrialOutcome};
use crate::search_space::{Domain, HyperparameterSpace, Point, Space};
use crate::storage::{Row, RowState, StudyRows};
use artifact_core::schema::{Trial, TrialId, TrialState};
use serde_json::{Map, Value as Json};
use settings::TunerConfig;
use std::collections::BTreeMap;

/// The finished trials, by number.
pub(super) type Trials = BTreeMap<u64, (TrialId, Trial)>;

/// The points of finished trials, by number, without those outside the space. Computed once per trial, because every
/// suggestion needs all of them.
pub(super) type Points = BTreeMap<u64, Point>;

/// The place of trial `number` in the history, from 0: the results of other programs that it sees come before it.
pub(super) fn place_of(number: u64, rows: &StudyRows) -> u64 {
    let seen = |row: &&Row| row.seen_from.is_some_and(|from| from <= number);
    number + rows.externals().filter(seen).count() as u64
}

/// What trial `number` sees, in the order of the history: the outcomes of the visible trials, and only the points of
/// the trials after them.
///
/// Another program's result comes before the first trial that sees it. Trials outside the space are left out: they
/// count towards the budget, but the sampler cannot use them.
pub(super) fn seen_by(
    number: u64,
    plan: Plan,
    space: &Space,
    trials: &Trials,
    points: &Points,
    rows: &StudyRows,
) -> Vec<Told> {
    let mut external: Vec<(u64, &Row)> = rows
        .externals()
        .filter_map(|row| Some((row.seen_from?, row)))
        .filter(|(from, _)| *from <= number)
        .collect();
    // Samplers weigh newer trials more, so the order must come from what is recorded, not from when it was read.
    external.sort_by_key(|(from, row)| (*from, row.number));
    let mut external = external.into_iter().peekable();
    let mut told = Vec::new();
    for earlier in 0..number {
        while let Some((_, row)) = external.next_if(|(from, _)| *from <= earlier) {
            told.extend(external_result(space, row));
        }
        told.extend(match trials.get(&earlier) {
            Some((_, trial)) => points.get(&earlier).map(|point| Told {
                point: point.clone(),
                // It may have finished by now; using that would make the suggestion depend on timing.
                outcome: if earlier < plan.visible(number) { outcome(trial) } else { TrialOutcome::Pending },
            }),
            None => rows.tried(earlier).and_then(|values| {
                Some(Told { point: space.point(values).ok()?, outcome: TrialOutcome::Pending })
            }),
        });
    }
    told.extend(external.filter_map(|(_, row)| external_result(space, row)));
    told
}

fn outcome(trial: &Trial) -> TrialOutcome {
    match (&trial.metrics, trial.state) {
        (Some(metrics), TrialState::Complete) => TrialOutcome::Complete(metrics.objective_value),
        (Some(metrics), TrialState::Pruned) => {
            TrialOutcome::Pruned { epochs: metrics.epochs_trained, value: metrics.objective_value }
        }
        _ => TrialOutcome::Failed,
    }
}

/// The objective that the study database has for a finished trial. Optuna's convention: the value of a pruned trial is its
/// last intermediate value.
pub(super) fn last_objective(trial: &Trial) -> Option<f64> {
    let metrics = trial.metrics.as_ref()?;
    match trial.state {
        TrialState::Pruned => metrics.history.last().and_then(|record| record.objective),
        _ => Some(metrics.objective_value),
    }
}

/// A finished trial as samplers see it; `None` when it lies outside the space.
pub(super) fn own_result(space: &HyperparameterSpace, trial: &Trial) -> Option<Told> {
    Some(Told { point: space.point(&trial.model.name, &trial.params).ok()?, outcome: outcome(trial) })
}

/// Another program's result as samplers see it; `None` without a value, or when it lies outside the space.
pub(super) fn external_result(space: &Space, row: &Row) -> Option<Told> {
    let value = row.value?;
    let outcome = match row.state {
        RowState::Pruned => TrialOutcome::Pruned { epochs: row.steps, value },
        _ => TrialOutcome::Complete(value),
    };
    // It may have parameters that we do not know.
    let known = row.params.iter().filter(|(name, _)| space.place(name).is_some());
    let values = known.map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(Told { point: space.point(&values).ok()?, outcome })
}

/// Decides whether to prune trial `number`, by comparing it with those of our trials of the same model whose outcomes
/// its suggestion saw. Comparing it with later ones too would make pruning depend on timing. Those of other models say
/// nothing: an epoch of boosting and an epoch of gradient steps have only the name in common.
pub(super) fn judge_of(
    (number, model): (u64, &str),
    plan: Plan,
    (config, search): (&TunerConfig, &Search),
    trials: &Trials,
    rows: &StudyRows,
) -> Judge {
    let epochs_allowed = |number| config.stages[stage_of(&config.stages, place_of(number, rows))].epochs;
    let curve = |trial: &Trial| {
        let history = trial.metrics.as_ref()?.history.iter();
        Some(Curve {
            number: trial.number,
            epochs_allowed: epochs_allowed(trial.number),
            values: history.filter_map(|record| record.objective).collect(),
            complete: trial.state == TrialState::Complete,
        })
    };
    let visible = trials.range(..plan.visible(number)).map(|(_, (_, trial))| trial);
    let visible = visible.filter(|trial| trial.model.name == model);
    Judge::new(search.pruner.clone(), epochs_allowed(number), visible.filter_map(curve))
}

/// The values that a parameter may have, in words.
fn expected(domain: &Domain) -> String {
    match domain {
        Domain::Fixed(value) => value.to_string(),
        Domain::Categorical(choices) => {
            let choices: Vec<String> = choices.iter().map(Json::to_string).collect();
            format!("one of {}", choices.join(", "))
        }
        Domain::Float { low, high, step: None, .. } => format!("a number from {low} to {high}"),
        Domain::Float { low, high, step: Some(step), .. } => {
            format!("a number from {low} to {high} in steps of {step}")
        }
        Domain::Int { low, high, step: 1, .. } => format!("a whole number from {low} to {high}"),
        Domain::Int { low, high, step, .. } => {
            format!("a whole number from {low} to {high} in steps of {step}")
        }
    }
}

/// Checks the values of an enqueued configuration; the sampler will suggest the missing ones.
///
/// # Errors
///
/// What is wrong with it, and what was expected.
pub(super) fn check_fixed(space: &Space, fixed: &Map<String, Json>) -> Result<(), String> {
    for (name, value) in fixed {
        let Some(place) = space.place(name) else {
            let names: Vec<&str> =
                space.dimensions().iter().map(|dimension| dimension.name.as_str()).collect();
            return Err(format!("{name} is not a hyperparameter; expected one of {}", names.join(", ")));
        };
        let domain = &space.dimensions()[place].domain;
        if domain.number(value).is_none() {
            let expected = expected(domain);
            return Err(format!("{name} is {value}, expected {expected} (tuner.search_space.{name})"));
        }
    }
    check_conditions(space, fixed)?;
    // Combinations can be checked only when every value is given; otherwise the missing ones are drawn to fit.
    let searched =
        space.dimensions().iter().filter(|dimension| !matches!(dimension.domain, Domain::Fixed(_)));
    if !searched.clone().all(|dimension| fixed.contains_key(&dimension.name)) {
        return Ok(());
    }
    let values = fixed.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    space.point(&values).map(drop).map_err(|error| error.to_string())
}

/// Checks that the conditions of all given values can hold together: that they belong to one model.
fn check_conditions(space: &Space, fixed: &Map<String, Json>) -> Result<(), String> {
    let dimensions = space.dimensions();
    let mut implied: BTreeMap<usize, (&str, Vec<f64>)> = BTreeMap::new();
    for (name, dimension) in fixed.keys().filter_map(|name| Some((name, &dimensions[space.place(name)?]))) {
        let Some(condition) = &dimension.condition else { continue };
        let parent = &dimensions[condition.parent];
        if let Some(value) = fixed.get(&parent.name) {
            let holds = parent.domain.number(value).is_some_and(|number| condition.numbers.contains(&number));
            if !holds {
                return Err(format!("{name} has a value, but {} is {value}", parent.name));
            }
        }
        let (first, numbers) =
            implied.entry(condition.parent).or_insert_with(|| (name, condition.numbers.clone()));
        numbers.retain(|number| condition.numbers.contains(number));
        if numbers.is_empty() {
            return Err(format!("{first} and {name} have values, but for no {} both do", parent.name));
        }
    }
    Ok(())
}

/// Overwrites a suggested point with the values of an enqueued configuration.
pub(super) fn overlay(space: &Space, point: &mut Point, fixed: &Map<String, Json>) {
    for (number, dimension) in point.iter_mut().zip(space.dimensions()) {
        if let Some(value) = fixed.get(&dimension.name) {
            *number = dimension.domain.number(value);
        }
    }
}
