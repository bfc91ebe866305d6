//! Which crate may depend on which.
//!
//! Checked against `cargo metadata`, so that no dependency can slip in that lets phases share code instead of
//! artifacts.

use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use xtask::command::{cargo, read};

/// The workspace crates that each crate may depend on, dev-dependencies included.
const ALLOWED: [(&str, &[&str]); 25] = [
    ("written", &[]),
    ("artifact-core", &["written"]),
    ("settings", &["artifact-core"]),
    ("figures", &["artifact-core"]),
    ("views", &["artifact-core", "figures"]),
    ("legacy", &["artifact-core"]),
    ("metrics", &["artifact-core", "settings"]),
    ("statistics", &["artifact-core"]),
    ("bar-files", &[]),
    ("expressions", &[]),
    ("postgres-tls", &[]),
    ("tabular", &[]),
    (
        "data-loader",
        &["artifact-core", "settings", "figures", "bar-files", "expressions", "postgres-tls", TEST_SUPPORT],
    ),
    ("trainer-core", &["artifact-core", "settings", "metrics", "statistics", "data-loader", "tabular"]),
    // The phases: none may depend on another.
    (
        "tuner",
        &["artifact-core", "figures", "views", "settings", "postgres-tls", "data-loader", "trainer-core"],
    ),
    // The artifacts of older results are looked up by their shape.
    (
        "extended-trainer",
        &[
            "artifact-core",
            "figures",
            "views",
            "settings",
            "legacy",
            "statistics",
            "data-loader",
            "trainer-core",
        ],
    ),
    ("final-trainer", &["artifact-core", "figures", "views", "settings", "data-loader", "trainer-core"]),
    ("report", &["artifact-core", "figures", "settings", "metrics", "statistics"]),
    ("leak-audit", &["artifact-core", "settings", "metrics", "data-loader"]),
    (
        "artifact-cli",
        &["artifact-core", "views", "settings", "metrics", "legacy", "data-loader", "leak-audit"],
    ),
    ("holdfast", FACADE),
    ("xtask", &[TEST_SUPPORT]),
    ("schemas", &["artifact-core", "views", "xtask"]),
    (TEST_SUPPORT, &[]),
    ("fixtures", &["artifact-core", "settings"]),
];

/// The facade, on which nothing depends, may depend on everything.
const FACADE: &[&str] = &[
    "artifact-core",
    "figures",
    "views",
    "settings",
    "metrics",
    "data-loader",
    "trainer-core",
    "tuner",
    "extended-trainer",
    "final-trainer",
    "leak-audit",
    "report",
    "artifact-cli",
];

/// The packages of cross-crate tests and of benchmarks, which may depend on everything and on which nothing depends.
const APART: [&str; 4] = ["tests", "torture", "bench", "compare"];

/// Waiting in tests, and the count of skipped tests, which xtask reads.
const TEST_SUPPORT: &str = "test-support";

/// The dev-dependencies that every crate may have.
const FOR_TESTS: [&str; 2] = [TEST_SUPPORT, "fixtures"];

/// Checks the dependencies of all packages.
pub(crate) fn check() -> anyhow::Result<()> {
    let bytes = read(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&bytes).context("failed to read cargo's metadata")?;
    let faults = faults(&dependencies(&metadata));
    if !faults.is_empty() {
        bail!("dependencies break the layering:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

/// Each package's dependencies on other packages of the workspace, except dev-dependencies in [`FOR_TESTS`].
fn dependencies(metadata: &serde_json::Value) -> BTreeMap<String, Vec<String>> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap_or_default().to_owned();
    let packages = list(&metadata["packages"]);
    let members: Vec<String> = packages.iter().map(name).collect();
    let for_tests = |dependency: &serde_json::Value| {
        dependency["kind"] == "dev" && FOR_TESTS.contains(&dependency["name"].as_str().unwrap_or_default())
    };
    let own = |package: &serde_json::Value| {
        let all = list(&package["dependencies"]);
        let own = all.iter().filter(|one| one["path"].is_string() && !for_tests(one));
        own.map(name).collect::<Vec<_>>()
    };
    let within = |names: Vec<String>| names.into_iter().filter(|name| members.contains(name)).collect();
    packages.iter().map(|package| (name(package), within(own(package)))).collect()
}

fn faults(dependencies: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut faults = Vec::new();
    for (package, needs) in dependencies {
        if APART.contains(&package.as_str()) {
            continue;
        }
        let Some(allowed) = allowed.get(package.as_str()) else {
            faults.push(format!(
                "{package} is not in the layering; add it to ALLOWED in xtask/src/layering.rs with the crates that it \
                 may depend on"
            ));
            continue;
        };
        for need in needs.iter().filter(|need| !allowed.contains(&need.as_str())) {
            faults.push(format!("{package} depends on {need}, which the layering does not allow"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dependencies_that_break_the_layering_are_found() {
        let package = |name: &str, needs: &[&str]| {
            let dependency = |need: &&str| json!({"name": need, "path": "somewhere"});
            json!({"name": name, "dependencies": needs.iter().map(dependency).collect::<Vec<_>>()})
        };
        let check = |packages: serde_json::Value, expected: &[&str]| {
            let found = faults(&dependencies(&json!({ "packages": packages })));
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (fault, part) in found.iter().zip(expected) {
                assert!(fault.contains(part), "{fault}");
            }
        };
        let core = package("artifact-core", &[]);
        let tuner = package("tuner", &["artifact-core"]);
        check(json!([core, tuner, package("tests", &["tuner"])]), &[]);
        check(
            json!([core, tuner, package("final-trainer", &["tuner"])]),
            &["final-trainer depends on tuner"],
        );
        check(json!([package("artifact-core", &["tuner"]), tuner]), &["artifact-core depends on tuner"]);
        check(json!([package("newcomer", &[])]), &["newcomer is not in the layering"]);
        let mut helped = package("report", &["test-support"]);
        let support = package("test-support", &[]);
        check(json!([helped, support]), &["report depends on test-support"]);
        helped["dependencies"][0]["kind"] = "dev".into();
        check(json!([helped, support]), &[]);
    }
}
