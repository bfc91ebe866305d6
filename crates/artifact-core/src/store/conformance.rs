//! What every object store must do, as one suite.
//!
//! A new store calls [`conforms`] and [`sets_aside`] from a test, each with a fresh, empty store. [`Killer`] kills the
//! writers of a file store.

use super::{ObjectStore, Quarantine};
use crate::error::Error;
use crate::files::Hook;
use crate::id::Digest;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Checks an empty store against the promises of [`ObjectStore`].
///
/// # Panics
///
/// At the first promise that is not kept.
pub fn conforms(store: &dyn ObjectStore) {
    nothing_is_found_in_an_empty_store(store);
    objects_are_found_again(store);
    deleted_objects_are_gone(store);
    writers_do_not_disturb_each_other(store);
}

fn nothing_is_found_in_an_empty_store(store: &dyn ObjectStore) {
    assert_eq!(store.list().unwrap(), []);
    let missing = Digest::of(b"nothing");
    assert!(matches!(store.get(&missing), Err(Error::NotFound { .. })));
    assert!(matches!(store.metadata(&missing), Err(Error::NotFound { .. })));
    assert!(!store.contains(&missing).unwrap());
    assert!(!store.delete(&missing).unwrap());
}

fn objects_are_found_again(store: &dyn ObjectStore) {
    let mut ids = Vec::new();
    for bytes in [&b""[..], b"one", &[7; 100_000], b"{}"] {
        let id = Digest::of(bytes);
        assert_eq!(store.create(bytes).unwrap(), (id, true));
        let written = store.metadata(&id).unwrap();
        assert_eq!(store.create(bytes).unwrap(), (id, false));
        assert_eq!(store.put(bytes).unwrap(), id);
        let again = store.metadata(&id).unwrap();
        assert_eq!(again.stored_bytes, written.stored_bytes);
        assert!(again.modified >= written.modified, "a put makes an object younger, not older");
        assert_eq!(store.get(&id).unwrap(), bytes);
        assert!(store.contains(&id).unwrap());
        ids.push(id);
    }
    ids.sort();
    assert_eq!(store.list().unwrap(), ids);
}

fn deleted_objects_are_gone(store: &dyn ObjectStore) {
    for id in store.list().unwrap() {
        assert!(store.delete(&id).unwrap());
        assert!(!store.delete(&id).unwrap());
        assert!(!store.contains(&id).unwrap());
        assert!(matches!(store.get(&id), Err(Error::NotFound { .. })));
    }
    assert_eq!(store.list().unwrap(), []);
    assert!(store.create(b"one").unwrap().1, "what was deleted can be created again");
    assert!(store.delete(&Digest::of(b"one")).unwrap());
}

/// Many writers of the same and of different objects, and readers who see all of an object or nothing.
fn writers_do_not_disturb_each_other(store: &dyn ObjectStore) {
    const WRITERS: usize = 4;
    const OBJECTS: u8 = 20;
    let created = std::thread::scope(|scope| {
        let write = |writer: usize| {
            let mut created = 0;
            for object in 0..OBJECTS {
                let shared = [object; 5000];
                match store.get(&Digest::of(&shared)) {
                    Ok(bytes) => assert_eq!(bytes, shared),
                    Err(error) => assert!(matches!(error, Error::NotFound { .. }), "{error}"),
                }
                created += usize::from(store.create(&shared).unwrap().1);
                store.put(&[writer as u8, object]).unwrap();
            }
            created
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>()
    });
    let objects = usize::from(OBJECTS);
    assert_eq!(created, objects, "of several creators of an object exactly one is told that it was it");
    assert_eq!(store.list().unwrap().len(), objects * (WRITERS + 1));
}

/// Checks an empty store against the promises of [`Quarantine`].
///
/// # Panics
///
/// At the first promise that is not kept.
pub fn sets_aside(store: &dyn Quarantine) {
    let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
    let aside = |at: SystemTime| {
        let id = store.put(b"object").unwrap();
        let seen = store.metadata(&id).unwrap();
        assert!(store.set_aside(&id, &seen, at).unwrap());
        (id, seen)
    };

    let (id, _) = aside(at(1));
    assert_eq!(store.list().unwrap(), []);
    assert!(store.contains(&id).unwrap(), "what is set aside can still be had");
    let items = store.quarantined().unwrap();
    assert_eq!(items.iter().map(|item| (item.id, item.since)).collect::<Vec<_>>(), [(id, at(1))]);
    assert_eq!(store.peek(&items[0]).unwrap(), b"object");
    assert_eq!(store.list().unwrap(), [], "a peek brings nothing back");

    for bring_back in [
        |store: &dyn Quarantine, id: &Digest| store.get(id).map(|bytes| assert_eq!(bytes, b"object")),
        |store: &dyn Quarantine, _: &Digest| store.create(b"object").map(|(_, created)| assert!(!created)),
        |store: &dyn Quarantine, id: &Digest| store.bring_back(id).map(|found| assert!(found)),
    ] {
        let (id, seen) = aside(at(2));
        let items = store.quarantined().unwrap();
        bring_back(store, &id).unwrap();
        assert_eq!(store.list().unwrap(), [id]);
        assert_eq!(store.quarantined().unwrap(), []);
        assert!(store.metadata(&id).unwrap().modified >= seen.modified);
        assert!(!store.bring_back(&id).unwrap());
        assert!(!store.purge(&items[0]).unwrap(), "what was brought back is not deleted");
        assert_eq!(store.get(&id).unwrap(), b"object");
    }

    let seen = store.metadata(&id).unwrap();
    // Where stamps are coarse, the next tick has to come first.
    let started = Instant::now();
    while store.metadata(&id).unwrap() == seen {
        assert!(started.elapsed() < Duration::from_secs(120), "a put makes an object younger");
        store.put(b"object").unwrap();
    }
    assert!(!store.set_aside(&id, &seen, at(3)).unwrap(), "what was put again is not set aside");
    assert!(!store.set_aside(&Digest::of(b"nothing"), &seen, at(3)).unwrap());

    aside(at(4));
    let items = store.quarantined().unwrap();
    assert!(store.purge(&items[0]).unwrap());
    assert!(!store.contains(&id).unwrap());
    assert_eq!(store.quarantined().unwrap(), []);
    assert!(!store.purge(&items[0]).unwrap());

    aside(at(5));
    assert!(store.delete(&id).unwrap(), "what is set aside can be deleted");
    assert!(!store.contains(&id).unwrap());
}

/// Lets a number of file operations happen, then none.
#[derive(Debug, Default)]
pub struct Killer {
    /// The operations that still happen.
    left: AtomicUsize,
    /// Seconds since 1970.
    clock: Arc<AtomicU64>,
}

impl Killer {
    /// One that lets `operations` happen, for a store whose time is that of `clock`, in seconds since 1970.
    pub fn after(operations: usize, clock: &Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(operations), clock: clock.clone() })
    }
}

impl Hook for Killer {
    fn before(&self, operation: &'static str) -> io::Result<()> {
        let take = |left: usize| left.checked_sub(1);
        match self.left.try_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other(format!("killed before: {operation}"))),
        }
    }

    fn now(&self) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(self.clock.load(Ordering::SeqCst)))
    }
}
