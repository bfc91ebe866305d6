//! The `data-loader` binary.

use clap::Parser as _;
use data_loader::DataParts;
use data_loader::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(code) = settings::cli::prepare(cli.log) {
        return code;
    }
    let parts = DataParts::builtin();
    #[cfg(feature = "postgres")]
    let parts = parts.with_passwords(data_loader::Passwords::of_environment(|name| std::env::var_os(name)));
    settings::cli::finish(cli.run(&parts))
}
