//! The binary `data-loader`.

use clap::Parser as _;
use data_loader::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    artifact_core::cli::init_logging(cli.log);
    artifact_core::cli::finish(cli.run())
}
