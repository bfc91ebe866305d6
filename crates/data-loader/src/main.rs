//! The `data-loader` binary.

use clap::Parser as _;
use data_loader::DataParts;
use data_loader::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    settings::cli::init_logging(cli.log);
    let parts = DataParts::builtin();
    #[cfg(feature = "postgres")]
    let parts = parts.with_database_password(std::env::var("PGPASSWORD").ok());
    settings::cli::finish(cli.run(&parts))
}
