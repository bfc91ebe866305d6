//! `pipeline`: builds `holdfast` and runs its pipeline.

use crate::command::{cargo, root, run as run_command};
use anyhow::{Context as _, bail};
use clap::Args;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Options of `cargo xtask pipeline`: those of `holdfast pipeline`.
#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// Options of `holdfast pipeline`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Builds the program as this one was built, and ends as it ends.
pub(crate) fn run(args: &PipelineArgs) -> anyhow::Result<ExitCode> {
    if !root().join("Cargo.toml").exists() {
        bail!("failed to find the source of this program at {}; run it as `cargo xtask`", root().display());
    }
    let mut build = cargo(&["build", "--quiet", "--package", "holdfast", "--bin", "holdfast"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    run_command(&mut build)?;
    let me = std::env::current_exe().context("failed to find this program")?;
    let program = me.with_file_name("holdfast").with_extension(std::env::consts::EXE_EXTENSION);
    let status = Command::new(program).arg("pipeline").args(&args.options).status();
    let status = status.context("failed to start holdfast")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
