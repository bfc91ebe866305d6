//! Writes the report, unless it is up to date.

use crate::ReportError;
use crate::gather::{RunData, gather, record};
use crate::page::render;
use crate::sections::Sections;
use artifact_core::files::write_atomically;
use artifact_core::{Digest, ObjectStore as _, Phase, PhaseRecord, Run, Workspace, unless_lost};
use metrics::Metric;
use settings::part::Catalog;
use std::path::PathBuf;

/// A report on disk.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its path.
    pub path: PathBuf,
    /// Whether the page was already up to date.
    pub up_to_date: bool,
    /// The data it shows.
    pub data: RunData,
}

/// Writes the run's `report.html` atomically, with these sections, and records the phase as finished; does nothing if
/// the report is up to date.
///
/// The page is also kept in the store, so that a changed file can be detected and restored.
///
/// # Errors
///
/// Those of [`gather()`]; [`artifact_core::Error::RunInUse`] while another process works on the run.
pub fn write(
    workspace: &Workspace,
    run: &Run,
    metrics: &Catalog<dyn Metric>,
    sections: &Sections,
) -> Result<Written, ReportError> {
    // Checked before locking: taking the lock would create the directory of a run that does not exist.
    record(workspace, run)?;
    let _lock = run.lock()?;
    let record = record(workspace, run)?;
    let data = gather(workspace, &record, metrics)?;
    let page = render(&data, sections);
    // The page is a pure function of what it shows, so its own digest is the key.
    let key = Digest::of(page.as_bytes());
    let path = run.report();
    let done = record.done(Phase::Report, key).and_then(|done| done.outputs.get("page"));
    let page_stored = done.map(|id| unless_lost("the report", workspace.store().get(id)));
    let up_to_date = page_stored.transpose()?.flatten().is_some() && path.is_file();
    if !up_to_date {
        // The record comes last: after a crash, the page is simply written again.
        let id = workspace.store().put(page.as_bytes())?;
        write_atomically(&path, page.as_bytes())?;
        run.finish(&data.config, Phase::Report, PhaseRecord::new(key, [("page", id)]))?;
    }
    Ok(Written { path, up_to_date, data })
}
