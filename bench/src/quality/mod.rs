//! The quality of models: synthetic panels whose best score is known, and the folders by which the peers get them.

mod exchange;
mod npy;
mod panels;
mod scores;

use clap::{Args, Subcommand};
use exchange::Task;
use panels::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to do with a panel.
#[derive(Debug, Subcommand)]
pub(crate) enum QualityArgs {
    /// The names of the panels, each with the highest MCC that a classifier can reach
    Panels,
    /// Write a panel as CSV files, one per ticker
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
        #[arg(long, value_enum, default_value = "classes")]
        task: Task,
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
        #[arg(long, value_enum, default_value = "classes")]
        task: Task,
    },
    /// The scores of predictions that a peer made of the test rows
    Score {
        #[command(flatten)]
        panel: PanelArgs,
        #[arg(long, value_enum, default_value = "classes")]
        task: Task,
        /// The peer's predictions
        #[arg(long)]
        predictions: PathBuf,
    },
}

/// Which panel.
#[derive(Debug, Args)]
pub(crate) struct PanelArgs {
    /// The panel's name
    #[arg(long = "panel", value_parser = Kind::named)]
    kind: Kind,
    /// The panel's seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of tickers; by default 6, or 30 for cross-section
    #[arg(long)]
    tickers: Option<usize>,
    /// The number of rows; by default 2400
    #[arg(long)]
    rows: Option<usize>,
}

impl PanelArgs {
    fn generate(&self) -> panels::Panel {
        let (tickers, rows) = self.kind.size();
        self.kind.generate((self.tickers.unwrap_or(tickers), self.rows.unwrap_or(rows)), self.seed)
    }
}

/// Does it and returns the figures.
pub(crate) fn measure(args: &QualityArgs) -> anyhow::Result<Value> {
    Ok(match args {
        QualityArgs::Panels => json!(
            Kind::all().into_iter().map(|kind| (kind.name(), kind.bayes_mcc())).collect::<BTreeMap<_, _>>()
        ),
        QualityArgs::Csv { panel, out } => json!({ "files": panels::csv::write(&panel.generate(), out)? }),
        QualityArgs::Exchange { panel, task, fit_seeds, out } => {
            exchange::write(&panel.generate(), *task, fit_seeds, out)?;
            json!({ "folder": out })
        }
        QualityArgs::Bayes { panel, task } => exchange::bayes(&panel.generate(), *task),
        QualityArgs::Score { panel, task, predictions } => {
            exchange::score(&panel.generate(), *task, predictions)?
        }
    })
}
