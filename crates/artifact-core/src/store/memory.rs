//! A store in memory, for tests and for libraries that write no files.

use super::ObjectStore;
use crate::{Digest, Error};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps objects in memory; they are gone when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    objects: Mutex<BTreeMap<Digest, Vec<u8>>>,
}

impl MemoryStore {
    /// The map is valid after every single operation, so a panic elsewhere does not spoil it.
    fn objects(&self) -> MutexGuard<'_, BTreeMap<Digest, Vec<u8>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectStore for MemoryStore {
    fn put(&self, bytes: &[u8]) -> Result<Digest, Error> {
        let id = Digest::of(bytes);
        self.objects().entry(id).or_insert_with(|| bytes.to_vec());
        Ok(id)
    }

    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.objects().get(id).cloned().ok_or(Error::NotFound { what: "object", id: *id })
    }

    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        Ok(self.objects().contains_key(id))
    }

    fn list(&self) -> Result<Vec<Digest>, Error> {
        Ok(self.objects().keys().copied().collect())
    }
}
