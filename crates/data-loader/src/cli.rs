//! The command line of the data loader.

mod again;
mod drift;
mod export;
mod first_time;
mod inspect;

use crate::drift::counted;
use crate::freeze::{FreezeError, Input};
use crate::parts::DataParts;
use again::{freeze_again, is_whole};
use anyhow::Context as _;
use artifact_core::schema::{GivenColumn, Seal, SealId, Snapshot};
use artifact_core::{Phase, PhaseRecord, load};
use clap::{Args, Parser, Subcommand};
use figures::{Reason, losses};
use first_time::{FrozenRun, first_time};
use settings::cli::{LogArgs, RunArgs, Selection, document_output, output};
use settings::{Config, ConfigError};
use std::io::Write as _;
use std::path::Path;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  holdfast freeze                       the embedded sample, as a new run
  holdfast freeze --config mine.toml    the bars that a configuration names
  holdfast freeze --bars bars/          the files of a folder
  holdfast freeze --help                every option";

/// Freeze market bars and seal the test rows.
#[derive(Debug, Parser)]
#[command(name = "data-loader", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How verbose standard error is.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read, check, align and store the bars, and start the run
    Freeze(FreezeCommand),
    /// Report what files of bars hold and what is wrong with it, without a run
    Inspect(inspect::InspectCommand),
    /// Write a run's frozen bars to files that freeze to the same bars again
    Export(export::ExportCommand),
}

#[derive(Debug, Args)]
struct FreezeCommand {
    #[command(flatten)]
    run: RunArgs,
    /// Freeze changed bars as a new snapshot, in a separate run next to the old one
    #[arg(long)]
    accept_drift: bool,
    /// The command that advice in errors names, where another one runs this one
    #[arg(long, value_name = "COMMAND", default_value = "holdfast freeze", hide = true)]
    advise: String,
    /// Print the result, or what changed in the source, as JSON
    #[arg(long)]
    json: bool,
}

impl Cli {
    /// Runs the command, with the parts that a configuration may name.
    ///
    /// # Errors
    ///
    /// Whatever makes the program end with a nonzero exit code.
    pub fn run(self, parts: &DataParts) -> anyhow::Result<()> {
        let command = match self.command {
            Command::Freeze(command) => command,
            Command::Inspect(command) => return command.run(),
            Command::Export(command) => return command.run(),
        };
        let FreezeCommand { accept_drift, json, .. } = command;
        let Selection { workspace, run, config, file } = command.run.select()?;
        parts.recipe(&config).map_err(|error| error.at(file.as_deref()))?;
        let _lock = run.lock()?;
        let store = workspace.store();
        let input = Input::read(&config, parts);
        let input = input.and_then(|input| input.check_volume(&config, parts).map(|()| input));
        let input = input.map_err(|error| located(error, file.as_deref()));
        let input = input.with_context(|| format!("failed to read the bars of run {}", run.name()))?;
        let key = input.digest();
        let record = run.record()?;
        let frozen = record.as_ref().and_then(|record| record.output(Phase::Data, "seal")).map(SealId::new);
        let unchanged = record.as_ref().is_some_and(|record| record.done(Phase::Data, key).is_some());
        let frozen_run = match frozen {
            None => first_time(&workspace, &run, &config, input)?,
            Some(seal) if !is_whole(&store, seal)? => freeze_again(&workspace, &run, &config, input, seal)?,
            Some(seal) if unchanged => FrozenRun { run: run.clone(), seal, nothing_done: true },
            Some(seal) => {
                let (workspace, run, config, command) = (&workspace, &run, &config, &command.advise);
                let drifted = drift::Drifted { workspace, run, config, seal, command };
                drifted.handle(input, accept_drift, json)?
            }
        };
        // Later phases read the configuration from the record, so it is rewritten even if the bars have not changed:
        // budgets may have.
        let record = frozen_run.run.record()?;
        let done = record.as_ref().is_some_and(|record| record.done(Phase::Data, key).is_some());
        let before = record.as_ref().map(Config::of_record).transpose()?.flatten();
        if !done || before.as_ref() != Some(&config) {
            let seal = frozen_run.seal.digest();
            frozen_run.run.finish(&config, Phase::Data, PhaseRecord::new(key, [("seal", seal)]))?;
        }
        let seal = load(&store, frozen_run.seal)?;
        let snapshot = load(&store, seal.snapshot)?;
        print(&frozen_run, &seal, &snapshot, command.json)
    }
}

/// Adds the key's line in the configuration file to an error about a setting.
fn located(error: FreezeError, file: Option<&Path>) -> anyhow::Error {
    match error {
        FreezeError::Config(error) => ConfigError::at(error, file).into(),
        error => error.into(),
    }
}

fn print(frozen_run: &FrozenRun, seal: &Seal, snapshot: &Snapshot, json: bool) -> anyhow::Result<()> {
    let FrozenRun { run, seal: seal_id, nothing_done } = frozen_run;
    let run = run.name();
    let mut out = output();
    if json {
        let value = serde_json::json!({
            "run": run,
            "seal": seal_id,
            "snapshot": seal.snapshot,
            "development": seal.development,
            "tickers": snapshot.tickers,
            "columns": seal.source.columns,
            "rows": seal.rows,
            "split_row": seal.split_row,
            "split_date": seal.split_date,
            "faults": seal.faults.len(),
            "account": seal.account,
            "reasons": reasons(seal),
            "nothing_to_do": nothing_done,
        });
        writeln!(document_output(), "{value:#}")?;
        return Ok(());
    }
    let prefix = if *nothing_done { "nothing to do: " } else { "" };
    writeln!(out, "run {run}: {prefix}snapshot {}", seal.snapshot.short())?;
    let faults = counted(seal.faults.len(), "fault");
    writeln!(
        out,
        "{} rows of {} from {} to {}, {faults}; test rows sealed from {} (row {})",
        seal.rows,
        named(&snapshot.tickers),
        snapshot.first_date,
        snapshot.last_date,
        seal.split_date,
        seal.split_row
    )?;
    for line in losses(seal) {
        writeln!(out, "{line}")?;
    }
    if !seal.source.columns.is_empty() {
        let columns: Vec<String> = seal.source.columns.iter().map(GivenColumn::describe).collect();
        writeln!(out, "columns of your own: {}", columns.join(", "))?;
    }
    Ok(())
}

/// The faults by reason: what, what was done, how many rows or dates of which ticker.
fn reasons(seal: &Seal) -> Vec<serde_json::Value> {
    let reason = |reason: &Reason<'_>| {
        let tickers: serde_json::Map<_, _> =
            reason.tickers.iter().map(|(ticker, rows)| ((*ticker).to_owned(), (*rows).into())).collect();
        serde_json::json!({
            "kind": reason.kind,
            "severity": reason.severity(),
            "action": reason.action,
            "rows": reason.rows(),
            "tickers": tickers,
        })
    };
    Reason::all(&seal.faults).iter().map(reason).collect()
}

/// Up to eight tickers by name; more as their number, the first two and the last.
fn named(tickers: &[String]) -> String {
    match tickers {
        [first, second, .., last] if tickers.len() > 8 => {
            format!("{} tickers ({first}, {second}, ..., {last})", tickers.len())
        }
        _ => tickers.join(", "),
    }
}
