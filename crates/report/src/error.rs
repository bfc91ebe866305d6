//! Errors of the report.

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The run does not exist.
    #[error(
        "run {run} does not exist; the workspace has {known}; choose one with --run NAME, or start it with `cargo \
         xtask pipeline`"
    )]
    NoRun {
        /// The requested name.
        run: String,
        /// The existing runs, as readable text.
        known: String,
    },
    /// The run exists, but its bars are not frozen yet.
    #[error(
        "run {run} has no frozen bars yet, so there is nothing to report; start it with `holdfast pipeline`, or \
         with `holdfast freeze`"
    )]
    NothingFrozen {
        /// The run.
        run: String,
    },
    /// An artifact cannot be read, or the report cannot be written.
    #[error("cannot report on the run")]
    Artifact(#[from] artifact_core::Error),
}
