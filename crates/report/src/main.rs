//! The binary `report`: writes one HTML page about a run.

use clap::Parser;
use report::cli::Cli;
use report::sections::Sections;
use settings::cli::{finish, prepare};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(code) = prepare(cli.log) {
        return code;
    }
    finish(report::cli::run(&cli, &metrics::builtin(), &Sections::builtin()))
}
