//! Checks that need more than one object: does an artifact agree with the objects it was made from?
//!
//! [`load`](crate::load) checks an object by itself, which is cheap. [`load_verified`] and [`verify`] also load its
//! parents and compare: are they there and of the right kind, does the split have the trial's geometry, do the scaler's
//! rows belong to training, is the best trial the best? Parents are not verified in turn; `artifact fsck` does that for
//! every object of a workspace.

use crate::envelope::{Envelope, Payload};
use crate::error::Error;
use crate::id::{Digest, Id};
use crate::object::{self, Object};
use crate::parents::Bytes;
use crate::store::ObjectStore;

pub use crate::parents::{Contradiction, Parents};

/// Checks one object against its parents. A blob has none.
///
/// # Errors
///
/// [`Error::Invalid`] naming the field that contradicts a parent, [`Error::NotFound`] for a missing parent, and any
/// other error of [`load`](crate::load) for the object or a parent.
pub fn verify(store: &dyn ObjectStore, id: Digest) -> Result<(), Error> {
    Parents::new(store).verify(id)
}

/// Loads the payload with this id, checked by itself and against its parents.
///
/// # Errors
///
/// As [`load`](crate::load) and [`verify`].
pub fn load_verified<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<P, Error> {
    Parents::new(store).load_verified(id)
}

impl Bytes for &dyn ObjectStore {
    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        ObjectStore::get(*self, id)
    }

    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        ObjectStore::contains(*self, id)
    }
}

impl<'s> Parents<'s> {
    /// Looks for parents in `store`.
    pub fn new(store: &'s dyn ObjectStore) -> Self {
        Self::from_bytes(store)
    }

    /// Checks one object against its parents, as [`verify`]; an object already loaded is not read again.
    ///
    /// # Errors
    ///
    /// As [`verify`].
    pub fn verify(&self, id: Digest) -> Result<(), Error> {
        let payload = match self.known(id) {
            Some(known) => known,
            None => {
                let Object::Artifact(envelope) = Object::read(id, self.bytes(&id)?)? else {
                    return Ok(());
                };
                let payload = envelope.payload.shared();
                self.keep(id, payload.clone());
                payload
            }
        };
        match object::verify(&*payload, self) {
            Some((kind, checked)) => checked.map_err(|reason| reason.of(format!("{kind} {}", id.short()))),
            None => Ok(()),
        }
    }

    /// Loads a payload, checked by itself and against its parents, as [`load_verified`].
    ///
    /// # Errors
    ///
    /// As [`load_verified`].
    pub fn load_verified<P: Payload>(&self, id: Id<P>) -> Result<P, Error> {
        let payload = Envelope::fetched(id, self.bytes(&id.digest()))?.payload;
        self.check(&payload).map_err(|reason| reason.of(format!("{} {}", P::KIND, id.short())))?;
        Ok(payload)
    }
}
