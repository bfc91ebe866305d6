//! `artifact runs`: lists the runs of a workspace.

use crate::output;
use artifact_core::schema::IMPORTED_STUDY;
use artifact_core::schema::{ImportedStudy, ImportedStudyId};
use artifact_core::{Error, Id, Phase, RunRecord, Workspace, load, load_study};
use serde_json::{Value, json};

/// What the list shows about a run.
struct Overview {
    name: String,
    phases: Vec<Phase>,
    tags: Vec<String>,
    study: Option<StudyOverview>,
    /// What could not be read.
    trouble: Option<String>,
}

struct StudyOverview {
    trials: usize,
    objective: String,
    best: Option<f64>,
}

pub(crate) fn run(workspace: &Workspace, as_json: bool) -> anyhow::Result<()> {
    let names = workspace.runs()?;
    let tags = workspace.tags().list()?;
    let tags_of = |name: &String| {
        let tags = tags.iter().filter(|(_, tag)| tag.run == *name);
        tags.map(|(tag, _)| tag.clone()).collect()
    };
    let overview = |name| Overview { tags: tags_of(name), ..overview(workspace, name) };
    let runs: Vec<Overview> = names.iter().map(overview).collect();
    if as_json {
        return output::json(&Value::Array(runs.iter().map(as_document).collect()));
    }
    if runs.is_empty() {
        let place = workspace.root().display();
        return output::text(&format!("no runs in {place}; start one with `holdfast pipeline`"));
    }
    let mut rows = vec![["run", "tags", "done", "trials", "best objective"].map(String::from).to_vec()];
    rows.extend(runs.iter().map(row));
    output::text(&output::table(&rows))
}

/// Reads a run; one that cannot be read is reported in its line and does not hide the others.
fn overview(workspace: &Workspace, name: &str) -> Overview {
    let mut overview =
        Overview { name: name.to_owned(), phases: Vec::new(), tags: Vec::new(), study: None, trouble: None };
    let mut read = || -> Result<(), Error> {
        let Some(record) = workspace.run(name).record()? else {
            return Ok(());
        };
        overview.phases = record.phases.keys().copied().collect();
        overview.study = study(workspace, &record)?;
        Ok(())
    };
    overview.trouble = read().err().map(|error| error.to_string());
    overview
}

fn study(workspace: &Workspace, record: &RunRecord) -> Result<Option<StudyOverview>, Error> {
    if let Some(id) = record.output(Phase::Import, IMPORTED_STUDY) {
        return imported(workspace, ImportedStudyId::new(id)).map(Some);
    }
    let Some(id) = record.output(Phase::Tuning, "study") else {
        return Ok(None);
    };
    let (study, trials) = load_study(&workspace.store(), Id::new(id))?;
    let best = study.best_trial.and_then(|number| {
        let (_, trial) = trials.iter().find(|(_, trial)| trial.number == number)?;
        Some(trial.metrics.as_ref()?.objective_value)
    });
    Ok(Some(StudyOverview { trials: trials.len(), objective: study.objective.name.clone(), best }))
}

/// Older pipelines ranked trials by accuracy, whatever their class balance.
fn imported(workspace: &Workspace, id: ImportedStudyId) -> Result<StudyOverview, Error> {
    let store = workspace.store();
    let study: ImportedStudy = load(&store, id)?;
    let mut best: Option<f64> = None;
    for &id in &study.trials {
        let score = load(&store, id)?.metric("validation_accuracy");
        best = [best, score].into_iter().flatten().max_by(f64::total_cmp);
    }
    Ok(StudyOverview { trials: study.trials.len(), objective: "validation_accuracy".to_owned(), best })
}

/// A phase's written name, as in `run.json`.
fn phase_name(phase: &Phase) -> String {
    match json!(phase) {
        Value::String(name) => name,
        other => other.to_string(),
    }
}

fn row(run: &Overview) -> Vec<String> {
    let done: Vec<String> = run.phases.iter().map(phase_name).collect();
    let done = if done.is_empty() { "nothing yet".to_owned() } else { done.join(", ") };
    let (trials, best) = match (&run.trouble, &run.study) {
        (Some(trouble), _) => ("?".to_owned(), format!("cannot be read: {trouble}")),
        (None, None) => ("-".to_owned(), "-".to_owned()),
        (None, Some(study)) => {
            let best = study
                .best
                .map_or("no trial has a score".to_owned(), |value| format!("{} {value:.4}", study.objective));
            (study.trials.to_string(), best)
        }
    };
    let tags = if run.tags.is_empty() { "-".to_owned() } else { run.tags.join(", ") };
    vec![run.name.clone(), tags, done, trials, best]
}

fn as_document(run: &Overview) -> Value {
    let study = run.study.as_ref();
    json!({
        "run": run.name,
        "tags": run.tags,
        "done": run.phases,
        "trials": study.map(|study| study.trials),
        "objective": study.map(|study| &study.objective),
        "best_objective": study.and_then(|study| study.best),
        "trouble": run.trouble,
    })
}
