//! The binary `artifact`: looks into a workspace, checks that it is sound, cleans it up, and takes older results in.

mod audit;
mod cli;
mod diff;
mod export;
mod fsck;
mod gc;
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

use artifact_core::cli::{finish, init_logging};
use clap::Parser;
use outcome::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    init_logging(cli.log);
    match cli::run(&cli) {
        Ok(Outcome::Unsound) => ExitCode::from(3),
        Ok(Outcome::Different | Outcome::NothingRead) => ExitCode::FAILURE,
        result => finish(result.map(|_| ())),
    }
}
