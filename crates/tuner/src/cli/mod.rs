//! The command line of the tuner.

mod best;
mod enqueue;
mod export;
mod importance;
mod opened;
mod progress;
mod run;
mod status;
mod stop;

use clap::{Parser, Subcommand};
use settings::cli::LogArgs;
use std::process::ExitCode;
use trainer_core::ModelParts;

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
    /// Run the trials that are missing; several processes may do so at the same time
    Run(run::RunCommand),
    /// Say how far the study is, and what runs
    Status(status::StatusCommand),
    /// Show the best trial
    Best(best::BestCommand),
    /// Say how much each hyperparameter matters
    Importance(importance::ImportanceCommand),
    /// Put configurations in line: the next trials try them
    Enqueue(enqueue::EnqueueCommand),
    /// Write all trials as CSV or JSON
    Export(export::ExportCommand),
}

impl Cli {
    /// Follows the command line with the parts that this program knows, and gives the exit code: 0, or 128 and the signal's number when a signal stopped the
    /// study.
    ///
    /// # Errors
    ///
    /// Whatever ends the program with another exit code.
    pub fn run(self, parts: &ModelParts) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Run(command) => return command.run(parts),
            Command::Status(command) => command.run(parts),
            Command::Best(command) => command.run(parts),
            Command::Importance(command) => command.run(parts),
            Command::Enqueue(command) => command.run(parts),
            Command::Export(command) => command.run(parts),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
