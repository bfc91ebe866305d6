//! The program `holdfast`, with the built-in parts.

use std::process::ExitCode;

fn main() -> ExitCode {
    let password = std::env::var("PGPASSWORD").ok();
    holdfast::main(holdfast::Registry::builtin().with_database_password(password))
}
