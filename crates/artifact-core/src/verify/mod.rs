//! Checks that take more than one object: does an artifact agree with the objects it was made from?
//!
//! [`load`] checks an object by itself, which is cheap. [`load_verified`] and [`verify`] also load its
//! parents and compare: are they there and of the right kind, does the split have the trial's geometry, do the scaler's
//! rows belong to training, is the best trial the best? Parents are not verified in turn; `artifact fsck` does that for
//! every object of a workspace.

mod fits;
mod rows;

pub(crate) use fits::{Planned, geometry, same};

use crate::error::Invalid;
use crate::{Digest, Error, Id, Object, ObjectStore, Payload, load, load_envelope, object};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;

/// Checks one object against its parents. A blob has none.
///
/// # Errors
///
/// [`Error::Invalid`] naming the field that contradicts a parent, [`Error::NotFound`] for a missing parent, and any
/// other error of [`load`] for the object or a parent.
pub fn verify(store: &dyn ObjectStore, id: Digest) -> Result<(), Error> {
    Parents::new(store).verify(id)
}

/// Loads the payload with this id, checked by itself and against its parents.
///
/// # Errors
///
/// As [`load`] and [`verify`].
pub fn load_verified<P: Payload>(store: &dyn ObjectStore, id: Id<P>) -> Result<P, Error> {
    Parents::new(store).load_verified(id)
}

/// Why an artifact does not agree with its parents.
#[derive(Debug, thiserror::Error)]
pub enum Contradiction {
    /// A field says otherwise than a parent.
    #[error(transparent)]
    Field(#[from] Invalid),
    /// A parent cannot be loaded.
    #[error(transparent)]
    Parent(#[from] Error),
}

impl Contradiction {
    fn of(self, artifact: String) -> Error {
        match self {
            Contradiction::Field(reason) => Error::Invalid { artifact, reason },
            Contradiction::Parent(error) => error,
        }
    }
}

/// The parents of artifacts that are verified, each loaded once.
///
/// Verifying many artifacts with one of these costs little more than reading them: a study's trials share their
/// snapshot, and most of them split and preprocessing.
pub struct Parents<'s> {
    store: &'s dyn ObjectStore,
    loaded: RefCell<BTreeMap<Digest, Rc<dyn Any>>>,
}

impl<'s> Parents<'s> {
    /// Looks for parents in `store`.
    pub fn new(store: &'s dyn ObjectStore) -> Self {
        Self { store, loaded: RefCell::default() }
    }

    /// Checks one object against its parents, as [`verify`]; one that is loaded is not read again.
    ///
    /// # Errors
    ///
    /// As [`verify`].
    pub fn verify(&self, id: Digest) -> Result<(), Error> {
        let known = self.loaded.borrow().get(&id).cloned();
        let payload = match known {
            Some(known) => known,
            None => {
                let Object::Artifact(envelope) = Object::read(id, self.store.get(&id)?)? else {
                    return Ok(());
                };
                let payload = envelope.payload.shared();
                self.loaded.borrow_mut().insert(id, payload.clone());
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
        let payload = load_envelope(self.store, id)?.payload;
        self.check(&payload).map_err(|reason| reason.of(format!("{} {}", P::KIND, id.short())))?;
        Ok(payload)
    }

    /// Checks a payload against its parents and blobs.
    pub(crate) fn check<P: Payload>(&self, payload: &P) -> Result<(), Contradiction> {
        payload.verify(self)?;
        Ok(payload.blobs().iter().try_for_each(|blob| self.need("blob", blob))?)
    }

    /// Loads a parent, or takes it from those that are loaded.
    pub(crate) fn get<P: Payload>(&self, id: Id<P>) -> Result<Rc<P>, Error> {
        let known = self.loaded.borrow().get(&id.digest()).cloned();
        if let Some(known) = known.and_then(|known| known.downcast::<P>().ok()) {
            return Ok(known);
        }
        let payload = Rc::new(load(self.store, id)?);
        self.loaded.borrow_mut().insert(id.digest(), payload.clone());
        Ok(payload)
    }

    /// Reads a blob.
    pub(crate) fn blob(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.need("blob", id)?;
        self.store.get(id)
    }

    fn need(&self, what: &'static str, id: &Digest) -> Result<(), Error> {
        if self.store.contains(id)? { Ok(()) } else { Err(Error::NotFound { what, id: *id }) }
    }
}

/// Refuses a field unless it is what the parent `of` says.
pub(crate) fn agree<T: PartialEq + Display>(
    field: &str,
    found: T,
    expected: T,
    of: &str,
) -> Result<(), Invalid> {
    crate::error::ensure(found == expected, field, &found, format!("{expected}, as {of} says"))
}
