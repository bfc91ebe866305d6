//! A run of ours: the measured program `holdfast` with all phases.

use super::super::process::measure;
use super::super::runner::Runner;
use artifact_core::Digest;
use serde_json::{Value, json};
use std::path::Path;

/// Runs all phases with a preset under the settings of a file; returns the seconds that they took.
pub(super) fn pipeline(
    bench: &Runner,
    (preset, config): (&str, &Path),
    workspace: &Path,
    threads: usize,
) -> anyhow::Result<f64> {
    let mut pipeline = bench.own("holdfast");
    pipeline.args(["pipeline", "--preset", preset, "--config"]).arg(config);
    pipeline.arg("--workspace").arg(workspace).env("RAYON_NUM_THREADS", threads.to_string());
    Ok(measure(&mut pipeline)?.wall_seconds)
}

/// The digest of one of this project's programs.
pub(super) fn program(bench: &Runner, name: &str) -> anyhow::Result<Digest> {
    Ok(Digest::of(&std::fs::read(bench.own(name).get_program())?))
}

/// What a run chose, and by which figures, from what `bench quality` prints of it.
pub(super) fn chosen(own: &Value) -> Value {
    json!({
        "chosen": own["chosen"],
        "params": own["params"],
        "epochs": own["epochs"],
        "decision_balance": own["decision_balance"],
        "cross_validation": own["cross_validation"],
        "validation": own["validation"],
    })
}
