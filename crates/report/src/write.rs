//! Writing the report, unless it is there already.

use crate::ReportError;
use crate::gather::{RunData, gather, record};
use crate::page::render;
use crate::sections::Sections;
use artifact_core::files::write_atomically;
use artifact_core::{Digest, ObjectStore as _, Phase, PhaseRecord, Run, Workspace};
use metrics::Metric;
use settings::part::Catalog;
use std::path::PathBuf;

/// A report that is in place.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Whether exactly this page was there already.
    pub up_to_date: bool,
    /// What it shows.
    pub data: RunData,
}

/// Writes the run's `report.html` with these sections atomically and notes the phase as done; does nothing when it is up to date.
///
/// The page is kept in the store too, so that a change of the file can be told, and the file be made again.
///
/// # Errors
///
/// As [`gather()`]; [`artifact_core::Error::RunInUse`] while another process works on the run.
pub fn write(
    workspace: &Workspace,
    run: &Run,
    metrics: &Catalog<dyn Metric>,
    sections: &Sections,
) -> Result<Written, ReportError> {
    // Before the lock, which would make the directory of a run that does not exist.
    record(workspace, run)?;
    let _lock = run.lock()?;
    let record = record(workspace, run)?;
    let data = gather(workspace, &record, metrics)?;
    let page = render(&data, sections);
    // The page is a function of all that it shows, so it is its own key.
    let key = Digest::of(page.as_bytes());
    let path = run.report();
    let up_to_date = record.done(Phase::Report, key).is_some() && path.is_file();
    if !up_to_date {
        let id = workspace.store().put(page.as_bytes())?;
        write_atomically(&path, page.as_bytes())?;
        run.finish(&data.config, Phase::Report, PhaseRecord::new(key, [("page", id)]))?;
    }
    Ok(Written { path, up_to_date, data })
}
