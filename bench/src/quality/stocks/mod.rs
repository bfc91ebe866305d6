//! The panel `bars`: a cross-section of stocks, whose returns are predicted as numbers.
//!
//! Cases, features and labels are those of a finished run, so that the peers see exactly what ours does. All predictions
//! are scored alike: date by date, by their correlation with the labels of that date's tickers.

mod arrays;
mod cases;
mod ours;
mod rank;

use super::finished::Finished;
use cases::Stocks;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to do with the cases of a run.
#[derive(Debug, Subcommand)]
pub(crate) enum StocksArgs {
    /// Write the arrays that the peers fit on, and the answers of the test cases
    Arrays {
        /// The workspace of the run
        #[arg(long)]
        workspace: PathBuf,
        /// The seeds of the peers' fits
        #[arg(long, num_args = 1.., default_values_t = [1])]
        fit_seeds: Vec<u64>,
        /// The folder for the arrays
        #[arg(long)]
        out: PathBuf,
    },
    /// The scores of the run's final model and its linear baseline on the test cases
    Ours {
        /// The workspace of the run
        #[arg(long)]
        workspace: PathBuf,
    },
    /// The scores of predictions that a peer made of the test cases
    Score {
        /// The folder of the arrays
        #[arg(long)]
        arrays: PathBuf,
        /// The peer's predictions
        #[arg(long)]
        predictions: PathBuf,
    },
}

/// Does it and returns the figures.
pub(super) fn measure(args: &StocksArgs) -> anyhow::Result<Value> {
    Ok(match args {
        StocksArgs::Arrays { workspace, fit_seeds, out } => {
            let run = Finished::of(workspace)?;
            let stocks = Stocks::of(&run.store, run.best.snapshot, &run.best.split, &run.best.preprocessing)?;
            json!(arrays::write(&stocks, &run.best.split, fit_seeds, out)?)
        }
        StocksArgs::Ours { workspace } => ours::score(&Finished::of(workspace)?)?,
        StocksArgs::Score { arrays, predictions } => json!(arrays::score(arrays, predictions)?),
    })
}
