//! The binary `final-trainer`.

use clap::Parser as _;
use data_loader::DataParts;
use final_trainer::cli::Cli;
use std::process::ExitCode;
use trainer_core::ModelParts;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(code) = settings::cli::prepare(cli.log) {
        return code;
    }
    settings::cli::finish(cli.run(&DataParts::builtin(), &ModelParts::builtin()))
}
