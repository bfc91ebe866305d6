//! Starting other programs.

use anyhow::{Context as _, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The workspace's root directory: the one with the lock file, above the package that runs.
pub fn root() -> PathBuf {
    // Cargo sets this to the directory of the package that it runs. The compile-time value serves a binary that is
    // started without Cargo.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let root = package.ancestors().find(|directory| directory.join("Cargo.lock").exists());
    root.map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A Cargo command that runs in [`root`].
pub fn cargo(args: &[&str]) -> Command {
    let mut command = test_support::cargo();
    command.args(args).current_dir(root());
    command
}

/// Builds a program of the workspace in this program's own profile.
///
/// # Errors
///
/// If it does not build.
pub fn build(package: &str, binary: &str) -> anyhow::Result<()> {
    build_in_own_profile(&["--quiet", "--package", package, "--bin", binary])
}

/// Builds every program of the workspace in this program's own profile, with the features that `cargo build --workspace`
/// gives them, and shows Cargo's progress.
///
/// # Errors
///
/// If one does not build.
pub fn build_all() -> anyhow::Result<()> {
    build_in_own_profile(&["--workspace", "--bins"])
}

fn build_in_own_profile(options: &[&str]) -> anyhow::Result<()> {
    if !root().join("Cargo.toml").exists() {
        bail!("there is no Cargo.toml in {}; run this program as `cargo xtask`", root().display());
    }
    let mut build = cargo(&[&["build"], options].concat());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    run(&mut build)
}

/// Builds a program of the workspace in this program's own profile, and runs it; it inherits standard output and error. Its
/// exit code is returned.
///
/// # Errors
///
/// If it does not build, or cannot be started.
pub fn run_program(package: &str, binary: &str, args: &[OsString]) -> anyhow::Result<ExitCode> {
    build(package, binary)?;
    run_built(binary, args)
}

/// Runs a program that was built; see [`run_program`].
///
/// # Errors
///
/// If it cannot be started.
pub fn run_built(binary: &str, args: &[OsString]) -> anyhow::Result<ExitCode> {
    let me = std::env::current_exe().context("failed to find the path of this program")?;
    let program = me.with_file_name(binary).with_extension(std::env::consts::EXE_EXTENSION);
    let status = Command::new(program).args(args).status();
    let status = status.with_context(|| format!("failed to start {binary}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs a command to completion; it inherits standard output and error.
///
/// # Errors
///
/// If it cannot be started or fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("failed to start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command to completion and returns its standard output.
///
/// # Errors
///
/// If it cannot be started or fails.
pub fn read(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let shown = show(command);
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("failed to start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    Ok(output.stdout)
}

fn show(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}
