//! `tuner status`.

use super::study_args::{Best, OpenedStudy, StudyArgs, say, say_document};
use crate::search_space::MODEL;
use crate::storage::{Details, Row, RowState, StudyDatabase};
use artifact_core::{Component, shown};
use clap::Args;
use data_loader::DataParts;
use figures::{objective_title, objective_unit};
use serde_json::{Value as Json, json};
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct StatusCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
}

/// A running trial.
struct Running {
    number: u64,
    details: Details,
}

impl StatusCommand {
    pub(super) fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let opened = self.study.open(data, models)?;
        let mut database = opened.existing()?;
        let running = running(&mut database)?;
        let best = opened.best(database.rows())?;
        if let Some(warning) = &best.warning {
            tracing::warn!("{warning}");
        }
        let status = status(&opened, &database, &running, &best);
        if self.study.json {
            return say_document(format_args!("{status:#}"));
        }
        print(&status)
    }
}

/// The running trials of ours. Running rows of other programs have no trial number.
fn running(database: &mut StudyDatabase) -> anyhow::Result<Vec<Running>> {
    let rows: Vec<(u64, i64)> = database
        .rows()
        .iter()
        .filter(|row| row.state == RowState::Running)
        .filter_map(|row| Some((row.trial?, row.id)))
        .collect();
    rows.into_iter().map(|(number, row)| Ok(Running { number, details: database.details(row)? })).collect()
}

impl Running {
    /// The user attribute with this name; null when there is none.
    fn attribute(&self, name: &str) -> Json {
        let found = self.details.attributes.iter().find(|(key, _)| key == name);
        found.map_or(Json::Null, |(_, value)| value.clone())
    }

    /// The model that it chose, in a study over several; null elsewhere.
    fn model(&self) -> Json {
        let found = self.details.params.iter().find(|(name, _)| name == MODEL);
        found.map_or(Json::Null, |(_, value)| value.clone())
    }
}

fn status(opened: &OpenedStudy, database: &StudyDatabase, running: &[Running], best: &Best) -> Json {
    let rows = database.rows();
    let ended = |state: RowState| {
        let is = |row: &&Row| row.state == state && row.artifact.is_some();
        rows.iter().filter(is).count()
    };
    let external = rows.externals().count();
    let interrupted =
        |row: &&Row| row.state == RowState::Failed && row.trial.is_some() && row.artifact.is_none();
    let objective = &opened.searched.objective().component;
    let ranking = &best.warning;
    let best = best.found.as_ref().map(|found| {
        let trial = found.trial.as_ref().ok();
        json!({
            "number": found.number,
            "objective": found.objective,
            "id": found.id,
            "model": trial.map(|trial| &trial.model.name),
            "figures": trial.and_then(|trial| opened.figures(trial)),
        })
    });
    json!({
        "run": opened.run.name(),
        "study": opened.identity().map(|identity| identity.name).unwrap_or_default(),
        "storage": opened.location.to_string(),
        "metric": objective.name,
        "metric_of_settings": opened.searched.replaced().map(|own| &own.name),
        "units": {
            "best_trial.objective": objective_of(objective),
            "running.objective": objective_of(objective),
        },
        "ranking": ranking,
        "models": opened.searched.trainings.iter().map(|t| &t.model.component.name).collect::<Vec<_>>(),
        "budget": opened.budget(),
        "finished": rows.finished().len() + external,
        "complete": ended(RowState::Complete),
        "pruned": ended(RowState::Pruned),
        "failed": ended(RowState::Failed),
        "external": external,
        "waiting": rows.waiting().count(),
        "interrupted_attempts": rows.iter().filter(interrupted).count(),
        "best_trial": best,
        "running": running.iter().map(|trial| json!({
            "number": trial.number,
            "stage": trial.attribute("holdfast:stage"),
            "model": trial.model(),
            "worker": trial.attribute("holdfast:worker"),
            "epoch": trial.details.newest.map(|(epoch, _)| epoch),
            "epochs": trial.attribute("holdfast:epochs"),
            "objective": trial.details.newest.map(|(_, objective)| objective),
            "started": trial.details.times[0],
        })).collect::<Vec<_>>(),
    })
}

/// What values of the objective are.
fn objective_of(objective: &Component) -> Json {
    json!({ "of": objective_title(objective), "unit": objective_unit(objective), "better": "higher" })
}

fn print(status: &Json) -> anyhow::Result<()> {
    // Other programs may write anything into the rows.
    let text = |value: &Json| {
        shown::line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)).into_owned()
    };
    say(format_args!("run       {}", text(&status["run"])))?;
    say(format_args!("study     {} in {}", text(&status["study"]), text(&status["storage"])))?;
    say(format_args!(
        "trials    {} of {} finished: {} complete, {} pruned, {} failed, {} from other programs",
        status["finished"],
        status["budget"],
        status["complete"],
        status["pruned"],
        status["failed"],
        status["external"]
    ))?;
    if status["waiting"] != 0 {
        say(format_args!("waiting   {} enqueued", status["waiting"]))?;
    }
    if status["interrupted_attempts"] != 0 {
        say(format_args!(
            "attempts  {} interrupted; their trials will run again",
            status["interrupted_attempts"]
        ))?;
    }
    if let Some(objective) = status["best_trial"]["objective"].as_f64() {
        let (metric, number) = (text(&status["metric"]), &status["best_trial"]["number"]);
        let model = status["models"].as_array().filter(|models| models.len() > 1);
        let model = model.map(|_| format!(" ({})", text(&status["best_trial"]["model"]))).unwrap_or_default();
        say(format_args!("best      trial {number}{model}: {metric} {objective:.4}"))?;
    }
    if let Some(configured) = status["metric_of_settings"].as_str() {
        say(format_args!(
            "objective {} in place of {configured}, since time_window has several values",
            text(&status["metric"])
        ))?;
    }
    for trial in status["running"].as_array().into_iter().flatten() {
        let objective = trial["objective"].as_f64().map(|value| format!(", {value:.4}")).unwrap_or_default();
        say(format_args!(
            "running   trial {} ({}{}): epoch {} of {}{objective}, {}",
            trial["number"],
            text(&trial["stage"]),
            trial["model"].as_str().map(|model| format!(", {}", shown::line(model))).unwrap_or_default(),
            trial["epoch"].as_u64().unwrap_or(0),
            text(&trial["epochs"]),
            text(&trial["worker"])
        ))?;
    }
    Ok(())
}
