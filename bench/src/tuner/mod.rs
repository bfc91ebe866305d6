//! The tuner's samplers: how good their suggestions are, and how long they take.

mod functions;
mod measure;

use self::measure::{best, checks, seconds};
use clap::Subcommand;
use functions::functions;
use serde_json::Value;
use std::collections::BTreeMap;

/// What to measure about the samplers.
#[derive(Debug, Subcommand)]
pub(crate) enum TunerArgs {
    /// Points with their values, for the peer to check its functions with
    Checks,
    /// The best value of every run of every function
    Quality {
        /// Seed of the first run
        #[arg(long)]
        first_seed: u64,
        /// Number of runs
        #[arg(long)]
        seeds: u64,
        /// Number of trials per run
        #[arg(long)]
        trials: u64,
    },
    /// Seconds per suggestion, for the functions with ten parameters
    Speed {
        /// How many trials the sampler knows when suggestions are timed
        #[arg(long, num_args = 1..)]
        told: Vec<u64>,
        /// Number of suggestions to time
        #[arg(long)]
        repeats: usize,
    },
}

/// Runs one measurement and returns its figures.
pub(crate) fn measure(args: &TunerArgs) -> anyhow::Result<Value> {
    let functions = functions()?;
    Ok(match args {
        TunerArgs::Checks => {
            let all = functions.iter().map(checks).collect::<anyhow::Result<Vec<_>>>()?;
            serde_json::to_value(all.into_iter().flatten().collect::<Vec<_>>())?
        }
        TunerArgs::Quality { first_seed, seeds, trials } => {
            let mut quality = BTreeMap::new();
            for function in &functions {
                let runs = (*first_seed..first_seed + seeds).map(|seed| best(function, seed, *trials));
                quality.insert(function.name, runs.collect::<Result<Vec<f64>, _>>()?);
            }
            serde_json::to_value(quality)?
        }
        TunerArgs::Speed { told, repeats } => {
            let mut all = BTreeMap::new();
            for function in functions.iter().filter(|function| function.space.dimensions().len() == 10) {
                let mut by_told = BTreeMap::new();
                for &told in told {
                    by_told.insert(told, seconds(function, told, *repeats)?);
                }
                all.insert(function.name, by_told);
            }
            serde_json::to_value(all)?
        }
    })
}
