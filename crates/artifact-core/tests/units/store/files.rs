//! The file store's own promises.

use artifact_core::store::Quarantine as _;
use artifact_core::{Error, FileStore, ObjectStore as _};
use std::fs;
use std::time::SystemTime;

#[test]
fn every_truncation_and_bit_flip_is_detected() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path());
    let id = store.put(b"some bytes that are worth keeping, keeping, keeping").unwrap();
    let path = store.path(&id);
    let sound = fs::read(&path).unwrap();
    let check = |bytes: &[u8], how: String| {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(store.get(&id), Err(Error::Damaged { .. })), "{how}");
    };
    for length in 0..sound.len() {
        check(&sound[..length], format!("cut to {length}"));
    }
    for bit in 0..sound.len() * 8 {
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        check(&flipped, format!("bit {bit}"));
    }
}

#[test]
fn writing_again_heals_a_damaged_object() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path());
    let id = store.put(b"content").unwrap();
    fs::write(store.path(&id), b"garbage").unwrap();
    assert!(matches!(store.get(&id), Err(Error::Damaged { .. })));
    store.put(b"content").unwrap();
    assert_eq!(store.get(&id).unwrap(), b"content");
}

#[test]
fn the_level_changes_the_size_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..40_000u32).flat_map(|n| (n * n % 1009).to_le_bytes()).collect();
    let size = |level: i32| {
        let store = FileStore::new(directory.path().join(level.to_string())).with_level(level);
        let id = store.put(&bytes).unwrap();
        assert_eq!(FileStore::new(store.root()).get(&id).unwrap(), bytes);
        store.metadata(&id).unwrap().stored_bytes
    };
    assert!(size(19) < size(1));
    size(i32::MAX);
    size(i32::MIN);
}

#[test]
fn an_unreadable_object_in_quarantine_does_not_replace_a_sound_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path());
    let id = store.put(b"content").unwrap();
    fs::write(store.path(&id), b"garbage").unwrap();
    let seen = store.metadata(&id).unwrap();
    assert!(store.set_aside(&id, &seen, SystemTime::UNIX_EPOCH).unwrap());
    store.put(b"content").unwrap();
    assert_eq!(store.get(&id).unwrap(), b"content");
}
