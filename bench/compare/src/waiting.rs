//! `bench waiting`: how long the tuner's workers wait for trials that the next suggestion must see.

use super::process::measure;
use super::runner::Runner;
use super::table::{figure, print};
use anyhow::Context as _;
use clap::Args;
use std::path::Path;

/// Options of `cargo xtask bench waiting`.
#[derive(Debug, Args)]
pub(crate) struct WaitingArgs {
    /// Number of trials
    #[arg(long, default_value_t = 24)]
    trials: usize,
}

/// The settings `parallelism` (a suggestion does not see that many latest trials) and the number of workers.
const CASES: [(usize, usize); 6] = [(1, 1), (2, 2), (4, 2), (4, 4), (8, 2), (8, 4)];

/// A search space whose trials take very different times, so that workers have to wait.
fn config(parallelism: usize, trials: usize) -> String {
    format!(
        r#"
name = "waiting"
[features]
set = "ohlcv"
[training]
model = "transformer"
scope = "joint"
[tuner]
parallelism = {parallelism}
startup_trials = 4
stages = [
    {{ sampler = "random", trials = {first}, epochs = 12 }},
    {{ sampler = "tpe", trials = {second}, epochs = 16 }},
]
[tuner.search_space]
time_window = {{ choices = [5, 7] }}
seq_length = {{ choices = [10, 20, 30] }}
num_layers = {{ low = 1, high = 2 }}
d_model = {{ choices = [8, 16, 32] }}
num_heads = {{ choices = [2, 4] }}
d_ff_multiple = 2
batch_size = {{ choices = [32, 64] }}
"#,
        first = (trials / 2).max(1),
        second = trials.saturating_sub(trials / 2).max(1)
    )
}

pub(super) fn run(bench: &Runner, args: &WaitingArgs) -> anyhow::Result<()> {
    let directory = std::env::temp_dir().join(format!("holdfast-bench-{}", std::process::id()));
    let rows: anyhow::Result<Vec<Vec<String>>> =
        CASES.into_iter().map(|case| row(bench, args, &directory, case)).collect();
    std::fs::remove_dir_all(&directory).ok();
    print(&["parallelism", "workers", "wall s", "waited s", "share %"], &rows?);
    println!("{} trials; the share is that of all workers' time.", args.trials);
    Ok(())
}

fn row(
    bench: &Runner,
    args: &WaitingArgs,
    directory: &Path,
    (parallelism, workers): (usize, usize),
) -> anyhow::Result<Vec<String>> {
    let workspace = directory.join(format!("{parallelism}-{workers}"));
    std::fs::create_dir_all(&workspace).context("failed to create a temporary directory")?;
    let file = workspace.join("bench.toml");
    std::fs::write(&file, config(parallelism, args.trials))?;
    let phase = |name: &str, command: &[&str]| {
        let mut process = bench.own(name);
        process.args(command).arg("--workspace").arg(&workspace).arg("--config").arg(&file);
        measure(process.args(["--quiet", "--json"]))
    };
    phase("data-loader", &["freeze"])?;
    let tuned = phase("tuner", &["run", "--workers", &workers.to_string()])?;
    let waited = tuned.number("waited_seconds");
    Ok(vec![
        parallelism.to_string(),
        workers.to_string(),
        figure(tuned.wall_seconds),
        figure(waited),
        figure(100.0 * waited / (workers as f64 * tuned.wall_seconds)),
    ])
}
