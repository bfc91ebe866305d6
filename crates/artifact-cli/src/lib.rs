//! The program `artifact`: looks into a workspace, checks that it is sound, cleans it up, and takes older results in.
//!
//! It is a library as well, so that tests and fuzz targets reach what decides about deletion, [`gc`], and what tells two
//! artifacts apart, [`diff`].

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
use outcome::Outcome;
use settings::cli::{finish, init_logging};
use std::process::ExitCode;

/// Runs the program with the arguments of the process; `parts` are those that runs may have used.
pub fn main(parts: &DataParts) -> ExitCode {
    let cli = cli::Cli::parse();
    init_logging(cli.log);
    match cli::run(&cli, parts) {
        Ok(Outcome::Unsound) => ExitCode::from(3),
        Ok(Outcome::Different | Outcome::NothingRead) => ExitCode::FAILURE,
        result => finish(result.map(|_| ())),
    }
}
