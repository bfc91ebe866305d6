//! `data-loader export`: the frozen bars of a run as files.

#[cfg(feature = "parquet")]
use crate::export::write_parquet;
use crate::export::{configuration, write_csv};
use crate::panel::Panel;
use crate::snapshot::load_panel;
use anyhow::{Context as _, bail};
use artifact_core::schema::{Seal, SealId};
use artifact_core::{Phase, Workspace, load};
use clap::{Args, ValueEnum};
use settings::cli::{UsageError, checked_name, output};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ExportCommand {
    /// Name of the run
    #[arg(value_name = "RUN")]
    run: String,
    /// Directory with store, ledger and runs
    #[arg(long, value_name = "DIR", env = "HOLDFAST_WORKSPACE", default_value = "holdfast")]
    workspace: PathBuf,
    /// Form of the file
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Directory for the files; it is made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "bars")]
    out: PathBuf,
    /// Only the rows before the test rows
    #[arg(long)]
    development: bool,
}

/// A form of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One long table of comma-separated values
    Csv,
    /// One long table of typed columns
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// The name of the file.
    fn file(self) -> &'static str {
        match self {
            Self::Csv => "bars.csv",
            #[cfg(feature = "parquet")]
            Self::Parquet => "bars.parquet",
        }
    }

    fn write(self, panel: &Panel, file: &File) -> anyhow::Result<()> {
        let out = BufWriter::new(file);
        match self {
            Self::Csv => Ok(write_csv(panel, out)?),
            #[cfg(feature = "parquet")]
            Self::Parquet => Ok(write_parquet(panel, out)?),
        }
    }
}

impl ExportCommand {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let workspace = Workspace::new(&self.workspace);
        let run = workspace.run(checked_name(&self.run)?);
        let record = run.record()?;
        let record = record.ok_or_else(|| {
            UsageError(format!("there is no run {} in {}", self.run, self.workspace.display()))
        })?;
        let Some(seal) = record.output(Phase::Data, "seal") else {
            bail!("run {} has no frozen bars: it was imported, or its first phase did not finish", self.run);
        };
        let store = workspace.store();
        let seal: Seal = load(&store, SealId::new(seal))?;
        let snapshot = if self.development { seal.development } else { seal.snapshot };
        let panel = load_panel(&store, snapshot)?;

        let failed = || format!("failed to write to {}", self.out.display());
        fs::create_dir_all(&self.out).with_context(failed)?;
        let (table, settings) = (self.out.join(self.format.file()), self.out.join("bars.toml"));
        // Under another name until it is whole: nobody finds half a table.
        let unfinished = self.out.join(format!("{}.part", self.format.file()));
        let file = File::create(&unfinished).with_context(failed)?;
        self.format.write(&panel, &file).with_context(failed)?;
        file.sync_all().with_context(failed)?;
        fs::rename(&unfinished, &table).with_context(failed)?;
        fs::write(&settings, configuration(&panel, self.format.file())).with_context(failed)?;
        writeln!(
            output(),
            "{} rows of {} tickers, snapshot {}, in {}; freeze them again with --config {}",
            panel.rows(),
            panel.ticker_count(),
            snapshot.short(),
            table.display(),
            settings.display()
        )?;
        Ok(())
    }
}
