//! Objects of any kind, recognised by their bytes.

use crate::envelope::{self, Envelope, Form, Payload, Version};
use crate::error::{Error, Invalid};
use crate::id::Digest;
use crate::parents::{Contradiction, Parents};
use crate::schema::{
    BestConfiguration, CrossValidation, FrozenPlan, ImportedStudy, ImportedTrial, LeakCertificate,
    ModelBundle, Preprocessing, Seal, Snapshot, SplitPlan, Study, Trial,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::any::Any;
use std::rc::Rc;

/// A stored object, checked as far as it can be on its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// Bytes without an envelope: rows, weights.
    Blob(Vec<u8>),
    /// An envelope.
    Artifact(Box<Envelope<AnyPayload>>),
}

/// The kind name of an object without an envelope.
pub const BLOB: &str = "blob";

/// Lists every kind once, and generates from the list all code that differs from kind to kind.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// A payload of any kind.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "one is held at a time")]
        #[allow(missing_docs, reason = "each variant is the payload of the same name")]
        pub enum AnyPayload {
            $($kind($kind)),+
        }

        /// The written names of all kinds with an envelope.
        pub const KINDS: &[&str] = &[$($kind::KIND),+];

        /// Every version of each kind, the oldest first; the kinds in the order of [`KINDS`].
        pub const KIND_VERSIONS: &[(&str, &[Version])] = &[$(($kind::KIND, $kind::VERSIONS)),+];

        $(impl Form for $kind {
            fn write(envelope: &Envelope<Self>) -> Result<Vec<u8>, Error> {
                envelope::write(envelope)
            }

            fn read(bytes: &[u8], what: &str) -> Result<Envelope<Self>, Error> {
                envelope::read(bytes, what)
            }

            fn check(envelope: &Envelope<Self>) -> Result<(), Invalid> {
                envelope::check(envelope)
            }
        })+

        impl AnyPayload {
            /// The kind's written name.
            pub fn kind(&self) -> &'static str {
                match self { $(AnyPayload::$kind(_) => $kind::KIND),+ }
            }

            /// The payload as a JSON document.
            pub fn document(&self) -> serde_json::Value {
                // Every payload was read from JSON, or checked when it was written.
                match self { $(AnyPayload::$kind(payload) => serde_json::json!(payload)),+ }
            }

            /// The blobs it needs besides its parents.
            pub fn blobs(&self) -> Vec<Digest> {
                match self { $(AnyPayload::$kind(payload) => payload.blobs()),+ }
            }
        }

        /// Checks a payload of any kind against its parents, and names its kind; `None` if it is not a payload.
        pub(crate) fn verify(
            payload: &dyn Any,
            parents: &Parents<'_>,
        ) -> Option<(&'static str, Result<(), Contradiction>)> {
            $(if let Some(payload) = payload.downcast_ref::<$kind>() {
                return Some(($kind::KIND, parents.check(payload)));
            })+
            None
        }

        impl AnyPayload {
            /// The payload, without its kind.
            pub(crate) fn shared(self) -> Rc<dyn Any> {
                match self { $(AnyPayload::$kind(payload) => Rc::new(payload)),+ }
            }
        }

        /// Every kind's written name, the major version that is written, and the schema of its envelope.
        #[cfg(feature = "schema")]
        pub(crate) fn envelope_schemas(
            settings: &schemars::generate::SchemaSettings,
        ) -> Vec<(&'static str, u64, schemars::Schema)> {
            vec![$((
                $kind::KIND,
                envelope::current::<$kind>().major,
                settings.clone().into_generator().into_root_schema_for::<Envelope<$kind>>(),
            )),+]
        }

        fn read(kind: &str, bytes: &[u8], what: &str) -> Option<Result<Envelope<AnyPayload>, Error>> {
            match kind {
                $($kind::KIND => {
                    Some(Envelope::<$kind>::from_bytes(bytes, what).map(|e| e.map(AnyPayload::$kind)))
                })+
                _ => None,
            }
        }
    };
}

kinds!(
    Snapshot,
    Seal,
    SplitPlan,
    Preprocessing,
    Trial,
    Study,
    CrossValidation,
    BestConfiguration,
    FrozenPlan,
    ModelBundle,
    ImportedTrial,
    ImportedStudy,
    LeakCertificate,
);

/// The members of every envelope, and `id`, which only views have: a file kept as a blob may look like either.
#[derive(Deserialize)]
#[allow(dead_code, reason = "only the presence of the members matters")]
struct Outline {
    kind: String,
    schema_version: IgnoredAny,
    parents: IgnoredAny,
    producer: IgnoredAny,
    payload: IgnoredAny,
    id: Option<IgnoredAny>,
}

impl Object {
    /// Reads the bytes of object `id`; without an envelope they are a blob.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKind`] for an envelope of a kind that this program does not know, and any error of
    /// [`Envelope::from_bytes`] for one that it knows.
    pub fn read(id: Digest, bytes: Vec<u8>) -> Result<Self, Error> {
        // The derived reader would also accept a list as a struct.
        let outline = bytes.starts_with(b"{").then(|| serde_json::from_slice(&bytes));
        let Some(Ok(Outline { kind, id: None, .. })) = outline else {
            return Ok(Object::Blob(bytes));
        };
        let envelope = read(&kind, &bytes, &format!("{kind} {}", id.short()));
        Ok(Object::Artifact(Box::new(envelope.ok_or(Error::UnknownKind { id, kind })??)))
    }

    /// The kind's written name, [`BLOB`] for a blob.
    pub fn kind(&self) -> &'static str {
        match self {
            Object::Blob(_) => BLOB,
            Object::Artifact(envelope) => envelope.payload.kind(),
        }
    }

    /// Every object it needs: its parents, then its blobs.
    pub fn references(&self) -> Vec<Digest> {
        match self {
            Object::Blob(_) => Vec::new(),
            Object::Artifact(envelope) => {
                envelope.parents.iter().copied().chain(envelope.payload.blobs()).collect()
            }
        }
    }
}
