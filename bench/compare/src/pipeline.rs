//! `bench pipeline`: the same tuning run by this project, and by Optuna with PyTorch.

use super::process::{Figures, measure};
use super::runner::{Runner, options};
use super::table::{figure, print, ratio};
use anyhow::Context as _;
use clap::Args;
use std::path::Path;
use xtask::command::root;

/// Options of `cargo xtask bench pipeline`.
#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// Number of trials
    #[arg(long, default_value_t = 8)]
    trials: usize,
    /// Number of epochs of each trial
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Number of threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// A run on the five years of embedded bars, with one model for all tickers side by side, as the peer has it. The searched parameters do not change how much work a trial is, so both
/// sides do the same although they suggest different values.
fn config(args: &PipelineArgs) -> String {
    format!(
        r#"
name = "bench"
[features]
set = "ohlcv"
[training]
model = "transformer"
scope = "joint"
patience = {epochs}
[tuner]
stages = [{{ sampler = "random", trials = {trials}, epochs = {epochs} }}]
[tuner.search_space]
learning_rate = {{ low = 1e-4, high = 3e-3, log = true }}
dropout_rate = {{ low = 0.0, high = 0.4 }}
weight_decay = {{ low = 1e-6, high = 1e-2, log = true }}
time_window = 5
seq_length = 30
num_layers = 2
d_model = 64
num_heads = 4
d_ff_multiple = 4
batch_size = 64
"#,
        epochs = args.epochs,
        trials = args.trials
    )
}

pub(super) fn run(bench: &Runner, args: &PipelineArgs) -> anyhow::Result<()> {
    let directory = std::env::temp_dir().join(format!("holdfast-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).context("failed to create a temporary directory")?;
    let rows = compare(bench, args, &directory);
    std::fs::remove_dir_all(&directory).ok();
    print(&["", "wall s", "our speedup", "CPU s", "our CPU", "peak MB", "our memory", "best mcc"], &rows?);
    println!("{} trials of {} epochs, {} threads.", args.trials, args.epochs, args.threads);
    Ok(())
}

fn compare(bench: &Runner, args: &PipelineArgs, directory: &Path) -> anyhow::Result<Vec<Vec<String>>> {
    let file = directory.join("bench.toml");
    std::fs::write(&file, config(args))?;
    let phase = |name: &str, command: &str| {
        let mut process = bench.own(name);
        process.args([command, "--workspace"]).arg(directory).arg("--config").arg(&file);
        process.args(["--quiet", "--json"]).env("RAYON_NUM_THREADS", args.threads.to_string());
        measure(&mut process)
    };
    let frozen = phase("data-loader", "freeze")?;
    let tuned = phase("tuner", "run")?;
    // Reading and freezing the bars is part of the work: the peer reads them too.
    let ours = Figures {
        wall_seconds: frozen.wall_seconds + tuned.wall_seconds,
        cpu_seconds: frozen.cpu_seconds + tuned.cpu_seconds,
        peak_mb: frozen.peak_mb.max(tuned.peak_mb),
        ..tuned
    };
    let mut rows = vec![row("this project", &ours, None, best_of(directory)?)];
    let mut peer_args = vec!["--bars".to_owned()];
    for ticker in ["AAPL", "GOOG", "IBM", "MSFT"] {
        peer_args.push(root().join(format!("data/sample/{ticker}.csv")).display().to_string());
    }
    peer_args.extend(["--from-date".to_owned(), "2008-03-01".to_owned(), "--storage".to_owned()]);
    peer_args.push(directory.join("optuna.db").display().to_string());
    peer_args.extend(options([("trials", args.trials), ("epochs", args.epochs), ("threads", args.threads)]));
    if let Some(peer) = bench.measure_peer("optuna_torch.py", &peer_args) {
        rows.push(row("Optuna with PyTorch", &peer, Some(&ours), peer.number("best")));
    }
    Ok(rows)
}

/// The best objective of the workspace's only run.
fn best_of(workspace: &Path) -> anyhow::Result<f64> {
    let workspace = artifact_core::Workspace::new(workspace);
    let name = workspace.runs()?.pop().context("the tuner left no run")?;
    let view: views::TrialResults = artifact_core::files::read_json(&workspace.run(&name).trial_results())?;
    let values = view.trials.iter().filter_map(|trial| Some(trial.metrics.as_ref()?.objective_value));
    Ok(values.fold(f64::NAN, f64::max))
}

fn row(what: &str, figures: &Figures, ours: Option<&Figures>, best: f64) -> Vec<String> {
    let against = |of: fn(&Figures) -> f64, faster: bool| {
        ours.map_or(String::new(), |ours| match faster {
            true => ratio(of(figures), of(ours)),
            false => ratio(of(ours), of(figures)),
        })
    };
    vec![
        what.to_owned(),
        figure(figures.wall_seconds),
        against(|f| f.wall_seconds, true),
        figure(figures.cpu_seconds),
        against(|f| f.cpu_seconds, false),
        figure(figures.peak_mb),
        against(|f| f.peak_mb, false),
        format!("{best:.3}"),
    ]
}
