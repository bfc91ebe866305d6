//! The object store: immutable bytes, found by their digest.

mod frame;
mod fs;
mod memory;

pub use frame::decode_object;
pub use fs::FileStore;
pub use memory::MemoryStore;

use crate::{Digest, Error};

/// A place that keeps immutable objects by the SHA-256 of their (uncompressed) bytes.
pub trait ObjectStore: Send + Sync {
    /// Stores `bytes` and returns their digest. Storing the same bytes again changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the object is then not in the store.
    fn put(&self, bytes: &[u8]) -> Result<Digest, Error>;

    /// Returns the object's bytes, after checking them against the digest.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] or [`Error::Damaged`].
    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error>;

    /// Whether the object is there. Its bytes are not checked.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn contains(&self, id: &Digest) -> Result<bool, Error>;

    /// The ids of all objects, in ascending order.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    fn list(&self) -> Result<Vec<Digest>, Error>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every store must do.
    fn conforms(store: &dyn ObjectStore) {
        assert_eq!(store.list().unwrap(), []);
        let missing = Digest::of(b"nothing");
        assert!(matches!(store.get(&missing), Err(Error::NotFound { .. })));
        assert!(!store.contains(&missing).unwrap());

        let mut ids = Vec::new();
        for bytes in [&b""[..], b"one", &[7; 100_000], b"{}"] {
            let id = store.put(bytes).unwrap();
            assert_eq!(id, Digest::of(bytes));
            assert_eq!(store.put(bytes).unwrap(), id);
            assert_eq!(store.get(&id).unwrap(), bytes);
            assert!(store.contains(&id).unwrap());
            ids.push(id);
        }
        ids.sort();
        assert_eq!(store.list().unwrap(), ids);

        // Many writers of the same and of different objects.
        std::thread::scope(|scope| {
            for writer in 0..4u8 {
                scope.spawn(move || {
                    for object in 0..20u8 {
                        store.put(&[object; 50]).unwrap();
                        store.put(&[writer, object]).unwrap();
                    }
                });
            }
        });
        assert_eq!(store.list().unwrap().len(), 4 + 20 + 80);
    }

    #[test]
    fn memory_store_conforms() {
        conforms(&MemoryStore::default());
    }

    #[test]
    fn file_store_conforms() {
        let directory = tempfile::tempdir().unwrap();
        conforms(&FileStore::new(directory.path().join("store")));
    }
}
