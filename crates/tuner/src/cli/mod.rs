//! The command line of the tuner.

mod best;
mod enqueue;
mod export;
mod importance;
mod interrupt;
mod progress;
mod run;
mod status;
mod study_args;
mod warnings;

use crate::SearchParts;
use clap::{Parser, Subcommand};
use data_loader::DataParts;
#[cfg(feature = "postgres")]
use postgres_tls::Passwords;
use settings::cli::LogArgs;
use std::process::ExitCode;
use trainer_core::ModelParts;

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  holdfast tune --config mine.toml --workers 8
  holdfast tune status --config mine.toml                        show the progress of the study
  holdfast tune enqueue --config mine.toml learning_rate=3e-4    try this next
  holdfast tune importance --config mine.toml                    which hyperparameters matter";

/// Phase 1: tune hyperparameters on validation rows.
#[derive(Debug, Parser)]
#[command(name = "tuner", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How verbose standard error is.
    #[command(flatten)]
    pub log: LogArgs,
    /// The passwords of servers, which no option gives: others on the machine see the command line.
    #[cfg(feature = "postgres")]
    #[arg(skip)]
    passwords: Passwords,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the missing trials; several processes can share the work
    Run(run::RunCommand),
    /// Show the progress of the study and the running trials
    Status(status::StatusCommand),
    /// Show the best trial
    Best(best::BestCommand),
    /// Show how much each hyperparameter matters
    Importance(importance::ImportanceCommand),
    /// Enqueue configurations for the next trials to try
    Enqueue(enqueue::EnqueueCommand),
    /// Write all trials as CSV or JSON
    Export(export::ExportCommand),
}

impl Command {
    /// The options that all commands share.
    #[cfg(feature = "postgres")]
    fn study(&mut self) -> &mut study_args::StudyArgs {
        match self {
            Self::Run(command) => &mut command.study,
            Self::Status(command) => &mut command.study,
            Self::Best(command) => &mut command.study,
            Self::Importance(command) => &mut command.study,
            Self::Enqueue(command) => &mut command.study,
            Self::Export(command) => &mut command.study,
        }
    }
}

impl Cli {
    /// Sets where the passwords of PostgreSQL's servers come from; by default nowhere.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_passwords(mut self, passwords: Passwords) -> Self {
        self.passwords = passwords;
        self
    }

    /// Runs the command, and returns the exit code: not zero when a signal stopped the study.
    ///
    /// # Errors
    ///
    /// Any failure of the command. `settings::cli::finish` turns it into a message and an exit code.
    pub fn run(
        #[cfg_attr(not(feature = "postgres"), expect(unused_mut))] mut self,
        data: &DataParts,
        models: &ModelParts,
        search: &SearchParts,
    ) -> anyhow::Result<ExitCode> {
        #[cfg(feature = "postgres")]
        self.command.study().use_passwords(&self.passwords);
        match self.command {
            Command::Run(command) => return command.run(data, models, search),
            Command::Status(command) => command.run(data, models),
            Command::Best(command) => command.run(data, models),
            Command::Importance(command) => command.run(data, models),
            Command::Enqueue(command) => command.run(data, models),
            Command::Export(command) => command.run(data, models),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
