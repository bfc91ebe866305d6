//! The command line of the final trainer.

use crate::predict::{Forecast, Prediction, Request, Rows, Stale, predict};
use crate::{FinalTrainer, phase_key};
use anyhow::Context as _;
use artifact_core::Moment;
use artifact_core::ledger::Openings;
use artifact_core::schema::{
    BestConfiguration, CLASS_NAMES, FrozenPlan, FrozenPlanId, ModelBundle, ModelBundleId,
};
use artifact_core::{Error, Invalid, Phase, PhaseRecord, Run, RunRecord, load_whole, unless_lost};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Parser, Subcommand};
use data_loader::DataParts;
use figures::{Situation, TestFigures, TestTable, Verdict};
use settings::cli::{LogArgs, RunArgs, Selection, UsageError, document_output, output};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::SystemTime;
use trainer_core::{Checkpoints, ModelParts};
use views::{ModelDirectory, final_model, read_best_configuration, read_object, trials_before, write_all};

/// The end of `--help`.
const EXAMPLES: &str = "\
Examples:
  holdfast finalize --config mine.toml
  holdfast predict --model holdfast/runs/RUN/final_model --bars AAA.csv BBB.csv
  holdfast predict --model holdfast/runs/RUN/final_model --bars AAA.csv BBB.csv --series vix=vix.csv
  holdfast predict --model holdfast/runs/RUN/final_model --bars all.csv --from 2024-01-01 --json";

/// Phase 3: fit the chosen configuration on all development rows and test it once.
#[derive(Debug, Parser)]
#[command(name = "final-trainer", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How verbose standard error is.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fit, open the test set, and write final_model/
    Run(RunCommand),
    /// Print what the model predicts after the newest bar of every ticker, or after every bar of a range
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
    /// CSV files of the model's tickers, in any order; other tickers in them are left out
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    bars: Vec<PathBuf>,
    /// CSV file of a series that the model was fitted with; repeat it for every series
    #[arg(long, value_name = "NAME=FILE", value_parser = series)]
    series: Vec<(String, PathBuf)>,
    /// Predict whatever tickers the files hold, also some that the model was not fitted on
    #[arg(long)]
    other_tickers: bool,
    /// Accept a prediction from bars that are up to so many rows older than the newest date, marked as stale [default: 0]
    #[arg(long, value_name = "ROWS", default_value_t = 0, hide_default_value = true)]
    stale: usize,
    /// Predict after every row from this date, or 2024-01-31T15:30, on that has enough rows before it
    #[arg(long, value_name = "DATE", conflicts_with = "stale")]
    from: Option<Moment>,
    /// The same up to this date
    #[arg(long, value_name = "DATE", conflicts_with = "stale")]
    to: Option<Moment>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Cli {
    /// Runs the chosen command.
    ///
    /// # Errors
    ///
    /// Any error that ends the program with an exit code other than 0.
    pub fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        match self.command {
            Command::Run(command) => command.run(data, models),
            Command::Predict(command) => command.run(data, models),
        }
    }
}

impl RunCommand {
    fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let Selection { workspace, run, config, file } = self.run.select()?;
        // Before the frozen plan is compared: an unknown part name is a configuration error, not a changed plan.
        data.recipe(&config).map_err(|error| error.at(file.as_deref()))?;
        models.trainings(&config.training).map_err(|error| error.at(file.as_deref()))?;
        let path = run.best_configuration();
        if !path.exists() {
            return Err(UsageError(format!(
                "run {} has no best configuration yet; run `holdfast validate` first",
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
        // A finished phase is not repeated: scoring once more would cost another opening.
        let known = done.and_then(|done| done.outputs.get("model_bundle").copied()).map(ModelBundleId::new);
        let made =
            known.map(|id| unless_lost("the final fit", load_whole(&store, id).map(|bundle| (id, bundle))));
        let known = made.transpose()?.flatten();
        let nothing_done = known.is_some();
        let directory = ModelDirectory::new(run.final_model());
        let (id, bundle) = match known {
            Some(known) => known,
            None => {
                let plan_id = frozen_plan(&run, record.as_ref())?;
                // Before the test rows are opened: the model's files need it, and would be refused afterwards.
                trials_before(&store, &run, &best)?;
                let trainer = FinalTrainer {
                    run: &run,
                    store: &store,
                    data,
                    models,
                    ledger: &ledger,
                    best_id,
                    best: &best,
                    checkpoints: &Checkpoints::new(run.checkpoints(), config.checkpoints.epochs),
                    plan_id,
                    config: &config,
                    clock: &|| stamp(SystemTime::now()),
                };
                trainer
                    .run()
                    .with_context(|| format!("failed to produce the final model of run {}", run.name()))?
            }
        };
        // Counted even for a finished phase: another run may have opened the same test rows since.
        let openings = ledger.openings(best.snapshot, best.split.split_row)?;
        if !nothing_done || !directory.is_complete() {
            write_all(&final_model(&store, &ledger, &run, id)?)?;
        }
        // Recorded last: a process that dies before this repeats the phase, which resumes its opening.
        if !nothing_done {
            run.finish(&config, Phase::Final, PhaseRecord::new(key, [("model_bundle", id.digest())]))?;
        }
        if !openings.untouched() {
            tracing::warn!("{}; its figures are no longer those of an untouched test set", opened(openings));
        }
        let result = Finished { directory: &directory, id, best: &best, bundle: &bundle, openings };
        result.print(nothing_done, self.json)
    }
}

/// How often the test set has been opened, and how often rows of it as part of another one, if ever.
fn opened(openings: Openings) -> String {
    let times = |n: usize| match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    let this = format!("this test set has now been opened {}", times(openings.of_this));
    match openings.overlapping {
        0 => this,
        others => format!("{this}, and some of its rows {} as part of another test set", times(others)),
    }
}

/// The plan that the run froze last. The run's plan file must still hold exactly that plan.
fn frozen_plan(run: &Run, record: Option<&RunRecord>) -> anyhow::Result<FrozenPlanId> {
    let again = "run `holdfast validate` first";
    let Some(recorded) = record.and_then(|record| record.output(Phase::CrossValidation, "frozen_plan"))
    else {
        return Err(UsageError(format!("run {} has no frozen plan yet; {again}", run.name())).into());
    };
    let path = run.frozen_plan();
    if !path.exists() {
        return Err(UsageError(format!("{} does not exist; {again}", path.display())).into());
    }
    let (found, _) = read_object::<FrozenPlan>(&path)?;
    // An earlier plan of the run is a valid object too, so being sound is not enough.
    if found.digest() != recorded {
        let reason = Invalid {
            field: "id".to_owned(),
            found: found.to_string(),
            expected: format!("{recorded}, the plan that the run has frozen"),
        };
        return Err(Error::Invalid { artifact: path.display().to_string(), reason }.into());
    }
    Ok(found)
}

/// What the phase has made.
struct Finished<'a> {
    directory: &'a ModelDirectory,
    id: ModelBundleId,
    best: &'a BestConfiguration,
    bundle: &'a ModelBundle,
    openings: Openings,
}

/// A moment as the ledger writes it. Not `Utc::now`, which panics before 1970: a wrong clock is no reason to lose a run.
fn stamp(now: SystemTime) -> String {
    DateTime::<Utc>::from(now).to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Finished<'_> {
    fn print(&self, nothing_done: bool, json: bool) -> anyhow::Result<()> {
        let Self { directory, id, best, bundle, openings } = self;
        let verdict = Verdict::of(&Situation::of(best, &bundle.test, *openings, None));
        let mut out = output();
        if json {
            let value = serde_json::json!({
                "model_bundle": id,
                "path": directory.path(),
                "epochs_trained": bundle.epochs_trained,
                "verdict": verdict,
                "figures": TestFigures::of(&bundle.test),
                "test": bundle.test,
                "test_set_openings": openings.of_this,
                "overlapping_openings": openings.overlapping,
                "nothing_to_do": nothing_done,
            });
            writeln!(document_output(), "{value:#}")?;
            return Ok(());
        }
        let news = if nothing_done { "nothing to do: " } else { "" };
        writeln!(out, "final model {}: {news}{}\n", id.short(), directory.path().display())?;
        writeln!(out, "{}", TestTable::of(&bundle.test).to_text())?;
        writeln!(out, "{}", verdict.text())?;
        Ok(())
    }
}

impl PredictCommand {
    fn run(self, data: &DataParts, models: &ModelParts) -> anyhow::Result<()> {
        let model = ModelDirectory::new(self.model);
        let rows = match (self.from, self.to) {
            (None, None) => Rows::Newest { stale: self.stale },
            (from, to) => Rows::Between { from, to },
        };
        let (bars, series, other_tickers) = (&self.bars, &self.series, self.other_tickers);
        let request = Request { bars, series, other_tickers, rows };
        let predictions = predict(&model, &request, data, models)?;
        let mut out = output();
        if self.json {
            writeln!(document_output(), "{}", serde_json::to_string_pretty(&predictions)?)?;
            return Ok(());
        }
        let titles = predictions.first().map(|first| titles(&first.forecast)).unwrap_or_default();
        let line = |cells: &[String]| cells.iter().map(|cell| format!(" {cell:>8}")).collect::<String>();
        let dates = if predictions.iter().any(|one| one.date.has_clock()) { 19 } else { 10 };
        writeln!(out, "{:<12} {:<dates$}{}  class", "ticker", "date", line(&titles))?;
        for Prediction { ticker, date, stale, forecast, class } in &predictions {
            let old = stale.map(described).unwrap_or_default();
            let date = date.to_string();
            writeln!(out, "{ticker:<12} {date:<dates$}{}  {class}{old}", line(&cells(forecast)))?;
        }
        Ok(())
    }
}

/// How old the bar behind a prediction is, to follow its class.
fn described(stale: Stale) -> String {
    let Stale { newest, rows_behind } = stale;
    let rows = if rows_behind == 1 { "row" } else { "rows" };
    format!("  stale: {rows_behind} {rows} behind {newest}")
}

/// The titles of a forecast's columns.
fn titles(forecast: &Forecast) -> Vec<String> {
    match forecast {
        Forecast::Classes { .. } => CLASS_NAMES.map(str::to_owned).to_vec(),
        Forecast::Value { .. } => vec!["value".to_owned()],
        Forecast::Quantiles { quantiles } => {
            // Whole percents, such as 10 %, or with the digits that a level has.
            let percent = |level: f64| (level * 1e5).round() / 1e3;
            quantiles.iter().map(|quantile| format!("{} %", percent(quantile.level))).collect()
        }
    }
}

fn cells(forecast: &Forecast) -> Vec<String> {
    match forecast {
        Forecast::Classes { probabilities, .. } => probabilities.iter().map(|p| format!("{p:.4}")).collect(),
        Forecast::Value { value } => vec![format!("{value:.5}")],
        Forecast::Quantiles { quantiles } => quantiles.iter().map(|q| format!("{:.5}", q.value)).collect(),
    }
}

/// Reads `NAME=FILE`.
fn series(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err(format!("{text:?} is not of the form NAME=FILE, such as vix=vix.csv")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_is_written_and_does_not_end_the_run() {
        let second = std::time::Duration::from_secs(1);
        assert_eq!(stamp(SystemTime::UNIX_EPOCH - second), "1969-12-31T23:59:59Z");
        assert_eq!(stamp(SystemTime::UNIX_EPOCH + second), "1970-01-01T00:00:01Z");
    }
}
