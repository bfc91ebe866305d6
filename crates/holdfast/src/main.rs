//! The program `holdfast`, with the built-in parts.

use holdfast::Registry;
use holdfast::tuner::Passwords;
use std::process::ExitCode;

fn main() -> ExitCode {
    let passwords = Passwords::of_environment(|name| std::env::var_os(name));
    holdfast::main(Registry::builtin().with_passwords(passwords))
}
