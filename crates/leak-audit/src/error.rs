//! Why a run cannot be audited at all.

use artifact_core::Error;

/// Why a run cannot be audited. A fault of the run itself is a violation in the certificate, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The run has no bars yet.
    #[error("run {run} has no frozen data yet, so there is nothing to audit; run `holdfast freeze` first")]
    NothingFrozen {
        /// The run.
        run: String,
    },
    /// The run holds imported results of an older pipeline.
    #[error(
        "run {run} was imported: it has no frozen bars, so nothing in it can be recomputed; tune again with \
         `holdfast pipeline` to get a run that can be audited"
    )]
    Imported {
        /// The run.
        run: String,
    },
    /// The run's settings cannot be read.
    #[error("the settings of the run cannot be read")]
    Settings(#[from] Error),
    /// The bars cannot be read, so nothing can be recomputed.
    #[error("the sealed bars of run {run} cannot be read")]
    Bars {
        /// The run.
        run: String,
        /// The cause.
        source: Box<Error>,
    },
    /// The system did not let the audit read an object, which proves nothing about the run.
    #[error("nothing was decided; make the file readable and audit the run again")]
    Unreadable(#[source] Error),
}
