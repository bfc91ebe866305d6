//! `cargo xtask bench`: speed, memory and scaling, compared with the alternatives.
//!
//! Each measurement runs in its own process: a program in `bench/` for this project, a Python program in `bench/peers`
//! for its peers. A peer whose packages are missing is skipped with a message.

mod data;
mod engine;
mod noise;
mod pipeline;
mod process;
mod quality;
mod runner;
mod scale;
mod table;
mod tuner;
mod waiting;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use runner::Runner;
use settings::cli::{LogArgs, finish, init_logging};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xtask::command::{cargo, run as run_command};

/// Options of `cargo xtask bench`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct BenchArgs {
    #[command(subcommand)]
    bench: Bench,
    /// A Python with the packages of bench/peers/requirements.txt
    #[arg(long, global = true, env = "HOLDFAST_PYTHON", default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// Skip the peers
    #[arg(long, global = true)]
    alone: bool,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Training steps per second against PyTorch and JAX, the share of peak FLOP/s, and memory
    Engine(engine::EngineArgs),
    /// One tuning run against Optuna with PyTorch: time and memory
    Pipeline(pipeline::PipelineArgs),
    /// How much of what can be predicted the models find, against LightGBM, scikit-learn and PyTorch
    Quality(quality::QualityArgs),
    /// Whole runs on noise: whether estimates are 0, intervals hold the truth, and no verdict claims a win
    Noise(noise::NoiseArgs),
    /// Which validation metric picks the epochs and trials that are best on test
    Objectives(quality::objectives::ObjectivesArgs),
    /// Files of bars to a snapshot against polars, and batches of windows per second against NumPy and PyTorch's DataLoader
    Data(data::DataArgs),
    /// How long the tuner's workers wait for trials that the next suggestion must see
    Waiting(waiting::WaitingArgs),
    /// How time and memory grow with tickers, window, width, trials and stored artifacts
    Scale(scale::ScaleArgs),
    /// The samplers against Optuna's default: quality after 100 trials, and time per suggestion
    Tuner(tuner::TunerArgs),
}

fn main() -> ExitCode {
    init_logging(LogArgs::default());
    finish(run(&BenchArgs::parse()))
}

fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let runs = matches!(args.bench, Bench::Quality(_) | Bench::Objectives(_) | Bench::Noise(_));
    let more: &[&str] = if runs { &["holdfast", "extended-trainer", "final-trainer"] } else { &[] };
    let bench = Runner { binaries: build(more)?, python: (!args.alone).then(|| args.python.clone()) };
    match &args.bench {
        Bench::Engine(args) => engine::run(&bench, args),
        Bench::Pipeline(args) => pipeline::run(&bench, args),
        Bench::Quality(args) => quality::run(&bench, args),
        Bench::Noise(args) => noise::run(&bench, args),
        Bench::Objectives(args) => quality::objectives::run(&bench, args),
        Bench::Data(args) => data::run(&bench, args),
        Bench::Waiting(args) => waiting::run(&bench, args),
        Bench::Scale(args) => scale::run(&bench, args),
        Bench::Tuner(args) => tuner::run(&bench, args),
    }
}

/// Builds the measured programs in this program's own profile, and returns their directory. `more` are the packages that not
/// every measurement needs.
fn build(more: &[&str]) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("failed to find the path of this program")?;
    let mut command = cargo(&["build", "--quiet", "--bins"]);
    if cfg!(debug_assertions) {
        eprintln!("warning: this is a debug build, so the figures mean little; use `cargo xtask bench`");
    } else {
        command.arg("--release");
    }
    for package in ["bench", "data-loader", "tuner"].iter().chain(more) {
        command.args(["--package", package]);
    }
    run_command(&mut command)?;
    Ok(me.parent().map(Path::to_path_buf).unwrap_or_default())
}
