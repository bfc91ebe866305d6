//! The contract between Holdfast's phases: the schema of artifacts, their identity, and the store that keeps them.
//!
//! Phases share nothing but artifacts on disk. An artifact is an envelope in canonical JSON, stored under its digest:
//!
//! ```text
//! <workspace>/
//!   store/objects/sha256/ab/cdef...     zstd( {"kind", "parents", "payload", "producer", "schema_version"} )
//!   tags/<name>                         a run to keep, and its objects
//!   ledger/test-access.jsonl            one hash-chained line per opening of a test set
//!   ledger/trials.jsonl                 one hash-chained line per finished trial
//!   runs/<run>/run.json                 the finished phases, and the objects they produced
//!   runs/<run>/...                      views: JSON and HTML files derived from the store
//! ```
//!
//! Within the workspace this crate depends only on `written`, which handles plain JSON; all others depend on this one.

mod canonical;
mod chain;
mod component;
mod envelope;
mod error;
pub mod files;
mod id;
mod index_set;
#[cfg(feature = "schema")]
pub mod json_schema;
pub mod ledger;
mod lock;
mod moment;
mod object;
mod parents;
mod record;
pub mod schema;
pub mod seed;
pub mod shown;
pub mod store;
mod tags;
pub mod trial_log;
pub mod verify;
mod workspace;

pub use canonical::{LARGEST_INTEGER, canonical_json};
pub use component::{Component, Params, brief, is_name};
pub use envelope::{Envelope, Form, Header, Payload, Producer, Version};
pub use error::{Error, Invalid};
pub use id::{Digest, Id, InvalidDigest};
pub use index_set::{IndexSet, InvalidRanges};
pub use ledger::Ledger;
pub use moment::{InvalidMoment, Moment};
pub use object::{AnyPayload, BLOB, KIND_VERSIONS, KINDS, Object};
pub use record::{Phase, PhaseRecord, RunRecord};
pub use store::{
    FileStore, MemoryStore, ObjectStore, decode_object, load, load_envelope, load_study, load_whole, save,
    stored_figures, unless_lost,
};
pub use tags::{Tag, Tags, is_plain_name};
pub use trial_log::{LoggedTrial, TrialIdentity, TrialLog, TrialWriter};
pub use verify::load_verified;
pub use workspace::{CleanUpLock, Run, RunLock, Workspace};
