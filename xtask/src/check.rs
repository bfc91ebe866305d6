//! `check` and `test`.

use crate::command::{cargo, run};
use crate::{layering, schema};
use clap::Args;

/// Options of `cargo xtask test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Further arguments for `cargo test`, such as a test's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Checks formatting, lints, documentation and layering.
pub(crate) fn check() -> anyhow::Result<()> {
    layering::check()?;
    schema::check()?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Runs all tests: units beside the code, documentation examples, and the real binaries end to end.
pub(crate) fn test(args: &TestArgs) -> anyhow::Result<()> {
    // The end-to-end tests start the binaries of the other crates, which `cargo test` alone would not build.
    run(&mut cargo(&["build", "--workspace", "--bins", "--quiet"]))?;
    run(cargo(&["test", "--workspace", "--quiet"]).args(&args.rest))
}
