//! The object store: immutable bytes, found by their digest.
//!
//! Phases need only [`ObjectStore`], clean-up also [`Quarantine`]. Every store passes the suite `fixtures::stores`.

mod frame;
mod fs;
mod load;
mod memory;
mod quarantine;

pub use frame::decode_object;
pub use fs::FileStore;
pub use load::{load, load_envelope, load_study, load_whole, save, stored_figures, unless_lost};
pub use memory::MemoryStore;
pub use quarantine::{Leftover, Quarantine, Quarantined};

use crate::error::Error;
use crate::id::Digest;
use std::time::SystemTime;

/// Keeps immutable objects under the SHA-256 of their (uncompressed) bytes.
///
/// An object that is new, put again, or brought back from quarantine is young: clean-up leaves it alone until its grace
/// period is over. Before referring to an object, put or get it: `contains` does not make it young.
pub trait ObjectStore: Send + Sync {
    /// Stores `bytes`, and returns whether this call brought the object into the store.
    ///
    /// Of several writers of the same bytes, exactly one gets `true`. The object is young afterwards in either case. A
    /// damaged object is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the object may then be in the store or not, but never in part.
    fn create(&self, bytes: &[u8]) -> Result<(Digest, bool), Error>;

    /// Stores `bytes` and returns their digest. Storing the same bytes again only makes the object young again.
    ///
    /// # Errors
    ///
    /// As [`ObjectStore::create`].
    fn put(&self, bytes: &[u8]) -> Result<Digest, Error> {
        self.create(bytes).map(|(id, _)| id)
    }

    /// Returns the object's bytes, after checking them against the digest. Brings it back if it is in quarantine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] or [`Error::Damaged`].
    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error>;

    /// Whether `get` would find the object. Its bytes are not checked.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn contains(&self, id: &Digest) -> Result<bool, Error>;

    /// The ids of all objects that are not in quarantine, in ascending order.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn list(&self) -> Result<Vec<Digest>, Error>;

    /// Size and age of an object that is not in quarantine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    fn metadata(&self, id: &Digest) -> Result<Metadata, Error>;

    /// Removes an object at once, in quarantine or not, even if something needs it; returns whether it was there.
    ///
    /// Clean-up does not use it: see [`Quarantine`].
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn delete(&self, id: &Digest) -> Result<bool, Error>;
}

/// Size and age of a stored object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// The bytes it takes, compressed.
    pub stored_bytes: u64,
    /// When it was last written, put again or brought back, by the store's own clock.
    pub modified: SystemTime,
}
