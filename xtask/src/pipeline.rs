//! `pipeline`: builds `holdfast` and runs its pipeline.

use crate::command::{cargo, root, run as run_command};
use anyhow::{Context as _, bail};
use clap::Args;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Options of `cargo xtask pipeline`, passed on to `holdfast pipeline`.
#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// Options of `holdfast pipeline`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Builds `holdfast` in this program's own profile, runs its pipeline, and returns its exit code.
pub(crate) fn run(args: &PipelineArgs) -> anyhow::Result<ExitCode> {
    if !root().join("Cargo.toml").exists() {
        bail!("there is no Cargo.toml in {}; run this program as `cargo xtask`", root().display());
    }
    let mut build = cargo(&["build", "--quiet", "--package", "holdfast", "--bin", "holdfast"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    run_command(&mut build)?;
    let me = std::env::current_exe().context("failed to find the path of this program")?;
    let program = me.with_file_name("holdfast").with_extension(std::env::consts::EXE_EXTENSION);
    let status = Command::new(program).arg("pipeline").args(&args.options).status();
    let status = status.context("failed to start holdfast")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
