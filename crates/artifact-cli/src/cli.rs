//! The command line of `artifact`.

use crate::gc::command::GcArgs;
use crate::outcome::Outcome;
use crate::tag::TagArgs;
use crate::{audit, diff, export, fsck, gc, import, ledger, lineage, rebuild_views, runs, show, tag, trials};
use artifact_core::{FileStore, Workspace};
use clap::{Parser, Subcommand};
use data_loader::DataParts;
use metrics::Metric;
use settings::cli::LogArgs;
use settings::part::Catalog;
use std::path::PathBuf;

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  holdfast artifact runs                   which runs there are, and how far they got
  holdfast audit RUN                       prove that a run has no leak
  holdfast artifact show 3cf3a8            one artifact, by the first digits of its id
  holdfast artifact gc --keep-last 5       what a clean-up would remove; --yes removes it
  holdfast artifact import old_results/    take over the results of an older pipeline";

/// Inspect, check and clean up a workspace of artifacts
#[derive(Debug, Clone, Parser)]
#[command(name = "artifact", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Directory with store, ledger and runs
    #[arg(long, global = true, value_name = "DIR", env = "HOLDFAST_WORKSPACE", default_value = "holdfast")]
    workspace: PathBuf,
    /// Compression level of new objects, 1 to 19 [default: 3]
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
    /// List the runs and the phases each has finished
    Runs,
    /// Print one artifact
    Show {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "ID|FILE")]
        artifact: String,
    },
    /// Print what an artifact derives from
    Lineage {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "ID|FILE")]
        artifact: String,
        /// Print a graph in the DOT language
        #[arg(long, conflicts_with = "json")]
        dot: bool,
    },
    /// Compare two artifacts of one kind
    Diff {
        /// An id, its first digits (6 or more), or an artifact's JSON file
        #[arg(value_name = "A")]
        left: String,
        /// The artifact to compare it with
        #[arg(value_name = "B")]
        right: String,
        /// Exit with 1 if they differ
        #[arg(long)]
        exit_code: bool,
    },
    /// Check every object, reference and view, and both logs; exit with 3 if anything is wrong
    Fsck {
        /// Rebuild lost objects; keep only byte-identical results
        #[arg(long)]
        repair: bool,
    },
    /// Prove that a run has no leak; exit with 3 if it has one
    ///
    /// Recomputes everything that must hold from the frozen bars, row by row, with code independent of the pipeline.
    /// Stores the result as the run's leak certificate and writes it to leak_certificate.json.
    Audit(audit::AuditArgs),
    /// Rewrite a run's JSON files and final_model/ from the store, byte for byte
    RebuildViews {
        /// The run's name
        run: String,
        /// Write nothing; exit with 3 if a file differs from the store
        #[arg(long)]
        check: bool,
    },
    /// Show what is no longer needed; with --yes, remove it
    ///
    /// Keeps everything reachable from runs, tags and the test ledger, and everything new. The rest is first set aside, and
    /// any reader that needs it brings it back; a clean-up after the grace period deletes it for good.
    Gc(GcArgs),
    /// Tag a run so that clean-up keeps it; without a run, list the tags
    Tag(TagArgs),
    /// Print the test ledger: which run opened which test set, and when
    Ledger,
    /// Count the trials ever finished on each set of development rows, deleted ones included
    Trials,
    /// Import the results of an older pipeline as a new run
    ///
    /// DIR holds hyperparameter_tuning_results/trial_results.json and, optionally, extended_training_results/*.json and
    /// best_config.json. The files are stored as they are, and importing them again changes nothing. Each trial is
    /// checked on its own: sound parts are stored, and every fault is printed with its reason and how it was handled.
    ///
    /// Exits with 1 if nothing could be read; a partial import exits with 0, and its report says what is missing.
    Import(import::ImportArgs),
    /// Export a run, imported or not, as files of an older version
    Export(export::ExportArgs),
}

/// Runs the command and prints its result.
pub(crate) fn run(cli: &Cli, parts: &DataParts, metrics: &Catalog<dyn Metric>) -> anyhow::Result<Outcome> {
    let level = cli.compression_level.unwrap_or(FileStore::DEFAULT_LEVEL);
    let workspace = Workspace::new(&cli.workspace).with_compression_level(level);
    match &cli.command {
        Command::Runs => runs::run(&workspace, cli.json)?,
        Command::Show { artifact } => show::run(&workspace, artifact, cli.json)?,
        Command::Lineage { artifact, dot } => lineage::run(&workspace, artifact, *dot, cli.json)?,
        Command::Diff { left, right, exit_code } => {
            return diff::command::run(&workspace, left, right, *exit_code, cli.json);
        }
        Command::Fsck { repair } => return fsck::run(&workspace, *repair, cli.json, parts),
        Command::Audit(args) => return audit::run(&workspace, args, cli.json, parts, metrics),
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
