//! What can go wrong with a report.

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no such run.
    #[error(
        "run {run} does not exist; the workspace has {known}; choose one with --run NAME, or start it with `cargo \
         xtask pipeline`"
    )]
    NoRun {
        /// The name that was asked for.
        run: String,
        /// The runs that exist, for people.
        known: String,
    },
    /// The run exists, but its bars are not frozen yet.
    #[error(
        "run {run} has no frozen bars yet, so there is nothing to report; start it with `cargo xtask pipeline`, or \
         with `data-loader freeze`"
    )]
    NothingFrozen {
        /// The run.
        run: String,
    },
    /// An artifact cannot be read, or the report cannot be written.
    #[error("cannot report on the run")]
    Artifact(#[from] artifact_core::Error),
}
