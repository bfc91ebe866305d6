//! The program `artifact`: inspects, checks and cleans up a workspace, and imports and exports legacy results.
//!
//! It is also a library, so that tests and fuzz targets can reach the code that decides on deletion, [`gc`], and the
//! code that compares artifacts, [`diff`].

mod audit;
mod cli;
pub mod diff;
mod export;
mod fsck;
pub mod gc;
mod import;
mod kinds;
mod ledger;
mod lineage;
mod outcome;
mod output;
mod rebuild_views;
mod resolve;
mod runs;
mod show;
mod tag;
mod trials;

use clap::Parser;
use data_loader::DataParts;
use metrics::Metric;
use outcome::Outcome;
use settings::cli::{finish, prepare};
use settings::part::Catalog;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with the arguments of the process; `parts` and `metrics` are those that runs may have used.
pub fn main(parts: &DataParts, metrics: &Catalog<dyn Metric>) -> ExitCode {
    run(std::env::args_os(), parts, metrics)
}

/// Runs the program with these arguments, starting with its name; exits the process for `--help` and for bad usage.
pub fn run<A>(args: impl IntoIterator<Item = A>, parts: &DataParts, metrics: &Catalog<dyn Metric>) -> ExitCode
where
    A: Into<OsString> + Clone,
{
    let cli = cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return code;
    }
    match cli::run(&cli, parts, metrics) {
        // Not errors: these commands did their work, and only the exit code reports what they found.
        Ok(Outcome::Unsound) => ExitCode::from(3),
        Ok(Outcome::Different | Outcome::NothingRead) => ExitCode::FAILURE,
        result => finish(result.map(|_| ())),
    }
}
