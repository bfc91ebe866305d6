//! `check` and `test`.

use crate::{floors, layering};
use anyhow::{Context as _, bail};
use clap::Args;
use std::io::Write as _;
use test_support::skip::{REPORT, Skipped};
use xtask::command::{cargo, run};

/// Options of `cargo xtask test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Fail if a test was skipped because the machine lacks a program that it needs; give it before other arguments
    #[arg(long)]
    deny_skipped: bool,
    /// Arguments for `cargo test`, such as a test's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs all checks except the tests, the fast ones first.
pub(crate) fn check() -> anyhow::Result<()> {
    layering::check()?;
    floors::check()?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    // Its tests compare docs/schema with the types. For the whole workspace, so that what is built serves all tests.
    run(&mut cargo(&["test", "--workspace", "--bin", "schemas", "--quiet"]))?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Runs all tests: unit tests, documentation examples, and the real binaries end to end.
pub(crate) fn test(args: &TestArgs) -> anyhow::Result<()> {
    // The end-to-end tests start the binaries of other crates, which `cargo test` alone would not build.
    run(&mut cargo(&["build", "--workspace", "--bins", "--quiet"]))?;
    let directory = tempfile::tempdir().context("failed to make a temporary directory")?;
    let report = directory.path().join("skipped");
    let tested = run(cargo(&["test", "--workspace", "--quiet"]).args(&args.rest).env(REPORT, &report));
    let skipped = Skipped::read(&report).context("failed to read which tests were skipped")?;
    // Listed before a failure is returned: a skipped test matters also when others failed.
    writeln!(std::io::stdout(), "{skipped}").context("failed to write to standard output")?;
    tested?;
    if args.deny_skipped {
        none_skipped(&skipped)?;
    }
    Ok(())
}

fn none_skipped(skipped: &Skipped) -> anyhow::Result<()> {
    if !skipped.is_empty() {
        bail!(
            "tests were skipped, which --deny-skipped forbids:\n  {}",
            skipped.tests().collect::<Vec<_>>().join("\n  ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        test: TestArgs,
    }

    #[test]
    fn own_flags_come_before_those_of_cargo_test() {
        let parsed = |args: &[&str]| {
            let args = Cli::parse_from(std::iter::once(&"test").chain(args)).test;
            (args.deny_skipped, args.rest)
        };
        let rest = ["--package", "tuner", "--", "--nocapture"];
        assert_eq!(parsed(&rest), (false, rest.map(String::from).to_vec()));
        assert_eq!(
            parsed(&[&["--deny-skipped"], &rest[..]].concat()),
            (true, rest.map(String::from).to_vec())
        );
    }

    #[test]
    fn skipped_tests_can_be_denied() {
        let directory = tempfile::tempdir().unwrap();
        let report = directory.path().join("skipped");
        none_skipped(&Skipped::read(&report).unwrap()).unwrap();
        std::fs::write(&report, "Optuna\ttests: a_study\n").unwrap();
        let refused = none_skipped(&Skipped::read(&report).unwrap()).unwrap_err().to_string();
        assert!(refused.contains("tests: a_study needs Python with Optuna"), "{refused}");
    }
}
