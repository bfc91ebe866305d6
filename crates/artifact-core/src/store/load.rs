//! Payloads in and out of a store.

use super::ObjectStore;
use crate::canonical::canonical_json;
use crate::envelope::{Envelope, Payload, Producer};
use crate::error::Error;
use crate::id::{Digest, Id};
use crate::schema::{ModelBundle, ModelBundleId, Study, StudyId, Trial, TrialId};
use serde_json::Value;

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

/// Loads the payload with this id as [`load`] does, and reads every blob that it needs: what a finished phase has made is
/// then there and undamaged.
///
/// # Errors
///
/// As [`load`], also for a blob.
pub fn load_whole<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<P, Error> {
    let payload = load(store, id)?;
    payload.blobs().iter().try_for_each(|blob| store.get(blob).map(drop))?;
    Ok(payload)
}

/// What a finished phase has made, or `None` if some of it is gone or damaged: the phase then counts as not done, and
/// makes the same objects again. A warning says which one and of what.
///
/// # Errors
///
/// Any other error of `made`.
pub fn unless_lost<T>(of: &str, made: Result<T, Error>) -> Result<Option<T>, Error> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.is_lost() => {
            tracing::warn!("{of} was done, but not all of it is left ({error}); it is done again");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Loads and checks the payload with this id, in its envelope.
///
/// # Errors
///
/// As [`load`].
pub fn load_envelope<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<Envelope<P>, Error> {
    Envelope::fetched(id, store.get(&id.digest()))
}

/// Loads a finished study and its trials.
///
/// # Errors
///
/// As [`load`].
pub fn load_study(store: &dyn ObjectStore, id: StudyId) -> Result<(Study, Vec<(TrialId, Trial)>), Error> {
    let study = load(store, id)?;
    let trials = study.trials.iter().map(|&id| Ok((id, load(store, id)?)));
    let trials = trials.collect::<Result<_, Error>>()?;
    Ok((study, trials))
}

/// The digest of a final model's test figures, which the ledger has on record: of their canonical JSON as it is stored, in the
/// version that wrote it.
///
/// # Errors
///
/// As [`ObjectStore::get`]; [`Error::Json`] if the object is no JSON document.
pub fn stored_figures(store: &dyn ObjectStore, id: ModelBundleId) -> Result<Digest, Error> {
    let json = |source| Error::Json { what: format!("{} {}", ModelBundle::KIND, id.short()), source };
    let envelope: Value = serde_json::from_slice(&store.get(&id.digest())?).map_err(json)?;
    Ok(Digest::of(&canonical_json(&envelope["payload"]["test"])?))
}
