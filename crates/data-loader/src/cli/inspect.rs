//! `data-loader inspect`: a report on files of bars, without a run.

use crate::inspect::{InspectedTicker, Inspection, inspect};
use anyhow::Context as _;
use clap::Args;
use figures::Reason;
use figures::digits::{count, counted};
use settings::Config;
use settings::cli::{UsageError, document_output, output};
use std::cmp::Reverse;
use std::io::Write;
use std::path::PathBuf;

/// The most tickers that are listed; the others are in `--json`.
const TICKERS: usize = 40;

#[derive(Debug, Args)]
pub(super) struct InspectCommand {
    /// Files of bars, folders, patterns such as 'bars/*.csv', or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// TOML file whose section [data] says how files are read and what happens to faults
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Print everything as JSON, each fault by itself
    #[arg(long)]
    json: bool,
}

impl InspectCommand {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let config = Config::load(settings::Preset::Empty, self.config.as_deref())?;
        let found = inspect(&self.files, &config.data).context("failed to read the files")?;
        let mut out = output();
        if self.json {
            writeln!(document_output(), "{:#}", serde_json::to_value(&found)?)?;
        } else {
            print(&mut out, &found)?;
        }
        let refused = found.tickers.iter().filter(|ticker| ticker.refused.is_some()).count();
        if refused == found.tickers.len() {
            return Err(UsageError("no ticker could be frozen; see the reasons above".to_owned()).into());
        }
        Ok(())
    }
}

fn print(out: &mut impl Write, found: &Inspection) -> std::io::Result<()> {
    let mut forms: Vec<(&str, Vec<&str>)> = Vec::new();
    for file in &found.files {
        match forms.iter_mut().find(|(form, _)| *form == file.form) {
            Some((_, names)) => names.push(&file.file.name),
            None => forms.push((&file.form, vec![&file.file.name])),
        }
    }
    for (form, names) in forms {
        match names[..] {
            [name] => writeln!(out, "{name}: {form}")?,
            _ => writeln!(
                out,
                "{}, {} to {}: {form}",
                counted(names.len(), "file"),
                names[0],
                names[names.len() - 1]
            )?,
        }
    }
    let head = ["ticker", "rows", "used", "first", "last", "spacing", "defects", "suspects", "remarks"];
    let mut lines = vec![head.map(str::to_owned)];
    // Of many tickers, those that something is wrong with are the ones to see.
    let mut tickers: Vec<&InspectedTicker> = found.tickers.iter().collect();
    if tickers.len() > TICKERS {
        tickers.sort_by_key(|ticker| Reverse((ticker.refused.is_some(), ticker.severities)));
    }
    lines.extend(tickers.iter().take(TICKERS).map(|ticker| {
        let [defects, suspects, remarks] = ticker.severities.map(count);
        [
            ticker.ticker.clone(),
            count(ticker.rows),
            if ticker.refused.is_some() { "refused".to_owned() } else { count(ticker.used) },
            ticker.first_date.to_string(),
            ticker.last_date.to_string(),
            ticker.spacing.describe(),
            defects,
            suspects,
            remarks,
        ]
    }));
    let widths: Vec<usize> = (0..head.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    if let Some(more @ 1..) = found.tickers.len().checked_sub(TICKERS) {
        writeln!(out, "and {}", counted(more, "more ticker"))?;
    }
    for ticker in &found.tickers {
        if let Some(reason) = &ticker.refused {
            writeln!(out, "refused: {}: {reason}", ticker.ticker)?;
        }
    }
    if let Some(reason) = &found.refused {
        writeln!(out, "refused together: {reason}")?;
    }
    for reason in Reason::all(&found.faults) {
        for line in reason.lines() {
            writeln!(out, "{}: {line}", reason.severity().describe())?;
        }
    }
    Ok(())
}
