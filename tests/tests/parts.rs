//! Custom parts: every example runs all phases, the audit and the report; parts that cheat are caught.

use std::path::PathBuf;
use std::process::Output;

/// Runs an example's pipeline in a fresh workspace, with the configuration next to its source.
fn pipeline(example: &str) -> (tempfile::TempDir, Output) {
    let directory = tempfile::tempdir().unwrap();
    let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/holdfast/examples");
    let output = tests::example(example)
        .args(["pipeline", "--preset", "smoke", "--config"])
        .arg(sources.join(example).with_extension("toml"))
        .arg("--workspace")
        .arg(directory.path().join("workspace"))
        .output()
        .expect("the example can be started");
    (directory, output)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn runs(example: &str, shown: &str) {
    let (directory, output) = pipeline(example);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{example}\n{out}\n{err}");
    assert!(err.contains("no leak was found"), "{example}: the audit\n{err}");
    let runs = directory.path().join("workspace/runs");
    let run = std::fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains(shown), "{example}: the report does not show {shown:?}");
}

/// The pipeline exits with 3, and the audit names what is wrong.
#[track_caller]
fn is_caught(example: &str, wrong: &str) {
    let (directory, output) = pipeline(example);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{example}\n{err}");
    assert!(err.contains("1 claim is violated"), "{example}\n{err}");
    let workspace = directory.path().join("workspace");
    let run = std::fs::read_dir(workspace.join("runs")).unwrap().next().unwrap().unwrap();
    let audit = tests::example(example)
        .arg("audit")
        .arg(run.file_name())
        .arg("--workspace")
        .arg(&workspace)
        .output()
        .expect("the example can be started");
    let out = text(&audit.stdout);
    assert_eq!(audit.status.code(), Some(3), "{example}\n{out}");
    let violated = out.split("is violated: ").nth(1).unwrap_or_default();
    assert!(violated.contains(wrong), "{example}: the audit does not name {wrong:?}\n{out}");
}

#[test]
fn a_custom_source_runs() {
    runs("source", "WAVE0");
}

#[test]
fn a_custom_feature_runs() {
    runs("feature", "mean_distance");
}

#[test]
fn a_custom_target_runs() {
    runs("target", "wider_side");
}

#[test]
fn a_custom_splitter_runs() {
    runs("splitter", "interleaved");
}

#[test]
fn a_custom_model_runs() {
    runs("model", "mean_row");
}

#[test]
fn a_custom_metric_runs() {
    runs("metric", "directional_precision");
}

#[test]
fn a_custom_sampler_runs() {
    runs("sampler", "one_at_a_time");
}

#[test]
fn a_custom_pruner_runs() {
    runs("pruner", "stalled");
}

#[test]
fn a_custom_report_section_is_shown() {
    runs("section", "Class shares");
}

#[test]
fn a_feature_that_peeks_is_caught() {
    is_caught("cheating_feature", "next_return");
}

#[test]
fn a_target_that_reads_beyond_its_horizon_is_caught() {
    is_caught("cheating_target", "one_row_more");
}

#[test]
fn a_splitter_that_forgets_the_purge_is_caught() {
    let (_directory, output) = pipeline("cheating_splitter");
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "nothing is fitted on such folds\n{err}");
    assert!(err.contains("unpurged(folds=3)") && err.contains("by purge and embargo"), "{err}");
}

/// A program that lacks the part still does everything that does not call it, and reports what it cannot do.
#[test]
fn claims_about_an_unregistered_part_are_unchecked_and_name_it() {
    let (directory, output) = pipeline("feature");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let workspace = directory.path().join("workspace");
    let run = std::fs::read_dir(workspace.join("runs")).unwrap().next().unwrap().unwrap().file_name();
    let plain = |command: &[&str]| {
        let output =
            tests::binary("holdfast").args(command).arg("--workspace").arg(&workspace).output().unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let run = run.to_str().unwrap();
    let (code, audit, err) = plain(&["audit", run]);
    assert_eq!(code, Some(0), "nothing is violated\n{err}");
    let row = |claim: &str| audit.lines().find(|line| line.starts_with(claim)).unwrap_or_default();
    assert!(row("features_causal").contains("unchecked"), "{audit}");
    assert!(row("features_causal").contains("\"mean_distance\" is not a known feature"), "{audit}");
    assert!(row("test_untouched").contains("holds"), "{audit}");
    assert!(audit.lines().any(|line| line.starts_with("L3.1") && line.contains("unknown")), "{audit}");

    assert_eq!(plain(&["report", "--run", run]).0, Some(0));
    assert_eq!(plain(&["artifact", "fsck"]).0, Some(0));
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/holdfast/examples/feature.toml");
    let (code, _, err) = plain(&["tune", "--preset", "smoke", "--config", config]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("features.set") && err.contains("\"mean_distance\" is not a known feature"),
        "{err}"
    );
}
