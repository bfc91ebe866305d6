//! `artifact rebuild-views`: rebuilds a run's views from the store.

use crate::outcome::Outcome;
use crate::output;
use crate::resolve::no_run;
use anyhow::Context as _;
use artifact_core::{Run, Workspace};
use serde_json::{Value, json};
use settings::cli::checked_name;
use views::{PhaseViews, ViewState, of_run};

/// The state of one view.
struct Line {
    phase: &'static str,
    file: String,
    state: &'static str,
    /// Why the views of a phase cannot be built.
    trouble: Option<String>,
}

/// Writes every view that is not current; with `check`, only reports the state of each.
pub(crate) fn run(workspace: &Workspace, name: &str, check: bool, as_json: bool) -> anyhow::Result<Outcome> {
    let run = workspace.run(checked_name(name)?);
    let Some(record) = run.record()? else {
        return Err(no_run(workspace, name)?.into());
    };
    // A running phase writes its own views, so the two must not overlap.
    let _lock = if check { None } else { Some(run.lock()?) };
    let mut lines = Vec::new();
    for phase in of_run(&workspace.store(), &workspace.ledger(), &run, &record) {
        lines.extend(rebuild(&run, phase, check).with_context(|| format!("failed to rebuild run {name}"))?);
    }
    if as_json {
        output::json(&Value::Array(lines.iter().map(as_document).collect()))?;
    } else {
        output::text(&readable(&lines))?;
    }
    let current = |line: &Line| matches!(line.state, "current" | "written");
    Ok(if lines.iter().all(current) { Outcome::Sound } else { Outcome::Unsound })
}

fn rebuild(run: &Run, phase: PhaseViews, check: bool) -> Result<Vec<Line>, artifact_core::Error> {
    let name = phase.phase.name();
    let views = match phase.views {
        Ok(views) => views,
        Err(error) => {
            let trouble = Some(output::chain(&error));
            return Ok(vec![Line { phase: name, file: String::new(), state: "lost", trouble }]);
        }
    };
    let mut lines = Vec::new();
    for view in views {
        let state = match (view.state()?, check) {
            (ViewState::Current, _) => "current",
            (ViewState::Earlier, true) => "of an earlier version",
            (ViewState::Missing, true) => "missing",
            (ViewState::Different, true) => "different",
            (_, false) => {
                view.write()?;
                "written"
            }
        };
        let file = view.name(run).display().to_string();
        lines.push(Line { phase: name, file, state, trouble: None });
    }
    Ok(lines)
}

fn readable(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "no finished phase has views".to_owned();
    }
    let row = |line: &Line| match &line.trouble {
        None => vec![line.state.to_owned(), line.file.clone()],
        Some(trouble) => vec![line.state.to_owned(), format!("the views of phase {}: {trouble}", line.phase)],
    };
    output::table(&lines.iter().map(row).collect::<Vec<_>>())
}

fn as_document(line: &Line) -> Value {
    let file = (!line.file.is_empty()).then_some(&line.file);
    json!({"phase": line.phase, "file": file, "state": line.state, "trouble": line.trouble})
}
