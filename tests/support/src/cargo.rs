//! Cargo, started by what Cargo runs.

use std::ffi::OsStr;
use std::process::Command;

/// Cargo as a shell would start it: without what an outer Cargo says about the package that it runs.
///
/// Some build scripts depend on these variables. With other values they would run again, and all that is built on them would
/// be built again, over and over, by each program that starts Cargo.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os().filter(|(name, _)| describes_a_package(name)) {
        cargo.env_remove(name);
    }
    cargo
}

/// Whether Cargo sets a variable for each package that it builds or runs.
fn describes_a_package(name: &OsStr) -> bool {
    const BEGINNINGS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_PRIMARY_"];
    let name = name.to_string_lossy();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || name == "CARGO_CRATE_NAME"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_a_package_is_not_passed_on() {
        // Cargo sets these for this test, and the variable for the settings of all packages is none of them.
        let removed: Vec<_> =
            cargo().get_envs().map(|(name, value)| (name.to_owned(), value.is_some())).collect();
        assert!(removed.contains(&("CARGO_PKG_NAME".into(), false)), "{removed:?}");
        assert!(!describes_a_package(OsStr::new("CARGO_INCREMENTAL")));
    }
}
