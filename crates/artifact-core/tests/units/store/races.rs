//! A put and a clean-up, interleaved at every single file operation.

use artifact_core::files::Hook;
use artifact_core::store::{Metadata, Quarantine as _};
use artifact_core::{Digest, FileStore, ObjectStore as _};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Does something else right before the file operation with this number.
struct Meanwhile<F> {
    at: usize,
    operations: AtomicUsize,
    something: F,
}

impl<F: Fn() + Send + Sync> Hook for Meanwhile<F> {
    fn before(&self, _: &'static str) -> io::Result<()> {
        if self.operations.fetch_add(1, Ordering::SeqCst) == self.at {
            (self.something)();
        }
        Ok(())
    }
}

/// A store with one object that has been there for a long time.
fn with_old_object() -> (tempfile::TempDir, FileStore, Digest, Metadata) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path());
    let id = store.put(b"object").unwrap();
    let long_ago = UNIX_EPOCH + Duration::from_secs(1);
    std::fs::File::open(store.path(&id)).unwrap().set_modified(long_ago).unwrap();
    let seen = store.metadata(&id).unwrap();
    assert_eq!(seen.modified, long_ago);
    (directory, store, id, seen)
}

fn at() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(9)
}

/// Whoever put the object can rely on it: it is where a later clean-up looks, and young.
fn is_safe(store: &FileStore, id: Digest, seen: Metadata, when: usize) {
    assert_eq!(store.list().unwrap(), [id], "at operation {when}");
    assert!(store.metadata(&id).unwrap().modified > seen.modified, "at operation {when}");
    assert_eq!(store.get(&id).unwrap(), b"object");
}

#[test]
fn a_put_in_the_middle_of_setting_aside_wins() {
    for when in 0.. {
        let (_directory, store, id, seen) = with_old_object();
        let other = store.clone();
        let something = move || {
            other.put(b"object").unwrap();
        };
        let hook = Arc::new(Meanwhile { at: when, operations: AtomicUsize::new(0), something });
        let set_aside = store.clone().with_hook(hook.clone()).set_aside(&id, &seen, at()).unwrap();
        if hook.operations.load(Ordering::SeqCst) <= when {
            assert!(set_aside && when >= 3, "two directories and a rename, not {when}");
            return;
        }
        is_safe(&store, id, seen, when);
    }
}

#[test]
fn setting_aside_in_the_middle_of_a_put_loses() {
    for when in 0.. {
        let (_directory, store, id, seen) = with_old_object();
        let other = store.clone();
        let something = move || {
            other.set_aside(&id, &seen, at()).unwrap();
        };
        let hook = Arc::new(Meanwhile { at: when, operations: AtomicUsize::new(0), something });
        store.clone().with_hook(hook.clone()).put(b"object").unwrap();
        is_safe(&store, id, seen, when);
        if hook.operations.load(Ordering::SeqCst) <= when {
            assert!(when >= 2, "a touch and a sync, not {when}");
            return;
        }
    }
}

#[test]
fn a_put_and_a_purge_leave_the_object() {
    for when in 0.. {
        let (_directory, store, id, seen) = with_old_object();
        assert!(store.set_aside(&id, &seen, at()).unwrap());
        let items = store.quarantined().unwrap();
        let other = store.clone();
        let something = move || {
            other.purge(&items[0]).unwrap();
        };
        let hook = Arc::new(Meanwhile { at: when, operations: AtomicUsize::new(0), something });
        store.clone().with_hook(hook.clone()).put(b"object").unwrap();
        is_safe(&store, id, seen, when);
        if hook.operations.load(Ordering::SeqCst) <= when {
            return;
        }
    }
}
