//! Files that are written whole or not at all.

use artifact_core::files::{create_atomically, read, write_atomically};
use std::fs;

#[test]
fn replaces_whole_files_and_leaves_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b.json");
    write_atomically(&path, b"first, longer").unwrap();
    write_atomically(&path, b"second").unwrap();
    assert_eq!(read(&path).unwrap(), b"second");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_is_created_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b.json");
    assert!(create_atomically(&path, b"first").unwrap());
    assert!(!create_atomically(&path, b"second").unwrap());
    assert_eq!(read(&path).unwrap(), b"first");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_failed_write_names_the_path_and_leaves_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    write_atomically(&file, b"old").unwrap();
    // A file cannot be a directory, not even for root.
    let error = write_atomically(&file.join("below"), b"new").unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
    assert_eq!(read(&file).unwrap(), b"old");
}
