//! The binary `artifact`.

use data_loader::DataParts;
use std::process::ExitCode;

fn main() -> ExitCode {
    artifact_cli::main(&DataParts::builtin(), &metrics::builtin())
}
