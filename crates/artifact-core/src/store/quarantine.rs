//! What clean-up needs of a store: it sets objects aside, and deletes them only much later.

use super::{Metadata, ObjectStore};
use crate::error::Error;
use crate::id::Digest;
use std::path::PathBuf;
use std::time::SystemTime;

/// A store whose objects can be set aside.
///
/// An object in quarantine is still found: a `put` or `get` of it brings it back, young.
pub trait Quarantine: ObjectStore {
    /// Sets an object aside, unless it was put again since its metadata were `seen`; returns whether it is set aside.
    ///
    /// `at` is the present time. A writer that puts the object at the same moment is either noticed here, or notices
    /// and brings the object back.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn set_aside(&self, id: &Digest, seen: &Metadata, at: SystemTime) -> Result<bool, Error>;

    /// What is in quarantine, the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn quarantined(&self) -> Result<Vec<Quarantined>, Error>;

    /// The bytes of an object in quarantine, checked, without bringing it back.
    ///
    /// # Errors
    ///
    /// As [`ObjectStore::get`].
    fn peek(&self, item: &Quarantined) -> Result<Vec<u8>, Error>;

    /// Brings an object back from quarantine, young; returns whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn bring_back(&self, id: &Digest) -> Result<bool, Error>;

    /// Deletes an object from quarantine for good; returns whether it was still there.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn purge(&self, item: &Quarantined) -> Result<bool, Error>;

    /// The temporary files that killed writers left behind, and those of running ones.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn leftovers(&self) -> Result<Vec<Leftover>, Error> {
        Ok(Vec::new())
    }
}

/// An object in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarantined {
    /// When it was set aside, to the millisecond.
    pub since: SystemTime,
    /// The object.
    pub id: Digest,
    /// The bytes it takes, compressed.
    pub stored_bytes: u64,
}

/// A temporary file that has not been renamed, and may never be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// When it was last written.
    pub modified: SystemTime,
}
