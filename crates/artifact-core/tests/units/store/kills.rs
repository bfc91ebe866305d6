//! Writers that are killed at every single file operation.

use artifact_core::store::Quarantine as _;
use artifact_core::{Digest, Error, FileStore, ObjectStore as _};
use fixtures::stores::Killer;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Runs `work` on a fresh store again and again, killed one operation later each time, until it completes.
/// `prepare` runs before, undisturbed; `check` afterwards, with a reopened store.
fn kill_everywhere<T>(
    prepare: impl Fn(&FileStore),
    work: impl Fn(&FileStore) -> Result<T, Error>,
    check: impl Fn(&FileStore, bool),
) -> usize {
    for operations in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path().join("store"));
        prepare(&store);
        let killed = store.clone().with_hook(Killer::after(operations, &Arc::default()));
        let completed = work(&killed).is_ok();
        check(&FileStore::new(store.root()), completed);
        if completed {
            return operations;
        }
    }
    unreachable!("the loop ends by itself")
}

#[test]
fn a_killed_put_leaves_all_of_the_object_or_nothing_and_can_be_repeated() {
    let bytes = vec![7; 10_000];
    let id = Digest::of(&bytes);
    let operations = kill_everywhere(
        |_| {},
        |store| store.put(&bytes),
        |store, completed| {
            match store.get(&id) {
                Ok(found) => assert_eq!(found, bytes),
                Err(error) => {
                    assert!(!completed && matches!(error, Error::NotFound { .. }), "{error}");
                }
            }
            assert_eq!(store.contains(&id).unwrap(), store.list().unwrap() == [id]);
            store.put(&bytes).unwrap();
            assert_eq!(store.get(&id).unwrap(), bytes);
        },
    );
    assert!(operations > 8, "four directories, a file, and their syncs, not {operations}");
}

#[test]
fn a_killed_writer_leaves_a_recognisable_temporary_file() {
    let found = std::cell::Cell::new(0);
    kill_everywhere(
        |_| {},
        |store| store.put(&[7; 10_000]),
        |store, completed| {
            let leftovers = store.leftovers().unwrap();
            assert!(leftovers.len() <= usize::from(!completed));
            found.set(found.get() + leftovers.len());
        },
    );
    assert!(found.get() >= 3, "half written, written, synced");
}

#[test]
fn an_object_survives_every_move_into_and_out_of_quarantine() {
    let bytes = b"object".to_vec();
    let id = Digest::of(&bytes);
    let set_aside = |store: &FileStore| {
        let seen = store.metadata(&id)?;
        store.set_aside(&id, &seen, UNIX_EPOCH + Duration::from_secs(9))
    };
    let survives = |store: &FileStore, _| {
        assert!(store.contains(&id).unwrap());
        assert_eq!(store.get(&id).unwrap(), bytes);
        assert_eq!(store.list().unwrap(), [id]);
    };
    let put = |store: &FileStore| {
        store.put(&bytes).unwrap();
    };
    let aside = |store: &FileStore| {
        put(store);
        assert!(set_aside(store).unwrap());
    };
    kill_everywhere(put, set_aside, survives);
    kill_everywhere(aside, |store| store.bring_back(&id), survives);
    kill_everywhere(aside, |store| store.get(&id), survives);
    kill_everywhere(aside, |store| store.put(&bytes), survives);
    kill_everywhere(put, |store| store.put(&bytes), survives);
}

#[test]
fn healing_a_damaged_object_may_be_killed_too() {
    let bytes = b"object".to_vec();
    let id = Digest::of(&bytes);
    let damaged = |store: &FileStore| {
        store.put(&bytes).unwrap();
        std::fs::write(store.path(&id), b"garbage").unwrap();
    };
    kill_everywhere(
        damaged,
        |store| store.put(&bytes),
        |store, completed| assert!(!completed || store.get(&id).unwrap() == bytes),
    );
}
