//! The binary `artifact`.

use std::process::ExitCode;

fn main() -> ExitCode {
    artifact_cli::main()
}
