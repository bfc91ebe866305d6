//! The command line of the tuner.

use crate::objective::Request;
use crate::pruners::Savings;
use crate::study::{FinishedStudy, StudyObserver, StudyRunner, phase_key};
use anyhow::Context as _;
use artifact_core::cli::{LogArgs, RunArgs, Selection, UsageError};
use artifact_core::schema::{Seal, SealId, StudyId, Trial, TrialState};
use artifact_core::views::load_study;
use artifact_core::{Phase, PhaseRecord, load};
use chrono::Utc;
use clap::{Args, Parser, Subcommand};
use data_loader::Dataset;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use trainer_core::CheckpointError;

/// Phase 1: tune hyperparameters on validation rows.
#[derive(Debug, Parser)]
#[command(name = "tuner", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How much is said on standard error.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the trials that are missing
    Run(RunCommand),
}

#[derive(Debug, Args)]
struct RunCommand {
    #[command(flatten)]
    run: RunArgs,
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
        let Command::Run(command) = self.command;
        let Selection { workspace, run, config } = command.run.select()?;
        let record = run.record()?;
        let seal_id =
            record.as_ref().and_then(|record| record.output(Phase::Data, "seal")).ok_or_else(|| {
                UsageError(format!(
                    "run {} has no frozen data yet; run `data-loader freeze` first",
                    run.name()
                ))
            })?;
        let _lock = run.lock()?;
        let store = workspace.store();
        let seal_id = SealId::new(seal_id);
        let seal: Seal = load(&store, seal_id)?;
        let key = phase_key(&config, seal_id, seal.development)?;
        let done = record.as_ref().and_then(|record| record.done(Phase::Tuning, key));
        if let Some(id) = done.and_then(|done| done.outputs.get("study").copied())
            && run.trial_results().exists()
        {
            let (study, trials) = load_study(&store, StudyId::new(id))?;
            let finished = FinishedStudy { id: StudyId::new(id), study, trials, new_trials: 0 };
            return print(&finished, command.json);
        }

        let dataset = Dataset::development(&store, &seal, config.features.set)?;
        let progress = Progress::new(config.tuner.stages.iter().map(|stage| stage.trials).sum());
        let runner = StudyRunner {
            run: &run,
            store: &store,
            config: &config,
            seal_id,
            seal: &seal,
            dataset: &dataset,
            clock: &Utc::now,
            observer: &progress,
        };
        let finished = runner.run().with_context(|| format!("failed to tune run {}", run.name()))?;
        progress.bar.finish_and_clear();
        let outputs = [("study", finished.id.digest())];
        run.finish(&config, Phase::Tuning, PhaseRecord::new(key, outputs))?;
        print(&finished, command.json)
    }
}

fn print(finished: &FinishedStudy, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let failed = finished.trials.iter().filter(|(_, trial)| trial.state == TrialState::Failed).count();
    let savings = Savings::of(finished.trials.iter().map(|(_, trial)| trial));
    let best = finished.study.best_trial.and_then(|number| finished.trials.get(number as usize));
    if json {
        let value = serde_json::json!({
            "study": finished.id,
            "trials": finished.trials.len(),
            "new_trials": finished.new_trials,
            "failed": failed,
            "pruned": savings.pruned,
            "epochs_run": savings.epochs_run,
            "epochs_spared": savings.epochs_spared,
            "best_trial": best.map(|(id, trial)| serde_json::json!({
                "id": id,
                "number": trial.number,
                "params": trial.params,
                "metrics": trial.metrics,
            })),
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    let news = if finished.new_trials == 0 {
        "nothing to do: ".into()
    } else {
        format!("{} new, ", finished.new_trials)
    };
    writeln!(out, "study {}: {news}{} trials, {failed} failed", finished.id.short(), finished.trials.len())?;
    if savings.pruned > 0 {
        let Savings { pruned, epochs_run, epochs_spared } = savings;
        let share = 100.0 * savings.share();
        writeln!(
            out,
            "{pruned} pruned: {epochs_run} epochs run, up to {epochs_spared} spared ({share:.0} %)"
        )?;
    }
    if let Some((id, Trial { number, params, metrics: Some(metrics), .. })) = best {
        writeln!(
            out,
            "best trial {number} ({}): {} {:.4}, accuracy {:.4} at epoch {}",
            id.short(),
            metrics.objective.name(),
            metrics.objective_value,
            metrics.validation_accuracy,
            metrics.best_epoch
        )?;
        writeln!(out, "{}", serde_json::to_string_pretty(params)?)?;
    }
    Ok(())
}

/// A progress bar on a terminal, plain lines otherwise.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new(trials: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let style =
            ProgressStyle::with_template("{bar:30} {pos}/{len} trials, {elapsed} so far, {eta} left  {msg}");
        let bar = ProgressBar::new(trials).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            tracing::info!("{line}");
        }
    }
}

impl StudyObserver for Progress {
    fn started(&self, request: &Request, total: u64) {
        // A continued study starts in the middle.
        self.bar.set_length(total);
        self.bar.set_position(self.bar.position().max(request.number.saturating_sub(1)));
        tracing::debug!(
            "trial {} of {total} ({}) starts: {:?}",
            request.number,
            request.stage,
            request.params
        );
    }

    fn resumed(&self, number: u64, from: Result<u64, &CheckpointError>) {
        self.bar.suspend(|| match from {
            Ok(epoch) => tracing::info!("trial {number} goes on after epoch {epoch}"),
            Err(error) => tracing::warn!("trial {number} starts from the beginning: {error}"),
        });
    }

    fn finished(&self, trial: &Trial, best: Option<(u64, f64)>) {
        self.bar.inc(1);
        let best =
            best.map(|(number, value)| format!("best {value:.4} (trial {number})")).unwrap_or_default();
        self.bar.set_message(best.clone());
        match (&trial.metrics, &trial.error) {
            (Some(metrics), _) => self.say(&format!(
                "trial {} ({}): {} {:.4} after {} epochs, {best}",
                trial.number,
                trial.stage,
                metrics.objective.name(),
                metrics.objective_value,
                metrics.epochs_trained
            )),
            (None, error) => self.bar.suspend(|| {
                tracing::warn!("trial {} failed: {}", trial.number, error.as_deref().unwrap_or("no reason"));
            }),
        }
    }
}
