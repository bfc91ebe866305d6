//! Envelopes: what surrounds every stored payload.

use crate::canonical;
use crate::error::{Error, Invalid, ensure};
use crate::id::{Digest, Id};
use crate::parents::{Contradiction, Parents};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;

/// A version of a kind's written form, and what changed with it.
///
/// A minor version only adds fields that may be absent; it is written when one of them is used. Any other change is a
/// major version, and comes with an upgrade from the one before ([`Payload::upgrade`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The major version.
    pub major: u64,
    /// The minor version.
    pub minor: u64,
    /// What changed, in a sentence.
    pub change: &'static str,
}

impl Version {
    /// The first version with envelopes; version 1 was the plain JSON of older Python pipelines.
    pub const FIRST: Version =
        Version { major: 2, minor: 0, change: "Envelopes with typed payloads; ids over canonical JSON." };

    /// The version in which closed lists of features, scalers, targets, splitters, models and metrics became references.
    pub const COMPONENTS: Version = Version {
        major: 3,
        minor: 0,
        change: "Components are references, {name, version, params}; hyperparameters are an open map; a plan holds the settings that are not at their default.",
    };
}

/// How the envelopes of a kind are read and written.
///
/// The list of kinds implements it for each of them. So the code that serde generates for a kind is compiled once, in this
/// crate, and not again in every crate that loads or saves the kind.
pub trait Form: Sized {
    /// See [`Envelope::to_bytes`].
    #[doc(hidden)]
    fn write(envelope: &Envelope<Self>) -> Result<Vec<u8>, Error>;

    /// See [`Envelope::read_form`].
    #[doc(hidden)]
    fn read(bytes: &[u8], what: &str) -> Result<Envelope<Self>, Error>;

    /// Checks the envelope's content.
    #[doc(hidden)]
    fn check(envelope: &Envelope<Self>) -> Result<(), Invalid>;
}

/// A kind of artifact.
pub trait Payload: Form + Serialize + DeserializeOwned + 'static {
    /// The kind's written name.
    const KIND: &'static str;

    /// Every version of the written form, the oldest first. The last major is written; all are read.
    const VERSIONS: &'static [Version] = &[Version::FIRST];

    /// The lowest minor version of the last major that has all the fields this payload uses, so that a payload
    /// without them keeps its bytes and its id.
    fn minor(&self) -> u64 {
        0
    }

    /// Turns a payload of major version `from` into one of `from + 1`.
    ///
    /// # Errors
    ///
    /// The first field that version `from` cannot have written.
    fn upgrade(_from: u64, payload: Value) -> Result<Value, Invalid> {
        Ok(payload)
    }

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

    /// Checks what needs the objects it was made from: see [`verify`](crate::verify).
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
pub struct Envelope<P> {
    /// The payload's kind.
    pub kind: String,
    /// The major version of the payload's written form.
    pub schema_version: u64,
    /// The minor version; left out when it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub schema_minor: u64,
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
            schema_minor: self.schema_minor,
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
            schema_version: current::<P>().major,
            schema_minor: payload.minor(),
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
        P::check(self).map_err(|reason| Error::Refused { artifact: P::KIND.to_owned(), reason })?;
        let bytes = P::write(self)?;
        let id = Id::new(Digest::of(&bytes));
        Ok((bytes, id))
    }

    /// Reads and checks an envelope; `what` names it in errors.
    ///
    /// # Errors
    ///
    /// Any error of [`Envelope::read_form`], and [`Error::Invalid`] when the content contradicts itself.
    pub fn from_bytes(bytes: &[u8], what: &str) -> Result<Self, Error> {
        let envelope = Self::read_form(bytes, what)?;
        P::check(&envelope).map_err(|reason| Error::Invalid { artifact: what.to_owned(), reason })?;
        Ok(envelope)
    }

    /// Reads and checks what a store has for this id.
    pub(crate) fn fetched(id: Id<P>, bytes: Result<Vec<u8>, Error>) -> Result<Self, Error> {
        let bytes = bytes.map_err(|error| match error {
            Error::NotFound { id, .. } => Error::NotFound { what: P::KIND, id },
            other => other,
        })?;
        Self::from_bytes(&bytes, &format!("{} {}", P::KIND, id.short()))
    }

    /// Reads an envelope of any version into the latest form, without validating its content.
    ///
    /// # Errors
    ///
    /// When the bytes are not an envelope, are of another kind or an unknown version, or are not the canonical form of
    /// their content (a field is missing, for example).
    pub fn read_form(bytes: &[u8], what: &str) -> Result<Self, Error> {
        P::read(bytes, what)
    }
}

/// Writes the envelope of a payload whose numbers have been checked.
pub(crate) fn write<P: Payload>(envelope: &Envelope<P>) -> Result<Vec<u8>, Error> {
    canonical::write(envelope)
}

/// As [`Envelope::read_form`].
pub(crate) fn read<P: Payload>(bytes: &[u8], what: &str) -> Result<Envelope<P>, Error> {
    let json = |source| Error::Json { what: what.to_owned(), source };
    // Kind and version first: a newer payload may not fit today's types.
    let header: Header = serde_json::from_slice(bytes).map_err(json)?;
    if header.kind != P::KIND {
        return Err(Error::WrongKind { id: Digest::of(bytes), found: header.kind, expected: P::KIND });
    }
    let Version { major, minor, .. } = current::<P>();
    let oldest = P::VERSIONS.first().map_or(major, |version| version.major);
    if !(oldest..=major).contains(&header.schema_version) {
        let (what, found) = (what.to_owned(), header.schema_version);
        return Err(Error::UnsupportedVersion { what, found, supported: major });
    }
    if header.schema_version < major || header.schema_minor > minor {
        return read_other_version(bytes, what);
    }
    let envelope: Envelope<P> = serde_json::from_slice(bytes).map_err(json)?;
    same_form(bytes, &envelope, what)?;
    Ok(envelope)
}

/// Reads what an earlier major or a later minor version wrote. It must be canonical in its own form; the payload is
/// then brought to the present one, without the fields of a later minor version.
fn read_other_version<P: Payload>(bytes: &[u8], what: &str) -> Result<Envelope<P>, Error> {
    let json = |source| Error::Json { what: what.to_owned(), source };
    let invalid = |reason| Error::Invalid { artifact: what.to_owned(), reason };
    let document: Envelope<Value> = serde_json::from_slice(bytes).map_err(json)?;
    same_form(bytes, &document, what)?;
    let mut payload = document.payload;
    for from in document.schema_version..current::<P>().major {
        payload = P::upgrade(from, payload).map_err(invalid)?;
    }
    let payload: P = serde_json::from_value(payload).map_err(json)?;
    Ok(Envelope {
        kind: document.kind,
        schema_version: current::<P>().major,
        schema_minor: payload.minor(),
        parents: document.parents,
        producer: document.producer,
        payload,
    })
}

/// Checks what an envelope says by itself.
pub(crate) fn check<P: Payload>(envelope: &Envelope<P>) -> Result<(), Invalid> {
    // Numbers first: with integers bounded, the checks below can add and multiply without overflow.
    canonical::check_numbers(&envelope.payload)?;
    envelope.payload.validate()?;
    let (found, expected) = (envelope.schema_minor, envelope.payload.minor());
    ensure(found == expected, "schema_minor", found, expected)?;
    let list = |ids: &[Digest]| ids.iter().map(Digest::short).collect::<Vec<_>>().join(", ");
    let expected = envelope.payload.parents();
    ensure(envelope.parents == expected, "parents", list(&envelope.parents), list(&expected))
}

/// Refuses bytes that are not the canonical form of what was read from them. Each content has one form and so one id:
/// the same content in another form would have another id. Fields unknown to the reader are found here too.
fn same_form<P: Serialize>(bytes: &[u8], read: &Envelope<P>, what: &str) -> Result<(), Error> {
    let form = canonical::write(read)?;
    if form == bytes {
        return Ok(());
    }
    let reason = canonical::difference(bytes, &form);
    Err(Error::Invalid { artifact: what.to_owned(), reason })
}

/// The version of `P` that is written.
pub(crate) const fn current<P: Payload>() -> Version {
    P::VERSIONS[P::VERSIONS.len() - 1]
}

fn is_zero(minor: &u64) -> bool {
    *minor == 0
}

/// The part of an envelope that every kind and version shares.
#[derive(Debug, Clone, Deserialize)]
pub struct Header {
    /// The payload's kind.
    pub kind: String,
    /// The major version.
    pub schema_version: u64,
    /// The minor version.
    #[serde(default)]
    pub schema_minor: u64,
    /// The parents' ids.
    #[serde(default)]
    pub parents: Vec<Digest>,
}

impl Parents<'_> {
    /// Loads a parent, unless it has been loaded before.
    pub(crate) fn get<P: Payload>(&self, id: Id<P>) -> Result<Rc<P>, Error> {
        // A payload of another kind is read again below, where it is refused by its kind.
        if let Some(known) = self.known(id.digest()).and_then(|known| known.downcast::<P>().ok()) {
            return Ok(known);
        }
        let payload = Rc::new(Envelope::fetched(id, self.bytes(&id.digest()))?.payload);
        self.keep(id.digest(), payload.clone());
        Ok(payload)
    }

    /// Checks a payload against its parents and blobs.
    pub(crate) fn check<P: Payload>(&self, payload: &P) -> Result<(), Contradiction> {
        payload.verify(self)?;
        Ok(payload.blobs().iter().try_for_each(|blob| self.need("blob", blob))?)
    }
}
