//! The real binary: its output and its exit codes.

use fixtures::{Fixture, Shape, build};
use std::process::Command;

fn report(fixture: &Fixture, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_report"))
        .args(arguments)
        .arg("--workspace")
        .arg(fixture.directory.path())
        .env_remove("HOLDFAST_LOG")
        .env_remove("HOLDFAST_RUN")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_main_figures_are_printed_as_text_and_as_json() {
    let fixture = build(&Shape::default());
    let (code, out, error) = report(&fixture, &["--run", "sample-run"]);
    assert_eq!(code, 0, "{error}");
    for part in ["report.html (written)", "AAPL GOOG IBM MSFT", "cv mcc", "majority", "beats both baselines"]
    {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    assert!(fixture.run.report().is_file());

    let (code, out, error) = report(&fixture, &["--run", "sample-run", "--json"]);
    assert_eq!(code, 0);
    assert!(error.contains("up to date"), "{error}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["up_to_date"], true);
}

#[test]
fn partial_runs_name_the_next_command() {
    let fixture = build(&Shape { until: artifact_core::Phase::Data, ..Shape::default() });
    let (code, out, _) = report(&fixture, &["--run", "sample-run"]);
    assert_eq!(code, 0);
    assert!(out.contains("holdfast tune") && out.contains("No verdict yet"), "{out}");
}

#[test]
fn failures_have_their_exit_codes() {
    let fixture = build(&Shape::default());
    let (code, _, error) = report(&fixture, &["--run", "other"]);
    assert_eq!(code, 1);
    assert!(error.contains("the workspace has sample-run"), "{error}");
    let (code, ..) = report(&fixture, &["--run", "a/b"]);
    assert_eq!(code, 2);
    let path = fixture.workspace.store().path(&fixture.made.ids.study.digest());
    std::fs::write(path, b"garbage").unwrap();
    let (code, _, error) = report(&fixture, &["--run", "sample-run"]);
    assert_eq!(code, 3);
    assert!(error.contains("is damaged"), "{error}");
}
