//! The binary `tuner`.

use clap::Parser as _;
use std::process::ExitCode;
use tuner::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    artifact_core::cli::init_logging(cli.log);
    match cli.run() {
        Ok(code) => code,
        Err(error) => artifact_core::cli::finish(Err(error)),
    }
}
