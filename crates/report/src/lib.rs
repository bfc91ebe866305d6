//! The report: one self-contained HTML page about a run, read from the store.
//!
//! ```text
//! run.json ── ids ──> store (checked on load) ──> RunData ──> page.rs ──> report.html
//! ledger, trial log ────────────────────────────────^
//! ```
//!
//! The page is a pure function of a run's artifacts, its configuration, the ledger's openings of its test rows, the
//! trial log's trials on its development rows, the [`Sections`](sections::Sections), and [`REPORT_VERSION`]: equal
//! inputs give equal bytes. It loads no external resource and runs no script. This crate depends on artifacts, not on
//! the phases that produce them.

pub mod cli;
mod error;
mod format;
mod gather;
pub mod html;
mod page;
mod parts;
pub mod sections;
mod selection;
mod shown;
mod summary;
mod svg;
mod verdict;
mod write;

pub use error::ReportError;
pub use gather::{Opening, RunData, gather, record};
pub use page::{REPORT_VERSION, render};
pub use parts::{CrossValidationPart, DataPart, FinalPart, TuningPart};
pub use selection::SelectionBias;
pub use shown::Shown;
pub use summary::{BestSummary, CvComparison, SelectionSummary, Summary};
pub use verdict::verdict;
pub use write::{Written, write};
