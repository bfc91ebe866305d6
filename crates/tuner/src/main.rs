//! The `tuner` binary.

use clap::Parser as _;
use data_loader::DataParts;
use std::process::ExitCode;
use trainer_core::ModelParts;
use tuner::SearchParts;
use tuner::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(code) = settings::cli::prepare(cli.log) {
        return code;
    }
    #[cfg(feature = "postgres")]
    let cli = cli.with_passwords(tuner::Passwords::of_environment(|name| std::env::var_os(name)));
    match cli.run(&DataParts::builtin(), &ModelParts::builtin(), &SearchParts::builtin()) {
        Ok(code) => code,
        Err(error) => settings::cli::finish(Err(error)),
    }
}
