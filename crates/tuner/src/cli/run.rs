//! `tuner run`.

use super::interrupt::{Reason, Stop, parse_time};
use super::progress::Progress;
use super::study_args::{OpenedStudy, StudyArgs, Use, losses, say, say_document};
use super::warnings::warnings;
use crate::SearchParts;
use crate::pruners::Savings;
use crate::storage::{Location, Patience, StorageError, StudyDatabase};
use crate::study::{FinishedStudy, StudyEnd, StudyError, StudyRunner, phase_key, trial_is_whole};
use anyhow::Context as _;
use artifact_core::schema::{Seal, StudyId, Trial, TrialId, TrialState};
use artifact_core::{Phase, PhaseRecord, load_study, unless_lost};
use chrono::Utc;
use clap::Args;
use data_loader::{DataParts, Dataset};
use figures::StoppingBias;
use figures::digits::percent;
use settings::cli::UsageError;
use std::process::ExitCode;
use std::time::Duration;
use trainer_core::ModelParts;

#[derive(Debug, Args)]
pub(super) struct RunCommand {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    /// Finished trials in total, across all processes, kills and restarts [default: the sum of the stages]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    trials: Option<u64>,
    /// Parallel fits in this process, at most tuner.parallelism [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    workers: Option<u64>,
    /// Stop after this time, such as 90s, 15m or 1h30m, and keep the finished trials as the study
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    max_time: Option<Duration>,
    /// Take over another process's trial after this time without a heartbeat
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_time)]
    grace: Duration,
}

/// The result to print.
struct RunSummary<'a> {
    finished: &'a FinishedStudy,
    new_trials: usize,
    waited: Duration,
}

impl RunCommand {
    pub(super) fn run(
        self,
        data: &DataParts,
        models: &ModelParts,
        search: &SearchParts,
    ) -> anyhow::Result<ExitCode> {
        let stop = Stop::new(self.max_time).context("failed to listen for signals")?;
        let selection = self.study.run.select()?;
        // Refuse a bad sampler or pruner before opening anything, with its place in the configuration file.
        search.choose(&selection.config.tuner).map_err(|error| error.at(selection.file.as_deref()))?;
        let mut opened = self.study.open_selected(selection, Use::Extend, data, models)?;
        let mut lock = opened.run.join()?;
        // Read it again under the lock: another process may have finished the study meanwhile.
        opened.record = opened.run.record()?;
        let total = self.trials.unwrap_or_else(|| opened.budget());
        if let Some(finished) = self.done_before(&opened, total)? {
            let waited = Duration::ZERO;
            print(&opened, &RunSummary { finished: &finished, new_trials: 0, waited }, self.study.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        let stopping = stop.clone();
        let mut database = match opened.database(Patience::until(move || stopping.reason().is_some())) {
            Ok(database) => database,
            Err(error) => return stopped(error, &stop),
        };
        if lock.is_alone() && matches!(opened.location, Location::Sqlite(_)) {
            // No other process has joined this run, so trials that the database calls running were left behind by
            // processes that ended. On a server they may belong to a live process with another workspace: there,
            // heartbeats decide.
            if let Err(error) = database.give_up_all(Utc::now()) {
                return stopped(error.into(), &stop);
            }
        }
        lock.let_others_in()?;

        let OpenedStudy { run, config, file, recipe, searched, store, seal_id, seal, .. } = &opened;
        let dataset = Dataset::development(store, seal, recipe)?;
        searched.check_panel(dataset.panel()).map_err(|error| error.at(file.as_deref()))?;
        if let Some(replacement) = searched.replacement() {
            tracing::info!("{replacement}");
        }
        for warning in warnings(&dataset, seal, config, searched) {
            tracing::warn!("{warning}");
        }
        let progress = Progress::new(&searched.objective().component.name);
        let worker = format!("process {}", std::process::id());
        let runner = StudyRunner {
            run,
            store,
            config,
            parts: search,
            searched,
            seal_id: *seal_id,
            seal,
            dataset: &dataset,
            total,
            workers: self.workers.map_or_else(rayon::current_num_threads, |workers| workers as usize),
            worker: &worker,
            grace: self.grace,
            clock: &Utc::now,
            stop: &|| stop.reason().is_some(),
            observer: &progress,
        };
        let end = runner.run(database).with_context(|| format!("failed to tune run {}", run.name()));
        progress.finish();
        match end {
            Ok(end) => self.end(&opened, &runner, end, total, stop.reason()),
            Err(error) => stopped(error, &stop),
        }
    }

    /// The study that an earlier command finished with the same inputs and budget, if its view still exists.
    fn done_before(&self, opened: &OpenedStudy, total: u64) -> anyhow::Result<Option<FinishedStudy>> {
        let key =
            phase_key(&opened.config, &opened.searched, opened.seal_id, opened.seal.development, total)?;
        let done = opened.record.as_ref().and_then(|record| record.done(Phase::Tuning, key));
        let Some(&id) = done.and_then(|done| done.outputs.get("study")) else {
            return Ok(None);
        };
        if !opened.run.trial_results().exists() {
            return Ok(None);
        }
        let id = StudyId::new(id);
        let found = unless_lost("the study", load_study(&opened.store, id))?;
        let whole = |(_, trial): &(TrialId, Trial)| trial_is_whole(&opened.store, trial);
        Ok(match found {
            Some((study, trials))
                if unless_lost("the study", trials.iter().try_for_each(whole))?.is_some() =>
            {
                Some(FinishedStudy { id, study, trials })
            }
            _ => None,
        })
    }

    /// Records and prints the study's result, or says how to resume it.
    fn end(
        &self,
        opened: &OpenedStudy,
        runner: &StudyRunner<'_>,
        end: StudyEnd,
        total: u64,
        stopped: Option<Reason>,
    ) -> anyhow::Result<ExitCode> {
        let StudyEnd { finished, done, new_trials, waited } = end;
        tracing::debug!("workers waited {waited:.1?} for trials whose outcomes a suggestion needed");
        if let Some(finished) = finished {
            keep(opened, &finished, total)?;
            print(opened, &RunSummary { finished: &finished, new_trials, waited }, self.study.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        let name = opened.run.name();
        let Some(reason) = stopped else {
            let problem = format!(
                "all {done} trials of the study come from other programs, and later phases cannot use those; raise \
                 --trials above {done}"
            );
            return Err(UsageError(problem).into());
        };
        let why = if reason == Reason::Time { "time limit reached" } else { "stopped" };
        tracing::warn!(
            "{why}: {done} of {total} trials are finished and saved; to resume, run `holdfast tune --run {name}` with the \
             same --workspace, --storage and --trials"
        );
        if reason == Reason::Time {
            let database = StudyDatabase::open_existing(&opened.location, &opened.identity()?.name)?;
            let finished = runner.conclude_early(database)?;
            let finished = finished
                .context("trial 0 did not finish in time, so there is no study to keep; raise --max-time")?;
            // As if the number of finished trials had been the budget.
            keep(opened, &finished, finished.trials.len() as u64)?;
            print(opened, &RunSummary { finished: &finished, new_trials, waited }, self.study.json)?;
        }
        Ok(reason.exit_code())
    }
}

/// The exit code of a study that was stopped while it waited for its database; any other error is one.
fn stopped(error: anyhow::Error, stop: &Stop) -> anyhow::Result<ExitCode> {
    let waiting = error.chain().find_map(|cause| match cause.downcast_ref::<StudyError>() {
        Some(StudyError::Storage(storage)) => Some(storage),
        _ => cause.downcast_ref::<StorageError>(),
    });
    match (waiting, stop.reason()) {
        (Some(waiting @ StorageError::Stopped { .. }), Some(reason @ Reason::Signal(_))) => {
            tracing::warn!("{waiting}; trials that are finished are kept");
            Ok(reason.exit_code())
        }
        _ => Err(error),
    }
}

/// Records in the run's record that its study is finished, for this budget.
fn keep(opened: &OpenedStudy, finished: &FinishedStudy, total: u64) -> anyhow::Result<()> {
    let Seal { development, .. } = opened.seal;
    let key = phase_key(&opened.config, &opened.searched, opened.seal_id, development, total)?;
    let record = PhaseRecord::new(key, [("study", finished.id.digest())]);
    Ok(opened.run.finish(&opened.config, Phase::Tuning, record)?)
}

fn print(opened: &OpenedStudy, outcome: &RunSummary<'_>, json: bool) -> anyhow::Result<()> {
    let FinishedStudy { id, study, trials } = outcome.finished;
    let failed = trials.iter().filter(|(_, trial)| trial.state == TrialState::Failed).count();
    let savings = Savings::of(trials.iter().map(|(_, trial)| trial));
    let bias = StoppingBias::of(trials.iter().map(|(_, trial)| trial));
    let ranking = opened.ranking(trials);
    let warning = ranking.warning(&study.objective.name);
    if let Some(warning) = &warning {
        tracing::warn!("{warning}");
    }
    let best = ranking.best().and_then(|best| trials.get(best.number as usize));
    let replaced = opened.searched.replaced().map(|own| &own.name);
    if json {
        let value = serde_json::json!({
            "study": id,
            "objective": study.objective,
            "objective_of_settings": replaced,
            "ranking": warning,
            "trials": trials.len(),
            "new_trials": outcome.new_trials,
            "waited_seconds": outcome.waited.as_secs_f64(),
            "failed": failed,
            "pruned": savings.pruned,
            "epochs_run": savings.epochs_run,
            "epochs_spared": savings.epochs_spared,
            "stopping_bias": bias.map(|bias| serde_json::json!({ "mean": bias.mean, "trials": bias.trials })),
            "best_trial": best.map(|(id, trial)| serde_json::json!({
                "id": id,
                "number": trial.number,
                "params": trial.params,
                "metrics": trial.metrics,
                "figures": opened.figures(trial),
            })),
        });
        return say_document(format_args!("{value:#}"));
    }
    let news = if outcome.new_trials == 0 {
        "nothing to do: ".into()
    } else {
        format!("{} new, ", outcome.new_trials)
    };
    say(format_args!("study {}: {news}{} trials, {failed} failed", id.short(), trials.len()))?;
    if let Some(replaced) = replaced {
        say(format_args!(
            "objective {} in place of {replaced}, since time_window has several values",
            study.objective.name
        ))?;
    }
    if savings.pruned > 0 {
        let Savings { pruned, epochs_run, epochs_spared } = savings;
        let share = percent(savings.share(), 0);
        say(format_args!("{pruned} pruned: {epochs_run} epochs run, up to {epochs_spared} saved ({share})"))?;
    }
    if let Some((id, Trial { number, params, metrics: Some(metrics), .. })) = best {
        say(format_args!(
            "best trial {number} ({}): {} {:.4}, accuracy {:.4} at epoch {}",
            id.short(),
            metrics.objective,
            metrics.objective_value,
            metrics.validation_accuracy,
            metrics.best_epoch
        ))?;
        say(losses(metrics, &opened.loss(metrics)))?;
        if let Some(bias) = bias {
            say(bias.in_words(&study.objective.name))?;
        }
        say_document(serde_json::to_string_pretty(params)?)?;
    }
    Ok(())
}
