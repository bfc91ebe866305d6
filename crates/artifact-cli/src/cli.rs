//! The command line of `artifact`.

use crate::gc::command::GcArgs;
use crate::outcome::Outcome;
use crate::tag::TagArgs;
use crate::{audit, diff, export, fsck, gc, import, ledger, lineage, rebuild_views, runs, show, tag, trials};
use artifact_core::{FileStore, Workspace};
use clap::{Parser, Subcommand};
use settings::cli::LogArgs;
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
    /// How hard new objects are compressed, 1 to 19 [default: 3]
    #[arg(long, global = true, value_name = "N", env = "HOLDFAST_COMPRESSION_LEVEL", value_parser = clap::value_parser!(i32).range(1..=19))]
    compression_level: Option<i32>,
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
    /// Say how two artifacts of one kind differ
    Diff {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "A")]
        left: String,
        /// The other one
        #[arg(value_name = "B")]
        right: String,
        /// End with 1 when they differ
        #[arg(long)]
        exit_code: bool,
    },
    /// Check every object, every reference, every view and both logs; ends with 3 when anything is wrong
    Fsck {
        /// Make again what can be made again, and keep it only when it is what was lost, to the last bit
        #[arg(long)]
        repair: bool,
    },
    /// Prove that a run has no leak; ends with 3 when it has one
    ///
    /// Everything that must hold is recomputed from the frozen bars, row by row, by code that shares nothing with the
    /// code that made the run. The result is stored as the run's leak certificate and written to leak_certificate.json.
    Audit(audit::AuditArgs),
    /// Write a run's JSON files and final_model/ again from the store, byte for byte
    RebuildViews {
        /// The run's name
        run: String,
        /// Write nothing; end with 3 when a file is not what the store says
        #[arg(long)]
        check: bool,
    },
    /// Show what nothing needs any more, and with --yes take it away
    ///
    /// Needed is what runs, tags and the test ledger reach, and what is new. The rest is set aside, where whoever needs
    /// it still finds it, and deleted for good by a clean-up after the grace period.
    Gc(GcArgs),
    /// Name a run, so that it is kept; without a run, list the names
    Tag(TagArgs),
    /// Print the test ledger: who opened which test set, when
    Ledger,
    /// Say how many trials were ever finished on which rows, whether their results are still there or not
    Trials,
    /// Take in the results of an older pipeline, as a run of their own
    ///
    /// DIR holds hyperparameter_tuning_results/trial_results.json and, when there, extended_training_results/*.json
    /// and best_config.json. The files themselves are kept, whatever their state, and importing them again does
    /// nothing. Every trial is looked at by itself: what is sound is stored, and everything that is not is printed
    /// with the reason and with what was done about it.
    ///
    /// Ends with 0 when everything was sound, and also when only a part could be read, which the printed report then
    /// says; with 1 when nothing could be read.
    Import(import::ImportArgs),
    /// Write a run, imported or not, as files of an older version
    Export(export::ExportArgs),
}

/// Runs the command and prints its result.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let level = cli.compression_level.unwrap_or(FileStore::DEFAULT_LEVEL);
    let workspace = Workspace::new(&cli.workspace).with_compression_level(level);
    match &cli.command {
        Command::Runs => runs::run(&workspace, cli.json)?,
        Command::Show { artifact } => show::run(&workspace, artifact, cli.json)?,
        Command::Lineage { artifact, dot } => lineage::run(&workspace, artifact, *dot, cli.json)?,
        Command::Diff { left, right, exit_code } => {
            return diff::command::run(&workspace, left, right, *exit_code, cli.json);
        }
        Command::Fsck { repair } => return fsck::run(&workspace, *repair, cli.json),
        Command::Audit(args) => return audit::run(&workspace, args, &metrics::builtin(), cli.json),
        Command::RebuildViews { run, check } => {
            return rebuild_views::run(&workspace, run, *check, cli.json);
        }
        Command::Gc(args) => return gc::command::run(&workspace, args, cli.json),
        Command::Tag(args) => tag::run(&workspace, args, cli.json)?,
        Command::Ledger => ledger::run(&workspace, cli.json)?,
        Command::Trials => trials::run(&workspace, cli.json)?,
        Command::Import(args) => return import::run(&workspace, args, cli.json),
        Command::Export(args) => export::run(&workspace, args, cli.json)?,
    }
    Ok(Outcome::Sound)
}
