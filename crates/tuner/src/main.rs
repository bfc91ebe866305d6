//! The `tuner` binary.

use clap::Parser as _;
use data_loader::DataParts;
use std::process::ExitCode;
use trainer_core::ModelParts;
use tuner::SearchParts;
use tuner::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    settings::cli::init_logging(cli.log);
    match cli.run(&DataParts::builtin(), &ModelParts::builtin(), &SearchParts::builtin()) {
        Ok(code) => code,
        Err(error) => settings::cli::finish(Err(error)),
    }
}
