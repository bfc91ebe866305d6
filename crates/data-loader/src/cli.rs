//! The command line of the data loader.

use crate::freeze::{freeze, input_digest};
use anyhow::Context as _;
use artifact_core::cli::{LogArgs, RunArgs, Selection, UsageError};
use artifact_core::schema::{Seal, SealId, Snapshot};
use artifact_core::{Phase, PhaseRecord, load};
use clap::{Args, Parser, Subcommand};
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
    /// Print the result as JSON
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
        let frozen = record.as_ref().and_then(|record| record.output(Phase::Data, "seal"));
        if frozen.is_some() && record.as_ref().is_some_and(|record| record.done(Phase::Data, key).is_none()) {
            return Err(UsageError(format!(
                "the bars of run {} have changed since they were frozen; its results belong to the old ones. Restore \
                 the files, or start another run with --run NAME",
                run.name()
            ))
            .into());
        }
        let seal_id = match frozen {
            Some(id) => {
                // Budgets may have changed; the later phases read them from here.
                if record.is_some_and(|record| record.config.as_ref() != Some(&config)) {
                    run.finish(&config, Phase::Data, PhaseRecord::new(key, [("seal", id)]))?;
                }
                SealId::new(id)
            }
            None => {
                let made = freeze(&store, &config);
                let (id, seal) =
                    made.with_context(|| format!("failed to freeze the bars of run {}", run.name()))?;
                for fault in seal.faults.iter().take(NAMED_FAULTS) {
                    tracing::warn!("{fault}");
                }
                if let Some(more @ 1..) = seal.faults.len().checked_sub(NAMED_FAULTS) {
                    tracing::warn!("{more} more faults are listed in the seal");
                }
                run.finish(&config, Phase::Data, PhaseRecord::new(key, [("seal", id.digest())]))?;
                id
            }
        };
        let seal = load(&store, seal_id)?;
        let snapshot = load(&store, seal.snapshot)?;
        print(run.name(), seal_id, &seal, &snapshot, frozen.is_some(), command.json)
    }
}

fn print(
    run: &str,
    seal_id: SealId,
    seal: &Seal,
    snapshot: &Snapshot,
    nothing_done: bool,
    json: bool,
) -> anyhow::Result<()> {
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
    let news = if nothing_done { "nothing to do: " } else { "" };
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
