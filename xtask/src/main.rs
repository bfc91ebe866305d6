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
    #[command(disable_help_flag = true)]
    Pipeline(pipeline::PipelineArgs),
    /// Measure speed, memory and scaling
    Bench(Box<bench::BenchArgs>),
    /// Check formatting, lints, documentation, stored forms and layering
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
        Task::Pipeline(args) => return pipeline::run(&args).unwrap_or_else(|error| finish(Err(error))),
        Task::Bench(args) => bench::run(&args),
        Task::Check => check::check(),
        Task::Schema(args) => schema::run(&args),
        Task::Test(args) => check::test(&args),
    };
    finish(result)
}
