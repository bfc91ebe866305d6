//! Every store against the suite, and the file store against damage, kills and other processes.

mod files;
mod kills;
mod races;

use artifact_core::{FileStore, MemoryStore};
use fixtures::stores::{conforms, sets_aside};
use std::time::SystemTime;

#[test]
fn memory_store_conforms() {
    conforms(&MemoryStore::default());
    sets_aside(&MemoryStore::default());
    conforms(&MemoryStore::with_clock(|| SystemTime::UNIX_EPOCH));
}

#[test]
fn file_store_conforms() {
    let directory = tempfile::tempdir().unwrap();
    conforms(&FileStore::new(directory.path().join("a/store")));
    sets_aside(&FileStore::new(directory.path().join("b/store")));
    conforms(&FileStore::new(directory.path().join("c/store")).with_level(19));
}
