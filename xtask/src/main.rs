//! The project's tasks: `cargo xtask pipeline | bench | check | schema | test | torture`.
//!
//! Depends on no other crate of the project but `test-support`, so that it is built in a moment: `pipeline`, `bench`,
//! `schema` and `torture` build the programs that do the work.

mod check;
mod floors;
mod imports;
mod layering;

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use xtask::command::{build_all, run_built, run_program};

/// The project's tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run all phases in order: bars in, a tested final model and a report out
    #[command(disable_help_flag = true)]
    Pipeline(Passed),
    /// Measure speed, memory and scaling, side by side with the alternatives
    #[command(disable_help_flag = true)]
    Bench(Passed),
    /// Check formatting, lints, documentation, stored forms and layering
    Check,
    /// Write the JSON Schemas of all artifacts to docs/schema
    #[command(disable_help_flag = true)]
    Schema(Passed),
    /// Run all tests
    Test(check::TestArgs),
    /// Attack the program with faults of every kind in every phase
    #[command(disable_help_flag = true)]
    Torture(Passed),
}

/// What is passed on to the program that does the work.
#[derive(Debug, Args)]
struct Passed {
    /// Options of the program
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

fn main() -> ExitCode {
    let passed = |command: &str, args: Passed| [vec![command.into()], args.options].concat();
    let result = match Cli::parse().task {
        Task::Pipeline(args) => run_program("holdfast", "holdfast", &passed("pipeline", args)),
        Task::Bench(args) => run_program("compare", "compare", &args.options),
        Task::Check => check::check().map(|()| ExitCode::SUCCESS),
        Task::Schema(args) => run_program("schemas", "schemas", &args.options),
        Task::Test(args) => check::test(&args).map(|()| ExitCode::SUCCESS),
        // The program under attack is the one beside it.
        Task::Torture(args) => build_all().and_then(|()| run_built("torture", &args.options)),
    };
    result.unwrap_or_else(|error| {
        // Not `eprintln!`, which panics when standard error cannot be written.
        drop(writeln!(std::io::stderr(), "error: {error:#}"));
        ExitCode::FAILURE
    })
}
