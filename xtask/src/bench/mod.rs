//! `bench`: how fast, how large, and how it grows, beside what one would use instead.
//!
//! Every figure comes from a process of its own: one of `bench/` for this project, a Python program of `bench/peers` for
//! the others. A peer whose packages are missing is left out and said to be.

mod data;
mod engine;
mod pipeline;
mod process;
mod scale;
mod table;
mod tuner;
mod waiting;

use crate::command::{cargo, root, run as run_command};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use process::{Figures, measure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    bench: Bench,
    /// The Python that has the packages of bench/peers/requirements.txt
    #[arg(long, global = true, env = "HOLDFAST_PYTHON", default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// Leave the peers out
    #[arg(long, global = true)]
    alone: bool,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Training steps per second beside PyTorch and JAX, the share of the matrix product's peak, and memory
    Engine(engine::EngineArgs),
    /// One tuning run beside Optuna with PyTorch: time and memory
    Pipeline(pipeline::PipelineArgs),
    /// Batches of windows per second beside NumPy and PyTorch's DataLoader
    Data,
    /// How long the tuner's workers wait for trials that a suggestion must see
    Waiting(waiting::WaitingArgs),
    /// How time and memory grow with tickers, window, width, trials and stored artifacts
    Scale(scale::ScaleArgs),
    /// The samplers beside Optuna's default: quality of 100 trials, and time per suggestion
    Tuner(tuner::TunerArgs),
}

pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let bench = Runner { binaries: build()?, python: (!args.alone).then(|| args.python.clone()) };
    match &args.bench {
        Bench::Engine(args) => engine::run(&bench, args),
        Bench::Pipeline(args) => pipeline::run(&bench, args),
        Bench::Data => data::run(&bench),
        Bench::Waiting(args) => waiting::run(&bench, args),
        Bench::Scale(args) => scale::run(&bench, args),
        Bench::Tuner(args) => tuner::run(&bench, args),
    }
}

/// Builds what is measured as this program was built, and returns where it is.
fn build() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("failed to find this program")?;
    let mut command = cargo(&["build", "--quiet", "--bins"]);
    if cfg!(debug_assertions) {
        eprintln!("warning: this is a debug build; its figures mean little");
    } else {
        command.arg("--release");
    }
    for package in ["bench", "data-loader", "tuner"] {
        command.args(["--package", package]);
    }
    run_command(&mut command)?;
    Ok(me.parent().map(Path::to_path_buf).unwrap_or_default())
}

/// Starts what is measured.
struct Runner {
    binaries: PathBuf,
    /// Not there when the peers are left out.
    python: Option<PathBuf>,
}

impl Runner {
    /// One of this project's programs.
    fn own(&self, name: &str) -> Command {
        Command::new(self.binaries.join(name).with_extension(std::env::consts::EXE_EXTENSION))
    }

    /// Measures one thing of this project on so many threads.
    fn measure_own(&self, args: &[String], threads: usize) -> anyhow::Result<Figures> {
        measure(self.own("bench").args(args).env("RAYON_NUM_THREADS", threads.to_string()))
    }

    /// Measures a peer; `None`, with a word about it, where it cannot run.
    fn measure_peer(&self, script: &str, args: &[String]) -> Option<Figures> {
        let python = self.python.as_ref()?;
        let path = root().join("bench/peers").join(script);
        match measure(Command::new(python).arg(path).args(args)) {
            Ok(figures) => Some(figures),
            Err(error) => {
                eprintln!(
                    "skipped: {script} needs the packages of bench/peers/requirements.txt in {} (--python or \
                     HOLDFAST_PYTHON): {error:#}",
                    python.display()
                );
                None
            }
        }
    }
}

/// `--name value` for each pair.
fn options<const N: usize>(pairs: [(&str, usize); N]) -> Vec<String> {
    pairs.into_iter().flat_map(|(name, value)| [format!("--{name}"), value.to_string()]).collect()
}
