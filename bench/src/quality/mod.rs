//! The quality of models: panels, most of them with a best score that is known, a cross-section of stocks, and the folders
//! by which the peers get them.

mod exchange;
mod finished;
mod npy;
mod objectives;
mod ours;
mod panels;
mod scores;
mod stocks;

use clap::{Args, Subcommand};
use panels::{Choice, Kind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to do with a panel.
#[derive(Debug, Subcommand)]
pub(crate) enum QualityArgs {
    /// The names of the panels, each with the highest MCC of a classifier that treats Up and Down alike
    Panels,
    /// Write a panel as CSV files, one per ticker, and print the settings with which a run has the peers' labels and split
    Csv {
        #[command(flatten)]
        panel: PanelArgs,
        /// The folder for the files
        #[arg(long)]
        out: PathBuf,
    },
    /// Write the arrays that the peers fit on
    Exchange {
        #[command(flatten)]
        panel: PanelArgs,
        /// The seeds of the peers' fits
        #[arg(long, num_args = 1.., default_values_t = [1])]
        fit_seeds: Vec<u64>,
        /// The folder for the arrays
        #[arg(long)]
        out: PathBuf,
    },
    /// The best possible scores on the test rows
    Bayes {
        #[command(flatten)]
        panel: PanelArgs,
    },
    /// The scores of the only run of a workspace on the test rows
    Ours {
        #[command(flatten)]
        panel: PanelArgs,
        /// The folder of the panel's CSV files
        #[arg(long)]
        csv: PathBuf,
        #[arg(long)]
        workspace: PathBuf,
    },
    /// Fit the trials of the only run of a workspace again, and judge every epoch by all metrics on validation and on test
    Epochs {
        #[command(flatten)]
        panel: PanelArgs,
        /// The folder of the panel's CSV files
        #[arg(long)]
        csv: PathBuf,
        #[arg(long)]
        workspace: PathBuf,
        /// The number of epochs
        #[arg(long, default_value_t = 15)]
        epochs: usize,
    },
    /// The scores of predictions that a peer made of the test rows
    Score {
        #[command(flatten)]
        panel: PanelArgs,
        /// The peer's predictions
        #[arg(long)]
        predictions: PathBuf,
    },
    /// A cross-section of stocks whose returns are predicted as numbers, as a finished run has it
    #[command(subcommand)]
    Stocks(stocks::StocksArgs),
}

/// Which panel.
#[derive(Debug, Args)]
pub(crate) struct PanelArgs {
    /// The panel's name
    #[arg(long = "panel", value_parser = Choice::named)]
    choice: Choice,
    /// The panel's seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of tickers; by default 6, or 30 for cross-section, or 4 for planted; the most for sample
    #[arg(long)]
    tickers: Option<usize>,
    /// The number of rows; by default 2400, or 1200 for cross-section and planted, or 1259 for sample
    #[arg(long)]
    rows: Option<usize>,
}

impl PanelArgs {
    fn load(&self) -> anyhow::Result<panels::Panel> {
        self.choice.load((self.tickers, self.rows), self.seed)
    }
}

/// Does it and returns the figures.
pub(crate) fn measure(args: &QualityArgs) -> anyhow::Result<Value> {
    Ok(match args {
        QualityArgs::Panels => json!(
            Kind::all().into_iter().map(|kind| (kind.name(), kind.bayes_mcc())).collect::<BTreeMap<_, _>>()
        ),
        QualityArgs::Csv { panel, out } => {
            let panel = panel.load()?;
            json!({ "files": panels::csv::write(&panel, out)?, "settings": exchange::settings(&panel) })
        }
        QualityArgs::Exchange { panel, fit_seeds, out } => {
            exchange::write(&panel.load()?, fit_seeds, out)?;
            json!({ "folder": out })
        }
        QualityArgs::Bayes { panel } => exchange::bayes(&panel.load()?),
        QualityArgs::Ours { panel, csv, workspace } => ours::score(&panel.load()?, csv, workspace)?,
        QualityArgs::Epochs { panel, csv, workspace, epochs } => {
            objectives::judge(&panel.load()?, csv, workspace, *epochs)?
        }
        QualityArgs::Score { panel, predictions } => exchange::score(&panel.load()?, predictions)?,
        QualityArgs::Stocks(args) => stocks::measure(args)?,
    })
}
