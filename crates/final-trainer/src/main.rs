//! The binary `final-trainer`.

use clap::Parser as _;
use final_trainer::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    artifact_core::cli::init_logging(cli.log);
    artifact_core::cli::finish(cli.run())
}
