//! `tuner importance`.

use super::study_args::{StudyArgs, say, say_document};
use crate::importance::importances;
use crate::study::{space, told};
use anyhow::ensure;
use clap::Args;
use data_loader::{DataParts, Dataset};
use serde_json::{Map, Value as Json, json};
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct ImportanceCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
}

impl ImportanceCommand {
    pub(super) fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let opened = self.study.open(data, models)?;
        let database = opened.existing()?;
        let mut trials = opened.trials(database.rows())?;
        let ranking = opened.ranking(&trials);
        if let Some(warning) = ranking.warning(&opened.searched.objective().component.name) {
            tracing::warn!("{warning}");
        }
        let only = ranking.only();
        trials.retain(|(_, trial)| only.is_none_or(|window| trial.params.time_window == window));
        let dataset = Dataset::development(&opened.store, &opened.seal, &opened.recipe)?;
        let space = space(&opened.config, &opened.searched, &opened.seal, &dataset)?;
        let told = told(&space, &trials, database.rows(), only);
        ensure!(told.len() > 1, "run {} has fewer than two trials to compare", opened.run.name());
        let shares = importances(space.space(), &told);
        if self.study.json {
            let shares: Map<String, Json> =
                shares.into_iter().map(|(name, share)| (name, json!(share))).collect();
            return say_document(format_args!("{:#}", Json::Object(shares)));
        }
        for (name, share) in shares {
            say(format_args!("{name:<16}{share:>8.4}  {}", "#".repeat((share * 40.0).round() as usize)))?;
        }
        Ok(())
    }
}
