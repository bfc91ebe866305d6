//! `artifact export`: writes a run as files of an older version.

use crate::output;
use crate::resolve::no_run;
use anyhow::Context as _;
use artifact_core::{Error, Workspace, files};
use clap::{Args, ValueEnum};
use legacy::{Export, export, originals};
use serde_json::json;
use settings::cli::{UsageError, checked_name};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Args)]
pub(crate) struct ExportArgs {
    /// The run's name
    #[arg(value_name = "RUN")]
    run: String,
    /// What to write
    #[arg(long)]
    format: Format,
    /// Directory to write to; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write into a non-empty directory, replacing files of the same names
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The plain JSON of older Python pipelines
    V1,
    /// The original files of an imported run, byte for byte
    Original,
}

pub(crate) fn run(workspace: &Workspace, args: &ExportArgs, as_json: bool) -> anyhow::Result<()> {
    let ExportArgs { run, format, out, force } = args;
    let Some(record) = workspace.run(checked_name(run)?).record()? else {
        return Err(no_run(workspace, run)?.into());
    };
    if !force && !is_empty(out)? {
        let out = out.display();
        return Err(
            UsageError(format!("{out} is not an empty directory; choose another, or add --force")).into()
        );
    }
    let store = workspace.store();
    let (export, missing) = match format {
        Format::V1 => (export(&store, &record), "has no finished study; run `holdfast tune` first"),
        Format::Original => (originals(&store, &record), "was not imported, so it has no original files"),
    };
    let export = export.with_context(|| format!("failed to export run {run}"))?;
    let export = export.ok_or_else(|| UsageError(format!("run {run} {missing}")))?;
    for file in &export.files {
        files::write_atomically(&out.join(&file.path), &file.bytes)?;
    }
    report(&export, out, as_json)
}

/// Whether the directory is missing or empty, so that nothing can be overwritten.
fn is_empty(directory: &Path) -> Result<bool, Error> {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(Error::io("read the directory", directory)(error)),
    }
}

fn report(export: &Export, out: &Path, as_json: bool) -> anyhow::Result<()> {
    let paths: Vec<PathBuf> = export.files.iter().map(|file| out.join(&file.path)).collect();
    if as_json {
        return output::json(&json!({"files": paths, "left_out": export.left_out}));
    }
    let mut text = String::new();
    for path in paths {
        writeln!(text, "{}", path.display())?;
    }
    for left_out in &export.left_out {
        writeln!(text, "not written: {left_out}")?;
    }
    output::text(&text)
}
