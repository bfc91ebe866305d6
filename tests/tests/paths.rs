//! However the paths of the configuration and the bars are spelled, it is the same run, and nothing is done twice.
#![cfg(unix)]

use artifact_core::ledger::Event;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tests::{PHASES, Sandbox, binary, csv, csv_config, ended};

/// Runs all phases from `directory` with this spelling of the configuration's path; returns what they printed.
fn run_all(sandbox: &Sandbox, directory: &Path, config: &str) -> String {
    let mut printed = String::new();
    for (name, command) in PHASES {
        let mut process = binary(name);
        process.args(command).arg("--workspace").arg(sandbox.path("workspace")).args(["--config", config]);
        let ended = ended(process.current_dir(directory).output().unwrap());
        assert_eq!(ended.code, 0, "{name} --config {config}: {}", ended.stderr);
        printed += &(ended.stdout + &ended.stderr);
    }
    printed
}

#[test]
fn however_a_path_is_spelled_it_is_the_same_run() {
    let sandbox = Sandbox::new("");
    let (bars, elsewhere) = (sandbox.path("bars"), sandbox.path("elsewhere"));
    for directory in [&bars, &elsewhere] {
        fs::create_dir(directory).unwrap();
    }
    let file = bars.join("AAA.csv");
    fs::write(&file, csv(200, 0.0)).unwrap();
    symlink(&file, elsewhere.join("AAA.csv")).unwrap();
    symlink(&bars, sandbox.path("link")).unwrap();
    let write = |name: &str, file: &str| fs::write(bars.join(name), csv_config(&[file])).unwrap();
    write("plain.toml", "AAA.csv");
    write("up.toml", "../bars/AAA.csv");
    write("absolute.toml", file.to_str().unwrap());
    write("link.toml", "../elsewhere/AAA.csv");

    let first = run_all(&sandbox, &bars, "plain.toml");
    assert!(!first.contains("nothing to do"), "{first}");
    let (run, before) = (sandbox.run().name().to_owned(), sandbox.record());
    for (directory, config) in [
        (&elsewhere, "../bars/up.toml".to_owned()),
        (&elsewhere, bars.join("absolute.toml").to_str().unwrap().to_owned()),
        (&elsewhere, "../link/link.toml".to_owned()),
    ] {
        let again = run_all(&sandbox, directory, &config);
        assert_eq!(again.matches("nothing to do").count(), 4, "{config}: {again}");
        assert!(again.contains("up to date"), "{config}: {again}");
        assert_eq!(sandbox.run().name(), run, "no second run");
        assert_eq!(sandbox.record().phases, before.phases, "{config}");
    }
    let entries = sandbox.workspace().ledger().entries().unwrap();
    let openings = entries.iter().filter(|entry| matches!(entry.event, Event::Unsealed { .. })).count();
    assert_eq!(openings, 1, "the test rows were opened once");
}
