//! The command line of the data loader.

mod drift;

use crate::freeze::{freeze, input_digest};
use anyhow::Context as _;
use artifact_core::schema::{Seal, SealId, Snapshot};
use artifact_core::{Phase, PhaseRecord, Run, Workspace, load};
use clap::{Args, Parser, Subcommand};
use settings::Config;
use settings::cli::{LogArgs, RunArgs, Selection};
use std::io::Write as _;

/// Freeze market bars and seal the test rows.
#[derive(Debug, Parser)]
#[command(name = "data-loader", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How much is said on standard error.
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read, check, align and store the bars, and start the run
    Freeze(FreezeCommand),
}

#[derive(Debug, Args)]
struct FreezeCommand {
    #[command(flatten)]
    run: RunArgs,
    /// Freeze changed bars as a new snapshot, in a run of their own beside the old one
    #[arg(long)]
    accept_drift: bool,
    /// Print the result, or what the source has changed, as JSON
    #[arg(long)]
    json: bool,
}

/// The faults that are named one by one on standard error.
const NAMED_FAULTS: usize = 10;

impl Cli {
    /// Follows the command line.
    ///
    /// # Errors
    ///
    /// Whatever ends the program with another exit code than 0.
    pub fn run(self) -> anyhow::Result<()> {
        let Command::Freeze(command) = self.command;
        let Selection { workspace, run, config } = command.run.select()?;
        let _lock = run.lock()?;
        let store = workspace.store();
        let key = input_digest(&config)?;
        let record = run.record()?;
        let frozen = record.as_ref().and_then(|record| record.output(Phase::Data, "seal")).map(SealId::new);
        let unchanged = record.as_ref().is_some_and(|record| record.done(Phase::Data, key).is_some());
        let outcome = match frozen {
            None => first_time(&workspace, &run, &config)?,
            Some(seal) if unchanged => Outcome { run: run.clone(), seal, nothing_done: true },
            Some(seal) => drift::handle(&workspace, &run, &config, seal, &command)?,
        };
        // Budgets may have changed; the later phases read them from here.
        let record = outcome.run.record()?;
        let done = record.as_ref().is_some_and(|record| record.done(Phase::Data, key).is_some());
        let before = record.as_ref().map(Config::of_record).transpose()?.flatten();
        if !done || before.as_ref() != Some(&config) {
            let seal = outcome.seal.digest();
            outcome.run.finish(&config, Phase::Data, PhaseRecord::new(key, [("seal", seal)]))?;
        }
        let seal = load(&store, outcome.seal)?;
        let snapshot = load(&store, seal.snapshot)?;
        print(&outcome, &seal, &snapshot, command.json)
    }
}

/// What became of the command.
struct Outcome {
    /// The run that has the bars.
    run: Run,
    /// Where its test rows begin.
    seal: SealId,
    /// Whether they were frozen before.
    nothing_done: bool,
}

fn first_time(workspace: &Workspace, run: &Run, config: &Config) -> anyhow::Result<Outcome> {
    let made = freeze(&workspace.store(), config);
    let (id, seal) = made.with_context(|| format!("failed to freeze the bars of run {}", run.name()))?;
    for fault in seal.faults.iter().take(NAMED_FAULTS) {
        tracing::warn!("{fault}");
    }
    if let Some(more @ 1..) = seal.faults.len().checked_sub(NAMED_FAULTS) {
        tracing::warn!("{more} more faults are listed in the seal");
    }
    Ok(Outcome { run: run.clone(), seal: id, nothing_done: false })
}

fn print(outcome: &Outcome, seal: &Seal, snapshot: &Snapshot, json: bool) -> anyhow::Result<()> {
    let Outcome { run, seal: seal_id, nothing_done } = outcome;
    let run = run.name();
    let mut out = std::io::stdout().lock();
    if json {
        let value = serde_json::json!({
            "run": run,
            "seal": seal_id,
            "snapshot": seal.snapshot,
            "development": seal.development,
            "tickers": snapshot.tickers,
            "rows": seal.rows,
            "split_row": seal.split_row,
            "split_date": seal.split_date,
            "faults": seal.faults.len(),
            "nothing_to_do": nothing_done,
        });
        writeln!(out, "{value:#}")?;
        return Ok(());
    }
    let news = if *nothing_done { "nothing to do: " } else { "" };
    writeln!(out, "run {run}: {news}snapshot {}", seal.snapshot.short())?;
    writeln!(
        out,
        "{} rows of {} from {} to {}, {} faults; test rows sealed from {} (row {})",
        seal.rows,
        named(&snapshot.tickers),
        snapshot.first_date,
        snapshot.last_date,
        seal.faults.len(),
        seal.split_date,
        seal.split_row
    )?;
    Ok(())
}

/// A few tickers by name, many as a number and the outermost ones.
fn named(tickers: &[String]) -> String {
    match tickers {
        [first, second, .., last] if tickers.len() > 8 => {
            format!("{} tickers ({first}, {second}, ..., {last})", tickers.len())
        }
        _ => tickers.join(", "),
    }
}
