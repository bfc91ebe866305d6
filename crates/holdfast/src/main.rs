//! The program `holdfast`, with the built-in parts.

use std::process::ExitCode;

fn main() -> ExitCode {
    holdfast::main(holdfast::Registry::builtin())
}
