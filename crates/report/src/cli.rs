//! The command line of `report`.

use crate::format::{decimals, mean_and_deviation, percent, with_seeds};
use crate::sections::Sections;
use crate::{Summary, write};
use anyhow::Context as _;
use clap::Parser;
use figures::TestTable;
use metrics::Metric;
use settings::cli::{LogArgs, RunArgs, output};
use settings::part::Catalog;
use std::fmt::{self, Display};
use std::io::Write as _;

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  holdfast report --run RUN                     write runs/RUN/report.html
  holdfast report --config mine.toml --json     print the main figures as JSON";

/// Write one self-contained HTML page about a run
#[derive(Debug, Clone, Parser)]
#[command(version, after_help = EXAMPLES)]
pub struct Cli {
    /// Which run.
    #[command(flatten)]
    pub run: RunArgs,
    /// How much is logged to standard error.
    #[command(flatten)]
    pub log: LogArgs,
    /// Print the main figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// Writes the report with these sections and prints its summary.
///
/// # Errors
///
/// If the run cannot be selected or read, or the page cannot be written.
pub fn run(cli: &Cli, metrics: &Catalog<dyn Metric>, sections: &Sections) -> anyhow::Result<()> {
    let selection = cli.run.select()?;
    let written = write(&selection.workspace, &selection.run, metrics, sections)?;
    let summary = Summary::new(&written);
    if summary.up_to_date {
        tracing::info!("the report is up to date");
    }
    let text = if cli.json {
        serde_json::to_string_pretty(&summary).context("failed to write the figures as JSON")?
    } else {
        Readable(&summary).to_string()
    };
    writeln!(output(), "{}", text.trim_end()).context("failed to write to standard output")
}

/// Displays a [`Summary`] as readable text.
struct Readable<'a>(&'a Summary);

impl Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        let state = if summary.up_to_date { "up to date" } else { "written" };
        writeln!(f, "report      {} ({state})", summary.report.display())?;
        writeln!(
            f,
            "run         {}: {}, {} to {}, {} rows",
            summary.run,
            summary.tickers.join(" "),
            summary.first_date,
            summary.last_date,
            summary.rows
        )?;
        if let Some(best) = &summary.best_configuration {
            let again = if best.regenerated { ", on regenerated artifacts" } else { "" };
            let model = with_seeds(&best.model.name, best.seeds);
            let (number, epochs) = (best.trial_number, best.epochs_to_train);
            writeln!(f, "chosen      trial {number} ({model}), {epochs} epochs{again}")?;
        }
        if let Some(cv) = &summary.cross_validation {
            let figure = |s: &artifact_core::schema::CvSummary| {
                mean_and_deviation((s.avg_objective, s.std_objective), |v| decimals(v, 4))
            };
            writeln!(
                f,
                "{:<12}{} over {} folds, mean and standard deviation (linear {})",
                format!("cv {}", cv.objective.name),
                figure(&cv.best),
                cv.folds,
                figure(&cv.baseline)
            )?;
        }
        if let Some(selection) = &summary.selection {
            let share = |value: Option<f64>| value.map_or("–".to_owned(), percent);
            writeln!(
                f,
                "selection   {} trials on these rows so far; deflated Sharpe ratio {}, probability of overfitting {}",
                selection.trials,
                share(selection.deflated_sharpe_ratio),
                share(selection.probability_of_overfitting)
            )?;
        }
        if let Some(test) = &summary.test {
            write!(f, "{}", TestTable::of(test).to_text())?;
            let times =
                if summary.openings == 1 { "once".to_owned() } else { format!("{} times", summary.openings) };
            writeln!(f, "opened      {times}")?;
        }
        for phase in &summary.missing {
            writeln!(f, "missing     {}", crate::sections::missing_part(*phase))?;
        }
        for text in &summary.outdated {
            writeln!(f, "outdated    {text}")?;
        }
        writeln!(f, "verdict     {}", summary.verdict)
    }
}
