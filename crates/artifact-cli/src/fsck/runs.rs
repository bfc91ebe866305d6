//! The runs: what they need from the store, and whether their views match it.

use super::findings::{Findings, Problem, Sort};
use super::objects::Objects;
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::{ModelBundle, ModelBundleId};

use artifact_core::{Digest, Error, Phase, Run, RunRecord, Workspace, files, load, stored_figures};
use serde::Deserialize;
use settings::Config;
use std::path::PathBuf;
use views::{ViewFile, ViewState, of_run};

/// Checks every run, also against the ledger if it is readable; returns the objects that the runs refer to.
pub(super) fn check(
    workspace: &Workspace,
    objects: &mut Objects,
    ledger: Option<&[Entry]>,
    findings: &mut Findings,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Digest>, Error> {
    let mut roots = Vec::new();
    let names = workspace.runs()?;
    for name in &names {
        let run = workspace.run(name);
        roots.extend(trials_of_view(&run));
        match run.record() {
            Ok(Some(record)) => {
                if let Err(error) = Config::of_record(&record) {
                    problems.push(Problem { sort: Sort::Run, id: None, message: error.to_string() });
                }
                for (phase, done) in &record.phases {
                    for (output, id) in &done.outputs {
                        objects.need(*id, format!("run {name} ({}, {output})", phase.name()));
                        roots.push(*id);
                    }
                }
                check_views(workspace, &run, findings, problems)?;
                if let Some(entries) = ledger
                    && unknown_scores(workspace, name, &record, entries)?.is_some()
                    // Looked at again: a running phase may have scored and recorded the run since the ledger was read.
                    && let Ok(entries) = workspace.ledger().entries()
                {
                    problems.extend(unknown_scores(workspace, name, &record, &entries)?);
                }
            }
            // The first phase that finishes writes the record; until then there is nothing to check.
            Ok(None) => {}
            Err(error) => problems.push(Problem {
                sort: Sort::Run,
                id: None,
                message: format!("run {name} cannot be read: {error}"),
            }),
        }
    }
    findings.runs = names.len();
    Ok(roots)
}

/// The trials in a run's view. Until a study is finished, only its view and its database name its trials.
fn trials_of_view(run: &Run) -> Vec<Digest> {
    let view = files::read_json::<Tuned>(&run.trial_results());
    view.map(|view| view.trials.into_iter().map(|trial| trial.id).collect()).unwrap_or_default()
}

/// The fields that every version of `trial_results.json` has.
#[derive(Deserialize)]
struct Tuned {
    study: Option<Digest>,
    trials: Vec<TunedTrial>,
}

#[derive(Deserialize)]
struct TunedTrial {
    id: Digest,
}

/// Whether tuning is running or was interrupted: its view is then ahead of the finished study.
pub(super) fn is_tuning(run: &Run) -> bool {
    files::read_json::<Tuned>(&run.trial_results()).is_ok_and(|view| view.study.is_none())
}

fn check_views(
    workspace: &Workspace,
    run: &Run,
    findings: &mut Findings,
    problems: &mut Vec<Problem>,
) -> Result<(), Error> {
    let mut compared = compare(workspace, run)?;
    // A phase that is running or has just ended writes views and record one after the other: what differs in between is no
    // damage, so it counts only if it stays when nobody works on the run.
    for _ in 0..LOOKS {
        if !compared.iter().any(|(_, state)| *state == ViewState::Different) {
            break;
        }
        let in_use = run.in_use_since()?.is_some();
        compared = compare(workspace, run)?;
        if in_use || run.in_use_since()?.is_some() {
            compared.retain(|(_, state)| *state != ViewState::Different);
        }
    }
    for (path, state) in compared {
        match state {
            ViewState::Current => {}
            ViewState::Earlier => findings.earlier_views.push(path),
            ViewState::Missing => findings.missing_views.push(path),
            ViewState::Different => problems.push(Problem {
                sort: Sort::View,
                id: None,
                message: format!("{} differs from the store", path.display()),
            }),
        }
    }
    Ok(())
}

/// How often views that differ are compared again.
const LOOKS: usize = 2;

/// Compares the views of a run with the store, by what its record says now.
fn compare(workspace: &Workspace, run: &Run) -> Result<Vec<(PathBuf, ViewState)>, Error> {
    let mut compared = Vec::new();
    let Ok(Some(record)) = run.record() else {
        return Ok(compared);
    };
    for phase in of_run(&workspace.store(), &workspace.ledger(), run, &record) {
        // Missing and damaged objects behind them are already reported.
        let views = phase.views.unwrap_or_default();
        let states: Vec<ViewState> = views.iter().map(ViewFile::state).collect::<Result<_, _>>()?;
        // An HTML page and a model card carry no version; they are assumed to be as old as the documents next to them.
        let earlier = states.contains(&ViewState::Earlier);
        for (view, state) in views.into_iter().zip(states) {
            let state = match state {
                ViewState::Different if earlier => ViewState::Earlier,
                ViewState::Different if view.path == run.trial_results() && is_tuning(run) => {
                    ViewState::Current
                }
                state => state,
            };
            compared.push((view.path, state));
        }
    }
    Ok(compared)
}

/// A problem if the run was tested but the ledger has no entry for it. Its last lines are then gone, which the chain
/// alone cannot show.
fn unknown_scores(
    workspace: &Workspace,
    name: &str,
    record: &RunRecord,
    entries: &[Entry],
) -> Result<Option<Problem>, Error> {
    let Some(id) = record.output(Phase::Final, "model_bundle") else {
        return Ok(None);
    };
    // Missing and damaged objects are already reported.
    let (store, bundle_id) = (workspace.store(), ModelBundleId::new(id));
    let Ok(bundle) = load::<ModelBundle>(&store, bundle_id) else {
        return Ok(None);
    };
    let figures = stored_figures(&store, bundle_id)?;
    let mut openings = Vec::new();
    for entry in entries {
        // A copied run keeps the name under which it was tested.
        if let Event::Unsealed { best_configuration, .. } = &entry.event
            && *best_configuration == bundle.best_configuration
            && entry.run == record.run
        {
            openings.push(entry.digest()?);
        }
    }
    let scored = |entry: &Entry| match &entry.event {
        Event::Scored { unsealed, metrics } => *metrics == figures && openings.contains(unsealed),
        Event::Unsealed { .. } => false,
    };
    if entries.iter().any(scored) {
        return Ok(None);
    }
    let short = id.short();
    Ok(Some(Problem {
        sort: Sort::Ledger,
        id: None,
        message: format!(
            "run {name} was tested (model_bundle {short}), but the test ledger has no entry for it; lines may have \
             been cut from its end"
        ),
    }))
}
