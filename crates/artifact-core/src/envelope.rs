//! Envelopes: what surrounds every stored payload.

use crate::canonical;
use crate::error::Invalid;
use crate::store::ObjectStore;
use crate::verify::{Contradiction, Parents};
use crate::{Digest, Error, Id};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The schema version that this crate writes and reads.
///
/// - 1: the plain JSON of older Python pipelines, without envelopes.
/// - 2: envelopes with typed payloads, ids over canonical JSON, index sets as ranges.
pub const SCHEMA_VERSION: u64 = 2;

/// A kind of artifact.
pub trait Payload: Serialize + DeserializeOwned + 'static {
    /// The kind's written name.
    const KIND: &'static str;

    /// The objects this one was made from, in a fixed order.
    fn parents(&self) -> Vec<Digest>;

    /// The blobs it needs besides its parents, in a fixed order.
    fn blobs(&self) -> Vec<Digest> {
        Vec::new()
    }

    /// Checks everything that can be checked without loading other objects.
    ///
    /// # Errors
    ///
    /// The first field whose value cannot be right.
    fn validate(&self) -> Result<(), Invalid>;

    /// Checks what takes the objects it was made from: see [`verify`](crate::verify).
    ///
    /// # Errors
    ///
    /// The first field that contradicts a parent, or a parent that cannot be loaded.
    fn verify(&self, _parents: &Parents<'_>) -> Result<(), Contradiction> {
        Ok(())
    }
}

/// Which program made an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Producer {
    /// The crate.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the training engine, where one was used.
    pub engine_version: Option<u32>,
}

/// Describes the calling crate as the producer of artifacts.
#[macro_export]
macro_rules! producer {
    () => {
        $crate::producer!(None)
    };
    ($engine_version:expr) => {
        $crate::Producer {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine_version: $engine_version,
        }
    };
}

/// A payload with its kind, version, parents and producer: the document that is hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Envelope<P> {
    /// The payload's kind.
    pub kind: String,
    /// The schema version it was written with.
    pub schema_version: u64,
    /// The ids of the objects it was made from.
    pub parents: Vec<Digest>,
    /// The program that made it.
    pub producer: Producer,
    /// The content.
    pub payload: P,
}

impl<P> Envelope<P> {
    /// The same envelope around another form of the payload.
    pub(crate) fn map<Q>(self, form: impl FnOnce(P) -> Q) -> Envelope<Q> {
        Envelope {
            kind: self.kind,
            schema_version: self.schema_version,
            parents: self.parents,
            producer: self.producer,
            payload: form(self.payload),
        }
    }
}

impl<P: Payload> Envelope<P> {
    /// Wraps a payload.
    pub fn new(payload: P, producer: Producer) -> Self {
        Self {
            kind: P::KIND.to_owned(),
            schema_version: SCHEMA_VERSION,
            parents: payload.parents(),
            producer,
            payload,
        }
    }

    /// The canonical bytes and the id: their digest.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], naming the field, when the payload contradicts itself or holds a number that JSON would
    /// change (see [`canonical_json`](crate::canonical_json)).
    pub fn to_bytes(&self) -> Result<(Vec<u8>, Id<P>), Error> {
        self.check().map_err(|reason| Error::Refused { artifact: P::KIND.to_owned(), reason })?;
        let bytes = canonical::write(self)?;
        let id = Id::new(Digest::of(&bytes));
        Ok((bytes, id))
    }

    /// Reads and checks an envelope; `what` names it in errors.
    ///
    /// # Errors
    ///
    /// When the bytes are no envelope, of another kind or version, not the canonical form of what they say (a field is
    /// missing, for example), or the content contradicts itself.
    pub fn from_bytes(bytes: &[u8], what: &str) -> Result<Self, Error> {
        // Kind and version first: a newer payload may not fit today's types.
        let header: Header =
            serde_json::from_slice(bytes).map_err(|source| Error::Json { what: what.to_owned(), source })?;
        if header.schema_version != SCHEMA_VERSION {
            return Err(Error::UnsupportedVersion {
                what: what.to_owned(),
                found: header.schema_version,
                supported: SCHEMA_VERSION,
            });
        }
        if header.kind != P::KIND {
            return Err(Error::WrongKind { id: Digest::of(bytes), found: header.kind, expected: P::KIND });
        }
        let envelope: Self =
            serde_json::from_slice(bytes).map_err(|source| Error::Json { what: what.to_owned(), source })?;
        let invalid = |reason| Error::Invalid { artifact: what.to_owned(), reason };
        envelope.check().map_err(invalid)?;
        // One content, one form, one id: bytes that say the same in another way would have another id.
        let form = canonical::write(&envelope)?;
        if form != bytes {
            return Err(invalid(canonical::difference(bytes, &form)));
        }
        Ok(envelope)
    }

    fn check(&self) -> Result<(), Invalid> {
        // First: the checks below may then add and multiply without overflow.
        canonical::check_numbers(&self.payload)?;
        self.payload.validate()?;
        let list = |ids: &[Digest]| ids.iter().map(Digest::short).collect::<Vec<_>>().join(", ");
        let expected = self.payload.parents();
        crate::error::ensure(self.parents == expected, "parents", list(&self.parents), list(&expected))
    }
}

/// The part of an envelope that every kind and version shares.
#[derive(Debug, Clone, Deserialize)]
pub struct Header {
    /// The payload's kind.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The parents' ids.
    #[serde(default)]
    pub parents: Vec<Digest>,
}

/// Stores a payload and returns its id; storing equal content again is a no-op with the same id.
///
/// # Errors
///
/// [`Error::Refused`] for a payload that contradicts itself or holds a number that JSON would change, [`Error::Io`]
/// when the store cannot be written.
pub fn save<P: Payload>(store: &dyn ObjectStore, payload: P, producer: Producer) -> Result<Id<P>, Error> {
    let (bytes, id) = Envelope::new(payload, producer).to_bytes()?;
    store.put(&bytes)?;
    Ok(id)
}

/// Loads the payload with this id and checks it by itself; [`load_verified`](crate::load_verified) also checks it against
/// the objects it was made from.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::Damaged`], or any error of [`Envelope::from_bytes`].
pub fn load<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<P, Error> {
    Ok(load_envelope(store, id)?.payload)
}

/// Loads and checks the payload with this id, in its envelope.
///
/// # Errors
///
/// As [`load`].
pub fn load_envelope<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<Envelope<P>, Error> {
    let bytes = store.get(&id.digest()).map_err(|error| match error {
        Error::NotFound { id, .. } => Error::NotFound { what: P::KIND, id },
        other => other,
    })?;
    Envelope::from_bytes(&bytes, &format!("{} {}", P::KIND, id.short()))
}
