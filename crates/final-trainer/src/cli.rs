//! The command line of the final trainer.

use crate::predict::predict;
use crate::{FinalTrainer, phase_key};
use anyhow::Context as _;
use artifact_core::cli::{LogArgs, RunArgs, Selection, UsageError};
use artifact_core::schema::{CLASS_NAMES, Evaluation, ModelBundle, ModelBundleId};
use artifact_core::views::{ModelDirectory, final_model, read_best_configuration, write_all};
use artifact_core::{Phase, PhaseRecord, load};
use chrono::{SecondsFormat, Utc};
use clap::{Args, Parser, Subcommand};
use std::io::Write as _;
use std::path::PathBuf;
use trainer_core::Checkpoints;

/// Phase 3: fit the chosen configuration on all development rows and test it once.
#[derive(Debug, Parser)]
#[command(name = "final-trainer", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How much is said on standard error.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fit, open the test set, and write final_model/
    Run(RunCommand),
    /// Print the class probabilities after the newest bar of every ticker
    Predict(PredictCommand),
}

#[derive(Debug, Args)]
struct RunCommand {
    #[command(flatten)]
    run: RunArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PredictCommand {
    /// A run's final_model directory
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// CSV files of the model's tickers, in its order
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    bars: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Cli {
    /// Follows the command line.
    ///
    /// # Errors
    ///
    /// Whatever ends the program with another exit code than 0.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Run(command) => command.run(),
            Command::Predict(command) => command.run(),
        }
    }
}

impl RunCommand {
    fn run(self) -> anyhow::Result<()> {
        let Selection { workspace, run, config } = self.run.select()?;
        let path = run.best_configuration();
        if !path.exists() {
            return Err(UsageError(format!(
                "run {} has no best configuration yet; run `extended-trainer run` first",
                run.name()
            ))
            .into());
        }
        let _lock = run.lock()?;
        let store = workspace.store();
        let ledger = workspace.ledger();
        let (best_id, best) = read_best_configuration(&path)?;
        let key = phase_key(best_id)?;
        let record = run.record()?;
        let done = record.as_ref().and_then(|record| record.done(Phase::Final, key));
        let known = done.and_then(|done| done.outputs.get("model_bundle").copied()).map(ModelBundleId::new);
        let directory = ModelDirectory::new(run.final_model());
        let (id, bundle) = match known {
            Some(id) => (id, load(&store, id)?),
            None => {
                let trainer = FinalTrainer {
                    run: &run,
                    store: &store,
                    ledger: &ledger,
                    best_id,
                    best: &best,
                    checkpoints: &Checkpoints::new(run.checkpoints(), config.checkpoints.epochs),
                    clock: &|| Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
                };
                trainer
                    .run()
                    .with_context(|| format!("failed to make the final model of run {}", run.name()))?
            }
        };
        let openings = ledger.openings(best.snapshot, best.split.split_row)?;
        if known.is_none() || !directory.is_complete() {
            write_all(&final_model(&store, &ledger, &run, id)?)?;
        }
        if known.is_none() {
            run.finish(&config, Phase::Final, PhaseRecord::new(key, [("model_bundle", id.digest())]))?;
        }
        if openings > 1 {
            tracing::warn!(
                "this test set has been opened {openings} times; its figures are no longer untouched"
            );
        }
        print(&directory, id, &bundle, openings, known.is_some(), self.json)
    }
}

fn print(
    directory: &ModelDirectory,
    id: ModelBundleId,
    bundle: &ModelBundle,
    openings: usize,
    nothing_done: bool,
    json: bool,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        let value = serde_json::json!({
            "model_bundle": id,
            "path": directory.path(),
            "epochs_trained": bundle.epochs_trained,
            "test": bundle.test,
            "test_set_openings": openings,
            "nothing_to_do": nothing_done,
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    let news = if nothing_done { "nothing to do: " } else { "" };
    writeln!(out, "final model {}: {news}{}", id.short(), directory.path().display())?;
    writeln!(out, "{:<12} {:>9} {:>9} {:>9}", "test", "mcc", "accuracy", "log loss")?;
    let rows: [(&str, &Evaluation); 3] = [
        ("this model", &bundle.test.model),
        ("linear", &bundle.test.linear),
        ("majority", &bundle.test.majority),
    ];
    for (name, evaluation) in rows {
        writeln!(
            out,
            "{name:<12} {:>9.4} {:>9.4} {:>9.4}",
            evaluation.mcc, evaluation.accuracy, evaluation.log_loss
        )?;
    }
    Ok(())
}

impl PredictCommand {
    fn run(self) -> anyhow::Result<()> {
        let predictions = predict(&ModelDirectory::new(self.model), &self.bars)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&predictions)?)?;
            return Ok(());
        }
        let [hold, up, down] = CLASS_NAMES;
        writeln!(out, "{:<12} {:<10} {hold:>8} {up:>8} {down:>8}  class", "ticker", "date")?;
        for prediction in &predictions {
            let [hold, up, down] = prediction.probabilities;
            writeln!(
                out,
                "{:<12} {:<10} {hold:>8.4} {up:>8.4} {down:>8.4}  {}",
                prediction.ticker, prediction.date, prediction.class
            )?;
        }
        Ok(())
    }
}
