//! An artifact's parents, as its kind sees them when it checks the artifact against them.
//!
//! This module lies below the kinds, which read their parents, and below the store, which provides them.

use crate::error::{Error, Invalid, ensure};
use crate::id::{Digest, Id};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;

/// Why an artifact does not agree with its parents.
#[derive(Debug, thiserror::Error)]
pub enum Contradiction {
    /// A field contradicts a parent.
    #[error(transparent)]
    Field(#[from] Invalid),
    /// A parent cannot be loaded.
    #[error(transparent)]
    Parent(#[from] Error),
}

impl Contradiction {
    pub(crate) fn of(self, artifact: String) -> Error {
        match self {
            Contradiction::Field(reason) => Error::Invalid { artifact, reason },
            Contradiction::Parent(error) => error,
        }
    }
}

/// Where the bytes of parents come from.
pub(crate) trait Bytes {
    /// The bytes of an object.
    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error>;

    /// Whether `get` would find the object.
    fn contains(&self, id: &Digest) -> Result<bool, Error>;
}

/// The parents of the artifacts being verified, each loaded once.
///
/// Verifying many artifacts with one of these costs little more than reading them: a study's trials share a
/// snapshot, and most of them also a split and a preprocessing.
pub struct Parents<'s> {
    bytes: Box<dyn Bytes + 's>,
    loaded: RefCell<BTreeMap<Digest, Rc<dyn Any>>>,
}

impl<'s> Parents<'s> {
    pub(crate) fn from_bytes(bytes: impl Bytes + 's) -> Self {
        Self { bytes: Box::new(bytes), loaded: RefCell::default() }
    }

    /// A payload that has been loaded, of any kind.
    pub(crate) fn known(&self, id: Digest) -> Option<Rc<dyn Any>> {
        self.loaded.borrow().get(&id).cloned()
    }

    /// Keeps a payload for the next request.
    pub(crate) fn keep(&self, id: Digest, payload: Rc<dyn Any>) {
        self.loaded.borrow_mut().insert(id, payload);
    }

    /// The bytes of an object.
    pub(crate) fn bytes(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.bytes.get(id)
    }

    /// Reads a blob.
    pub(crate) fn blob(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.need("blob", id)?;
        self.bytes(id)
    }

    pub(crate) fn need(&self, what: &'static str, id: &Digest) -> Result<(), Error> {
        if self.bytes.contains(id)? { Ok(()) } else { Err(Error::NotFound { what, id: *id }) }
    }
}

/// Refuses a field unless it has the value that the parent `of` has.
pub(crate) fn agree<T: PartialEq + Display>(
    field: &str,
    found: T,
    expected: T,
    of: &str,
) -> Result<(), Invalid> {
    ensure(found == expected, field, &found, format!("{expected}, as in {of}"))
}

/// Refuses a reference unless it names the object that the parent `of` names.
pub(crate) fn same<K>(field: &str, found: Id<K>, expected: Id<K>, of: &str) -> Result<(), Invalid> {
    ensure(found == expected, field, found.short(), format!("{}, as in {of}", expected.short()))
}
