//! The project's tasks: `cargo xtask pipeline | bench | check | schema | test`.

mod bench;
mod check;
mod command;
mod documents;
mod floors;
mod formats;
mod imports;
mod layering;
mod pipeline;
mod schema;

use clap::{Parser, Subcommand};
use pipeline::PhaseFailed;
use settings::cli::{LogArgs, finish, init_logging};
use std::process::ExitCode;

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
    Pipeline(pipeline::PipelineArgs),
    /// Measure speed, memory and growth
    Bench(bench::BenchArgs),

    Check,
    /// Write the JSON Schemas of all artifacts to docs/schema
    Schema(schema::SchemaArgs),
    /// Run all tests
    Test(check::TestArgs),
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    init_logging(LogArgs::default());
    let result = match task {
        Task::Pipeline(args) => pipeline::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Check => check::check(),
        Task::Schema(args) => schema::run(&args),
        Task::Test(args) => check::test(&args),
    };
    // A phase's own exit code tells bad usage from damage from failure.
    let phase = result.as_ref().err().and_then(|error| error.downcast_ref::<PhaseFailed>()?.code);
    let ours = finish(result);
    phase.and_then(|code| u8::try_from(code).ok()).map_or(ours, ExitCode::from)
}
