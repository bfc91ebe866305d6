//! Imports results of older schema versions, and exports results in them.
//!
//! Each conversion between versions is a pure function in its own module:
//!
//! ```text
//! bytes ── json::read_document ── v1 (shapes) ── v1_to_v2 ── ImportedTrial, ImportedStudy
//!                                                              │ v2_to_v1
//! plain JSON <── json::to_text <────────────────────────────────┴── native_to_v1 ── Study, Trial, ...
//! ```
//!
//! Nothing is guessed silently: every deviation from version 1 becomes a [`Finding`](artifact_core::schema::Finding),
//! and the files themselves are kept as blobs.

mod export;
mod exported;
mod findings;
mod import;
pub mod json;
mod native_to_v1;
mod shape;
mod source;
mod v1;
mod v1_to_v2;
mod v2_to_v1;

pub use export::{export, originals};
pub use exported::{Export, ExportedFile};
pub use import::{ImportError, Imported, import, import_key};
pub use shape::{AmbiguousShape, TrialShape, find_by_shape};
pub use source::{OlderFile, SourceSort, find_source_files};
pub use v1::{V1Artifacts, V1Result, V1Trial};
pub use v1_to_v2::{Migrated, migrate};
