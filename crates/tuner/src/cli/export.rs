//! `tuner export`.

use super::study_args::{OpenedStudy, StudyArgs, say, say_document};
use crate::storage::{Row, StudyRows};
use anyhow::Context as _;
use artifact_core::files;
use artifact_core::schema::{Trial, TrialId};
use clap::{Args, ValueEnum};
use data_loader::DataParts;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct ExportCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    /// Output format; --json is short for --format json
    #[arg(long, default_value = "csv")]
    format: Format,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per trial
    Csv,
    /// A list of objects, with learning curves
    Json,
}

/// The columns before the parameters.
const COLUMNS: [&str; 11] = [
    "number",
    "row",
    "state",
    "stage",
    "model",
    "objective",
    "rank",
    "accuracy",
    "best_epoch",
    "epochs_trained",
    "id",
];

impl ExportCommand {
    pub(super) fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let opened = self.study.open(data, models)?;
        let database = opened.existing()?;
        let trials = trials(&opened, database.rows())?;
        let text = match self.format {
            Format::Csv if !self.study.json => csv(&trials)?,
            _ => format!("{:#}", Json::Array(trials)),
        };
        match &self.out {
            None => say_document(text.trim_end()),
            Some(path) => {
                files::write_atomically(path, format!("{}\n", text.trim_end()).as_bytes())
                    .with_context(|| format!("failed to write {}", path.display()))?;
                say(format_args!("{} (written)", path.display()))
            }
        }
    }
}

/// The finished trials in number order, then the results of other programs in row order.
fn trials(opened: &OpenedStudy, rows: &StudyRows) -> anyhow::Result<Vec<Json>> {
    let trials = opened.trials(rows)?;
    let ranking = opened.ranking(&trials);
    if let Some(warning) = ranking.warning(&opened.searched.objective().component.name) {
        tracing::warn!("{warning}");
    }
    let ranks: BTreeMap<u64, usize> =
        ranking.ranked.iter().enumerate().map(|(place, trial)| (trial.number, place + 1)).collect();
    let own = trials.iter().map(|(id, trial)| {
        let row = rows.attempts(trial.number).find(|row| row.artifact == Some(id.digest()));
        Ok(own(row, *id, trial, ranks.get(&trial.number)))
    });
    let external = rows.externals().map(|row| Ok(external(row)));
    own.chain(external).collect()
}

/// A finished trial; its rank is the place among the complete trials that it can be compared with, from 1.
fn own(row: Option<&Row>, id: TrialId, trial: &Trial, rank: Option<&usize>) -> Json {
    let metrics = trial.metrics.as_ref();
    json!({
        "number": trial.number,
        "row": row.map(|row| row.number),
        "state": trial.state,
        "stage": trial.stage,
        "model": trial.model.name,
        "objective": metrics.map(|metrics| metrics.objective_value),
        "rank": rank,
        "accuracy": metrics.map(|metrics| metrics.validation_accuracy),
        "best_epoch": metrics.map(|metrics| metrics.best_epoch),
        "epochs_trained": metrics.map(|metrics| metrics.epochs_trained),
        "id": id,
        "params": trial.params,
        "error": trial.error,
        "history": metrics.map(|metrics| &metrics.history),
    })
}

fn external(row: &Row) -> Json {
    let params: Map<String, Json> = row.params.clone().into_iter().collect();
    json!({
        "number": null,
        "row": row.number,
        "state": row.state.name().to_lowercase(),
        "stage": "external",
        "objective": row.value,
        "params": params,
        "seen_from": row.seen_from,
    })
}

/// A table with a column for every parameter that occurs.
fn csv(trials: &[Json]) -> anyhow::Result<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in trials.iter().filter_map(|trial| trial["params"].as_object()).flat_map(Map::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS.iter().chain(&names).map(|name| cell(&Json::from(*name))))?;
    for trial in trials {
        let cells = COLUMNS.iter().map(|name| &trial[*name]);
        let params = names.iter().map(|name| &trial["params"][*name]);
        writer.write_record(cells.chain(params).map(cell))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        // Spreadsheets run what begins so. This table is for people; programs get the texts as they are from JSON.
        Json::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_are_no_formulas_and_numbers_stay_numbers() {
        let trials = [json!({"number": -1, "model": "=1+1", "params": {"@x": "-2", "y": -2.5}})];
        let table = csv(&trials).unwrap();
        let (head, row) = table.split_once('\n').unwrap();
        assert!(head.ends_with(",'@x,y"), "{table}");
        assert!(row.starts_with("-1,,,,'=1+1,") && row.trim_end().ends_with(",'-2,-2.5"), "{table}");
    }
}
