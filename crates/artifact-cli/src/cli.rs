//! The command line of `artifact`.

use crate::{fsck, ledger, lineage, runs, show};
use artifact_core::Workspace;
use artifact_core::cli::LogArgs;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Looks into a workspace: what is in it, what was made from what, and whether it is sound
#[derive(Debug, Clone, Parser)]
#[command(name = "artifact", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Directory with store, ledger and runs
    #[arg(long, global = true, value_name = "DIR", env = "HOLDFAST_WORKSPACE", default_value = "holdfast")]
    workspace: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// List the runs, with what is done in each
    Runs,
    /// Print one artifact
    Show {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "ID|FILE")]
        artifact: String,
    },
    /// Print what an artifact was made from
    Lineage {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "ID|FILE")]
        artifact: String,
        /// Print a graph in the DOT language
        #[arg(long, conflicts_with = "json")]
        dot: bool,
    },
    /// Check every object, every reference and the test ledger; ends with 3 when anything is wrong
    Fsck,
    /// Print the test ledger: who opened which test set, when
    Ledger,
}

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Sound,
    /// Something is wrong with the workspace, and it has been listed.
    Unsound,
}

/// Runs the command and prints its result.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let workspace = Workspace::new(&cli.workspace);
    match &cli.command {
        Command::Runs => runs::run(&workspace, cli.json)?,
        Command::Show { artifact } => show::run(&workspace, artifact, cli.json)?,
        Command::Lineage { artifact, dot } => lineage::run(&workspace, artifact, *dot, cli.json)?,
        Command::Fsck => return fsck::run(&workspace, cli.json),
        Command::Ledger => ledger::run(&workspace, cli.json)?,
    }
    Ok(Outcome::Sound)
}
