//! The binary `report`: writes one HTML page about a run.

use clap::Parser;
use report::cli::Cli;
use report::sections::Sections;
use settings::cli::{finish, init_logging};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    init_logging(cli.log);
    finish(report::cli::run(&cli, &metrics::builtin(), &Sections::builtin()))
}
