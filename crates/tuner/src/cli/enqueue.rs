//! `tuner enqueue`.

use super::study_args::{StudyArgs, Use, say, say_document};
use crate::search_space::MODEL;
use crate::storage::Patience;
use crate::study::{enqueue, space};
use anyhow::Context as _;
use clap::Args;
use data_loader::{DataParts, Dataset};
use serde_json::{Map, Value as Json, json};
use settings::cli::UsageError;
use std::path::PathBuf;
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct EnqueueCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    /// Values of one configuration, as NAME=VALUE; the sampler suggests the rest
    #[arg(value_name = "NAME=VALUE", value_parser = parse_pair, required_unless_present = "file")]
    values: Vec<(String, Json)>,
    /// JSON file with one configuration (an object), or a list of them
    #[arg(long, value_name = "FILE", conflicts_with = "values")]
    file: Option<PathBuf>,
}

impl EnqueueCommand {
    pub(super) fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let configurations = self.configurations()?;
        let opened = self.study.open_selected(self.study.run.select()?, Use::Extend, data, models)?;
        let dataset = Dataset::development(&opened.store, &opened.seal, &opened.recipe)?;
        let space = space(&opened.config, &opened.searched, &opened.seal, &dataset)?;
        let mut database = opened.database(Patience::default())?;
        let mut rows = Vec::new();
        for values in &configurations {
            let row = enqueue(&mut database, &space, values);
            rows.push(row.map_err(|error| UsageError(error.to_string()))?);
        }
        let finished = database.rows().finished().len() + database.rows().externals().count();
        let full = finished as u64 >= opened.budget();
        if self.study.json {
            let waiting = database.rows().waiting().count();
            return say_document(format_args!("{:#}", json!({ "enqueued": rows, "waiting": waiting })));
        }
        let (configurations, they) = match rows.len() {
            1 => ("1 configuration".to_owned(), "it"),
            n => (format!("{n} configurations"), "them"),
        };
        if full {
            let more = finished + database.rows().waiting().count();
            return say(format_args!(
                "{configurations} enqueued; the budget is used up: to try {they}, run `holdfast tune --trials {more}`"
            ));
        }
        say(format_args!("{configurations} enqueued; the next trials will try {they}"))
    }

    fn configurations(&self) -> anyhow::Result<Vec<Map<String, Json>>> {
        let Some(path) = &self.file else {
            return Ok(vec![with_multiple(self.values.iter().cloned().collect())?]);
        };
        let shown = path.display();
        let text = settings::read_text(path).with_context(|| format!("failed to read {shown}"))?;
        let refuse = |problem: String| UsageError(format!("{shown}: {problem}"));
        let json = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        let list = match json {
            Json::Array(list) => list,
            one => vec![one],
        };
        let configuration = |json| match json {
            Json::Object(values) => Ok(with_multiple(values)?),
            other => Err(refuse(format!("{other} is not a configuration; expected a JSON object")).into()),
        };
        list.into_iter().map(configuration).collect()
    }
}

/// Parses `NAME=VALUE`, where the value is a JSON number, or a model's name.
fn parse_pair(text: &str) -> Result<(String, Json), String> {
    if let Some(model) = text.strip_prefix("model=").filter(|model| !model.is_empty()) {
        return Ok((MODEL.to_owned(), model.into()));
    }
    let refuse = || format!("{text:?} is not NAME=VALUE with a numeric value, such as learning_rate=1e-3");
    let (name, value) = text.split_once('=').ok_or_else(refuse)?;
    let value: Json = serde_json::from_str(value).map_err(|_| refuse())?;
    if !value.is_number() {
        return Err(refuse());
    }
    Ok((name.trim().to_owned(), value))
}

/// Replaces `d_ff` by `d_ff_multiple`. Results hold `d_ff`, but the search space has its multiple of `d_model`;
/// accepting both lets users enqueue the parameters of an earlier result.
fn with_multiple(mut values: Map<String, Json>) -> Result<Map<String, Json>, UsageError> {
    let Some(d_ff) = values.remove("d_ff") else {
        return Ok(values);
    };
    let width = values.get("d_model").and_then(Json::as_u64).filter(|width| *width > 0);
    let multiple = d_ff.as_u64().zip(width).filter(|(d_ff, width)| d_ff.is_multiple_of(*width));
    let (d_ff, width) = multiple.ok_or_else(|| {
        UsageError(format!(
            "d_ff is {d_ff}, expected a multiple of d_model; give d_model too, or give d_ff_multiple instead"
        ))
    })?;
    values.insert("d_ff_multiple".to_owned(), (d_ff / width).into());
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parsed_as_numbers() {
        assert_eq!(parse_pair("learning_rate=1e-3"), Ok(("learning_rate".into(), json!(1e-3))));
        assert_eq!(parse_pair("d_model=64"), Ok(("d_model".into(), json!(64))));
        assert_eq!(parse_pair("model=gru"), Ok(("model".into(), json!("gru"))));
        for bad in ["model=", "d_model", "d_model=", "d_model=wide", "d_model=true"] {
            assert!(parse_pair(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn widths_become_multiples() {
        let of = |json: Json| with_multiple(json.as_object().unwrap().clone());
        let known = of(json!({ "d_model": 16, "d_ff": 64 })).unwrap();
        assert_eq!(Json::Object(known), json!({ "d_model": 16, "d_ff_multiple": 4 }));
        for bad in [json!({ "d_ff": 64 }), json!({ "d_model": 48, "d_ff": 64 }), json!({ "d_ff": "x" })] {
            assert!(of(bad).is_err());
        }
    }
}
