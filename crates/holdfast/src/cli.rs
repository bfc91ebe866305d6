//! The command line: every phase as a subcommand.

use crate::Registry;
use crate::doctor::DoctorArgs;
use crate::init::InitArgs;
use crate::pipeline::{self, PipelineArgs};
use clap::{Args, Parser, Subcommand};
use settings::cli::{LogArgs, finish, prepare};
use std::ffi::OsString;
use std::process::ExitCode;

/// Freeze market data once; tune, cross-validate and test on it; prove that nothing leaked
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  holdfast pipeline                           all phases on the embedded sample
  holdfast init mine.toml                     write a configuration to start from
  holdfast pipeline --config mine.toml        all phases with its settings
  holdfast tune --config mine.toml --workers 8
  holdfast tune status --config mine.toml     how far tuning has got
  holdfast predict --model holdfast/runs/RUN/final_model --bars AAA.csv BBB.csv
  holdfast artifact fsck                      check every object of the workspace

`holdfast COMMAND --help` explains a command.

Exit codes: 0 done; 1 failed; 2 bad usage or configuration; 3 an artifact failed validation, a leak was found, a frozen
plan no longer holds, or the bars differ from the frozen ones; 130 or 143 stopped by a signal.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run all phases in order: bars in, a tested final model and a report out
    Pipeline(PipelineArgs),
    // No help flag on the phases here, so that `--help` reaches the phase's own command line.
    /// Freeze bars and seal the test rows
    #[command(disable_help_flag = true)]
    Freeze(Rest),
    /// Report what files of bars hold and what is wrong with it, without a run
    #[command(disable_help_flag = true)]
    Inspect(Rest),
    /// Write a run's frozen bars to files that freeze to the same bars again
    #[command(disable_help_flag = true)]
    Export(Rest),
    /// Phase 1: tune hyperparameters on validation rows; status, best, importance, enqueue, export
    #[command(disable_help_flag = true)]
    Tune(Rest),
    /// Phase 2: cross-validate the best trials, choose one, freeze the plan of phase 3
    #[command(disable_help_flag = true)]
    Validate(Rest),
    /// Phase 3: refit on all development rows, open the test set once, export the model
    #[command(disable_help_flag = true)]
    Finalize(Rest),
    /// Apply an exported model to the newest bars
    #[command(disable_help_flag = true)]
    Predict(Rest),
    /// Prove that a run has no leak; exit with 3 if it has one
    #[command(disable_help_flag = true)]
    Audit(Rest),
    /// Write one self-contained HTML page about a run
    #[command(disable_help_flag = true)]
    Report(Rest),
    /// Look into a workspace: show, diff, lineage, fsck, gc, import, export
    #[command(disable_help_flag = true)]
    Artifact(Rest),
    /// Write a configuration file to start from
    Init(InitArgs),
    /// Show this program's version and parts, and whether the workspace is usable
    Doctor(DoctorArgs),
}

/// The arguments of a phase, which has its own command line and its own help.
#[derive(Debug, Args)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    args: Vec<OsString>,
}

/// Runs the program with the arguments of the process and the parts of `registry`.
pub fn main(registry: Registry) -> ExitCode {
    let ended = match Cli::parse_from(help_as_option(std::env::args_os().collect())).command {
        Command::Pipeline(args) => {
            if let Err(code) = prepare(LogArgs::default()) {
                return code;
            }
            return pipeline::main(&registry, &args);
        }
        Command::Freeze(rest) => freeze(&registry, rest.under("holdfast", "freeze", &[])),
        Command::Inspect(rest) => freeze(&registry, rest.under("holdfast", "inspect", &[])),
        Command::Export(rest) => freeze(&registry, rest.under("holdfast", "export", &[])),
        Command::Tune(rest) => {
            let others = ["status", "best", "importance", "enqueue", "export", "help"];
            tune(&registry, rest.under("holdfast tune", "run", &others))
        }
        Command::Validate(rest) => validate(&registry, rest.under("holdfast validate", "run", &[])),
        Command::Finalize(rest) => finalize(&registry, rest.under("holdfast finalize", "run", &[])),
        Command::Predict(rest) => finalize(&registry, rest.under("holdfast", "predict", &[])),
        Command::Audit(rest) => {
            return artifact(&registry, rest.under("holdfast", "audit", &[]));
        }
        Command::Report(rest) => report(&registry, rest.after("holdfast report")),
        Command::Artifact(rest) => return artifact(&registry, rest.after("holdfast artifact")),
        Command::Init(args) => args.run().map(|()| ExitCode::SUCCESS),
        Command::Doctor(args) => args.run(&registry).map(|()| ExitCode::SUCCESS),
    };
    ended.unwrap_or_else(|error| finish(Err(error)))
}

/// `help COMMAND` as `COMMAND --help`: the commands parse their own options, so only they can explain them.
fn help_as_option(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.len() > 2 && args[1] == "help" && args[2] != "help" {
        args.remove(1);
        args.push("--help".into());
    }
    args
}

impl Rest {
    /// The arguments of `program`.
    fn after(self, program: &str) -> Vec<OsString> {
        std::iter::once(program.into()).chain(self.args).collect()
    }

    /// The arguments of `program` with the subcommand `implied`, unless it or one of `others` is given.
    fn under(mut self, program: &str, implied: &str, others: &[&str]) -> Vec<OsString> {
        let first = self.args.first().and_then(|first| first.to_str());
        let given = first.is_some_and(|first| {
            let command = first == implied || others.contains(&first);
            // Where there are several commands, help lists them all.
            command
                || matches!(first, "--version" | "-V")
                || (!others.is_empty() && matches!(first, "--help" | "-h"))
        });
        if !given {
            self.args.insert(0, implied.into());
        }
        self.after(program)
    }
}

fn freeze(registry: &Registry, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let cli = data_loader::cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return Ok(code);
    }
    cli.run(&registry.data)?;
    Ok(ExitCode::SUCCESS)
}

fn tune(registry: &Registry, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let cli = tuner::cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return Ok(code);
    }
    cli.with_passwords(registry.passwords.clone()).run(&registry.data, &registry.training, &registry.search)
}

fn validate(registry: &Registry, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let cli = extended_trainer::cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return Ok(code);
    }
    cli.run(&registry.data, &registry.training, &registry.fold_pruners)?;
    Ok(ExitCode::SUCCESS)
}

fn finalize(registry: &Registry, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let cli = final_trainer::cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return Ok(code);
    }
    cli.run(&registry.data, &registry.training)?;
    Ok(ExitCode::SUCCESS)
}

fn artifact(registry: &Registry, args: Vec<OsString>) -> ExitCode {
    artifact_cli::run(args, &registry.data, &registry.training.metrics)
}

fn report(registry: &Registry, args: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let cli = report::cli::Cli::parse_from(args);
    if let Err(code) = prepare(cli.log) {
        return Ok(code);
    }
    report::cli::run(&cli, &registry.training.metrics, &registry.sections)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_phase_runs_unless_another_command_of_it_is_named() {
        let others = ["status"];
        let args = |args: &[&str]| Rest { args: args.iter().map(Into::into).collect() };
        let check = |given: &[&str], expected: &[&str]| {
            assert_eq!(args(given).under("holdfast tune", "run", &others), expected);
        };
        check(&[], &["holdfast tune", "run"]);
        check(&["--workers", "2"], &["holdfast tune", "run", "--workers", "2"]);
        check(&["run", "--help"], &["holdfast tune", "run", "--help"]);
        check(&["status"], &["holdfast tune", "status"]);
        check(&["--help"], &["holdfast tune", "--help"]);
        assert_eq!(args(&["-h"]).under("holdfast", "predict", &[]), ["holdfast", "predict", "-h"]);
    }
}
