//! Files that another process locks, that have no room to grow, or that may not be written.

use super::servers;
use crate::storage::connect::open_existing;
use crate::storage::database::{Cell, Database as _, Failure};
use crate::storage::sqlite::{Access, Sqlite};
use crate::storage::{Location, StorageError, StudyDatabase, StudyIdentity};
use rusqlite::Connection;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No test waits for a lock to be released.
const IMPATIENT: Duration = Duration::from_millis(1);

fn create(path: &Path) -> Location {
    let location = Location::Sqlite(path.to_owned());
    let identity = StudyIdentity { name: "study".into(), metric: "mcc".into(), attributes: Vec::new() };
    StudyDatabase::open(&location, &identity).unwrap();
    location
}

fn path(location: &Location) -> PathBuf {
    match location {
        Location::Sqlite(path) => path.clone(),
        #[cfg(feature = "postgres")]
        Location::Postgres(server) => panic!("{server} is no file"),
    }
}

/// Another program that holds the file.
fn hold(path: &Path, how: &str) -> Connection {
    let holder = Connection::open(path).unwrap();
    holder.execute_batch(how).unwrap();
    holder
}

#[track_caller]
fn says(location: &Location, failure: Failure, parts: &[&str]) -> StorageError {
    let error = StorageError::of(location, failure);
    let (text, file) = (error.to_string(), location.to_string());
    for part in [&[file.as_str()], parts].concat() {
        assert!(text.contains(part), "{text} lacks {part:?}");
    }
    error
}

fn names(database: &mut Sqlite) -> Vec<Vec<Cell>> {
    database.query("SELECT study_name FROM studies", &[]).unwrap()
}

#[test]
fn a_lock_is_named_and_nothing_is_lost() {
    let server = servers::sqlite();
    let path = path(&server.location);
    create(&path);
    // In exclusive mode a connection shuts out readers as well, from its first read on.
    let all = hold(&path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    let failure = open_existing(&path, IMPATIENT).unwrap_err();
    let error = says(&server.location, failure, &["locked by another process", "nothing was changed"]);
    assert!(matches!(error, StorageError::Locked { .. }), "{error:?}");
    drop(all);
    assert!(StudyDatabase::open_existing(&server.location, "study").is_ok());
}

#[test]
fn a_writer_shuts_out_writers_only() {
    let server = servers::sqlite();
    let path = path(&server.location);
    create(&path);
    let writer = hold(&path, "BEGIN EXCLUSIVE; UPDATE studies SET study_name = 'renamed'");
    assert!(StudyDatabase::open_existing(&server.location, "study").is_ok(), "what is committed can be read");
    let failure = Sqlite::open(&path, Access::Write, IMPATIENT).unwrap().begin().unwrap_err();
    says(&server.location, failure, &["locked"]);
    drop(writer);
    assert!(StudyDatabase::open_existing(&server.location, "study").is_ok());
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let server = servers::sqlite();
    let path = path(&server.location);
    create(&path);
    let mut database = Sqlite::open(&path, Access::Write, IMPATIENT).unwrap();
    // SQLite answers a file that may not grow like a disk without room. The limit cannot be below the present size.
    database.batch("PRAGMA max_page_count = 1").unwrap();
    let failure =
        database.batch("INSERT INTO studies (study_name) VALUES (hex(zeroblob(100000)))").unwrap_err();
    let error = says(&server.location, failure, &["no space is left", "make room"]);
    assert!(matches!(error, StorageError::NoSpace { .. }), "{error:?}");
    drop(database);
    assert!(StudyDatabase::open_existing(&server.location, "study").is_ok());
}

/// The names in a directory, sorted.
fn listing(directory: &Path) -> Vec<OsString> {
    let mut names: Vec<OsString> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn a_file_at_rest_is_read_without_any_other_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut odd = vec![OsString::from("study.db"), OsString::from("a ?#%41&é\n.db")];
    #[cfg(unix)]
    odd.push(std::os::unix::ffi::OsStringExt::from_vec(b"\xff\x80.db".to_vec()));
    for name in odd {
        let path = directory.path().join(&name);
        create(&path);
        let before = listing(directory.path());
        let mut database = Sqlite::open_at_rest(&path).unwrap().expect("nothing waits beside it");
        assert_eq!(names(&mut database), [[Cell::Text("study".into())]], "{name:?}");
        assert_eq!(listing(directory.path()), before);
        assert!(database.batch("DELETE FROM studies").is_err(), "it can only be read");
    }
}

#[test]
fn a_file_with_a_log_is_not_at_rest() {
    let server = servers::sqlite();
    let path = path(&server.location);
    create(&path);
    let writer = hold(&path, "INSERT INTO studies (study_name) VALUES ('newer')");
    assert!(Sqlite::open_at_rest(&path).unwrap().is_none(), "the file alone lacks what the log holds");
    // Closing the last connection moves the log into the file.
    drop(writer);
    let mut database = Sqlite::open_at_rest(&path).unwrap().expect("nothing waits beside it");
    assert_eq!(names(&mut database).len(), 2);
}
