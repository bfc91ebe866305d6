//! Stored objects as readable files.

use artifact_core::schema::BestConfiguration;
use artifact_core::{Digest, Envelope, Error, Id, ObjectStore, Payload, files};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A stored object as a file: the envelope as indented JSON, with the id first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectView<P> {
    /// The object's id: the digest of the canonical JSON of the rest.
    pub id: Digest,
    /// The object.
    #[serde(flatten)]
    pub envelope: Envelope<P>,
}

/// The view of a stored object: the stored document itself, whichever version wrote it.
///
/// # Errors
///
/// Those of [`load_envelope`](artifact_core::load_envelope).
pub fn stored_object<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<Vec<u8>, Error> {
    let what = || format!("{} {}", P::KIND, id.short());
    let bytes = store.get(&id.digest())?;
    // Only checks the object: one of another kind or an unknown version must not become a view.
    Envelope::<P>::from_bytes(&bytes, &what())?;
    // The stored bytes, not the upgraded payload: an object of an earlier version keeps its id only as it was written.
    let mut document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|source| Error::Json { what: what(), source })?;
    document.insert("id".to_owned(), id.to_string().into());
    files::pretty_json(&document)
}

/// An object as the text of its view.
///
/// # Errors
///
/// [`Error::Refused`] if the payload contradicts itself or holds a number that JSON would change.
pub fn object_bytes<P: Payload + Clone>(envelope: &Envelope<P>) -> Result<Vec<u8>, Error> {
    let (_, id) = envelope.to_bytes()?;
    files::pretty_json(&ObjectView { id: id.digest(), envelope: envelope.clone() })
}

/// Writes an object as a view.
///
/// # Errors
///
/// [`Error::Refused`] or [`Error::Io`].
pub fn write_object<P: Payload + Clone>(path: &Path, envelope: &Envelope<P>) -> Result<(), Error> {
    files::write_atomically(path, &object_bytes(envelope)?)
}

/// Reads an object from a view and checks that its content matches its id.
///
/// # Errors
///
/// [`Error::Io`], or any error of [`parse_object`].
pub fn read_object<P: Payload>(path: &Path) -> Result<(Id<P>, P), Error> {
    parse_object(&files::read(path)?, &path.display().to_string())
}

/// Reads an object from the text of a view and checks that its content matches its id; `what` names it in errors.
///
/// # Errors
///
/// [`Error::Damaged`] if the content does not have the digest that the text claims; any error of
/// [`Envelope::from_bytes`].
pub fn parse_object<P: Payload>(text: &[u8], what: &str) -> Result<(Id<P>, P), Error> {
    let (id, bytes) = parse_canonical(text, what)?;
    let envelope = Envelope::<P>::from_bytes(&bytes, what)?;
    Ok((Id::new(id), envelope.payload))
}

/// The id and the canonical bytes of the object in a view, of any kind; `what` names it in errors.
///
/// # Errors
///
/// [`Error::Json`], or [`Error::Damaged`] if the content does not have the digest that the text claims.
pub fn parse_canonical(text: &[u8], what: &str) -> Result<(Digest, Vec<u8>), Error> {
    let json = |source| Error::Json { what: what.to_owned(), source };
    let mut document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(text).map_err(json)?;
    let claimed: Digest = serde_json::from_value(document.remove("id").unwrap_or_default()).map_err(json)?;
    // The digest covers the canonical form, so a view stays valid however an editor indents it or orders its keys.
    let bytes = artifact_core::canonical_json(&document)?;
    let found = Digest::of(&bytes);
    if found != claimed {
        return Err(Error::Damaged {
            id: claimed,
            found: format!("the content of {what} has digest {found}"),
        });
    }
    Ok((found, bytes))
}

/// Reads `best_configuration_artifacts.json`.
///
/// # Errors
///
/// Those of [`read_object`].
pub fn read_best_configuration(path: &Path) -> Result<(Id<BestConfiguration>, BestConfiguration), Error> {
    read_object(path)
}
