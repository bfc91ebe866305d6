//! `tuner best`.

use super::study_args::{Best, Found, StudyArgs, losses, say, say_document};
use anyhow::Context as _;
use clap::Args;
use data_loader::DataParts;
use serde_json::json;
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct BestCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
}

impl BestCommand {
    pub(super) fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let opened = self.study.open(data, models)?;
        let database = opened.existing()?;
        let Best { found, warning } = opened.best(database.rows())?;
        let Found { id, number, objective, trial } =
            found.with_context(|| format!("run {} has no complete trial yet", opened.run.name()))?;
        let trial = trial?;
        if let Some(warning) = &warning {
            tracing::warn!("{warning}");
        }
        if self.study.json {
            let value = json!({
                "number": number,
                "id": id,
                "stage": trial.stage,
                "model": trial.model,
                "objective": objective,
                "params": trial.params,
                "metrics": trial.metrics,
                "figures": opened.figures(&trial),
                "ranking": warning,
                "split": trial.split,
                "preprocessing": trial.preprocessing,
            });
            return say_document(format_args!("{value:#}"));
        }
        let model = opened.model_of(&trial).map(|model| format!(", {model}")).unwrap_or_default();
        say(format_args!("best trial {number} ({}), {}{model}", id.short(), trial.stage))?;
        if let Some(metrics) = &trial.metrics {
            say(format_args!(
                "{} {:.4}, accuracy {:.4} at epoch {} of {}",
                metrics.objective,
                metrics.objective_value,
                metrics.validation_accuracy,
                metrics.best_epoch,
                metrics.epochs_trained
            ))?;
            say(losses(metrics, &opened.loss(metrics)))?;
        }
        say_document(serde_json::to_string_pretty(&trial.params)?)
    }
}
