//! A store in memory, for tests and for libraries that write no files.

use super::{Metadata, ObjectStore, Quarantine, Quarantined};
use crate::error::Error;
use crate::id::Digest;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Keeps objects in memory; they are gone when it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Option<Clock>,
}

type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<Digest, (Vec<u8>, SystemTime)>,
    aside: BTreeMap<Digest, (Vec<u8>, SystemTime)>,
    /// Counts the writes: without a clock, this is the objects' age.
    writes: u64,
}

impl MemoryStore {
    /// A store that stamps its objects with the time of `clock`.
    ///
    /// Without a clock, stamps only order the writes, counting from 1970: every object is old.
    pub fn with_clock(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Some(Box::new(clock)), ..Self::default() }
    }

    /// The maps are valid after every single operation, so a panic elsewhere does not spoil them.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self, state: &mut State) -> SystemTime {
        state.writes += 1;
        match &self.clock {
            Some(clock) => clock(),
            None => UNIX_EPOCH + Duration::from_nanos(state.writes),
        }
    }

    /// Makes an object young, in quarantine or not; returns whether it exists.
    fn reuse(&self, state: &mut State, id: &Digest) -> bool {
        if let Some((bytes, _)) = state.aside.remove(id) {
            state.objects.insert(*id, (bytes, UNIX_EPOCH));
        }
        let stamp = self.stamp(state);
        match state.objects.get_mut(id) {
            Some((_, modified)) => {
                *modified = stamp;
                true
            }
            None => false,
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "MemoryStore({} objects, {} set aside)", state.objects.len(), state.aside.len())
    }
}

impl ObjectStore for MemoryStore {
    fn create(&self, bytes: &[u8]) -> Result<(Digest, bool), Error> {
        let id = Digest::of(bytes);
        let mut state = self.state();
        if self.reuse(&mut state, &id) {
            return Ok((id, false));
        }
        let stamp = self.stamp(&mut state);
        state.objects.insert(id, (bytes.to_vec(), stamp));
        Ok((id, true))
    }

    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        let mut state = self.state();
        if state.aside.contains_key(id) {
            self.reuse(&mut state, id);
        }
        match state.objects.get(id) {
            Some((bytes, _)) => Ok(bytes.clone()),
            None => Err(Error::NotFound { what: "object", id: *id }),
        }
    }

    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        let state = self.state();
        Ok(state.objects.contains_key(id) || state.aside.contains_key(id))
    }

    fn list(&self) -> Result<Vec<Digest>, Error> {
        Ok(self.state().objects.keys().copied().collect())
    }

    fn metadata(&self, id: &Digest) -> Result<Metadata, Error> {
        match self.state().objects.get(id) {
            Some((bytes, modified)) => Ok(Metadata { stored_bytes: bytes.len() as u64, modified: *modified }),
            None => Err(Error::NotFound { what: "object", id: *id }),
        }
    }

    fn delete(&self, id: &Digest) -> Result<bool, Error> {
        let mut state = self.state();
        let aside = state.aside.remove(id).is_some();
        Ok(state.objects.remove(id).is_some() || aside)
    }
}

impl Quarantine for MemoryStore {
    fn set_aside(&self, id: &Digest, seen: &Metadata, at: SystemTime) -> Result<bool, Error> {
        let mut state = self.state();
        match state.objects.remove(id) {
            Some((bytes, modified)) if modified == seen.modified => {
                state.aside.insert(*id, (bytes, at));
                Ok(true)
            }
            Some(changed) => {
                state.objects.insert(*id, changed);
                Ok(false)
            }
            None => Ok(false),
        }
    }

    fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let state = self.state();
        let items = state.aside.iter().map(|(&id, (bytes, since))| Quarantined {
            since: *since,
            id,
            stored_bytes: bytes.len() as u64,
        });
        let mut items: Vec<_> = items.collect();
        items.sort();
        Ok(items)
    }

    fn peek(&self, item: &Quarantined) -> Result<Vec<u8>, Error> {
        match self.state().aside.get(&item.id) {
            Some((bytes, _)) => Ok(bytes.clone()),
            None => Err(Error::NotFound { what: "object", id: item.id }),
        }
    }

    fn bring_back(&self, id: &Digest) -> Result<bool, Error> {
        let mut state = self.state();
        Ok(state.aside.contains_key(id) && self.reuse(&mut state, id))
    }

    fn purge(&self, item: &Quarantined) -> Result<bool, Error> {
        let mut state = self.state();
        let due = state.aside.get(&item.id).is_some_and(|(_, since)| *since == item.since);
        Ok(due && state.aside.remove(&item.id).is_some())
    }
}
