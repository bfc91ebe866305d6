//! Studies on a server whose connections are encrypted and checked.

use super::servers;
use crate::storage::{Location, StorageError, StudyDatabase, StudyIdentity};
use std::error::Error as _;

fn open(location: &Location) -> Result<StudyDatabase, StorageError> {
    let identity =
        StudyIdentity { name: "study".to_owned(), metric: "mcc".to_owned(), attributes: Vec::new() };
    StudyDatabase::open(location, &identity)
}

/// Why a study cannot be opened.
#[track_caller]
fn refusal(url: &str) -> String {
    let error = open(&url.parse().unwrap()).map(|_| ()).unwrap_err();
    let message = format!("{error}: {}", error.source().unwrap());
    assert!(!message.contains("secret"), "{message}");
    message
}

#[test]
fn a_study_is_stored_over_a_checked_connection() {
    let Some(server) = servers::encrypted("encryption") else { return };
    let mut database = open(&server.location).unwrap();
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(database.query_for_tests(query, &[])[0][0].integer(), Some(1));
    assert_eq!(database.enqueue(&serde_json::Map::new()).unwrap(), 0);
    assert_eq!(open(&server.location).unwrap().rows().waiting().count(), 1);
    let Location::Postgres(url) = &server.location else { unreachable!("it is no file") };
    let others = url.replace("authority.pem", "other-authority.pem").replace("holdfast@", "holdfast:secret@");
    let refused = refusal(&others);
    assert!(
        refused.contains("sslmode=verify-full&sslrootcert=") && refused.contains("set sslrootcert"),
        "{refused}"
    );
}

#[test]
fn urls_are_refused_without_their_password() {
    let refused = refusal("postgresql://me:secret@host/studies?sslmode=verify-ca");
    assert!(refused.contains("its URL has sslmode=verify-ca and no sslrootcert"), "{refused}");
    let refused = refusal("postgresql://me:secret@host:x/studies");
    assert!(refused.contains("its URL is not of the form postgresql://"), "{refused}");
}
