//! Studies on a server whose connections are encrypted and checked.

use super::servers;
use crate::storage::{Location, StorageError, StudyDatabase, StudyIdentity};
use postgres_tls::Passwords;
use std::error::Error as _;

fn open(location: &Location) -> Result<StudyDatabase, StorageError> {
    let identity =
        StudyIdentity { name: "study".to_owned(), metric: "mcc".to_owned(), attributes: Vec::new() };
    StudyDatabase::open(location, &identity)
}

/// Why a study cannot be opened.
#[track_caller]
fn refusal(url: &str) -> String {
    let passwords = Passwords::given("secret");
    let location = url.parse::<Location>().unwrap().with_passwords(&passwords);
    let error = open(&location).map(|_| ()).unwrap_err();
    let message = format!("{error}: {}", error.source().unwrap());
    assert!(!format!("{message} {error:?}").contains("secret"), "{message}");
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
    let refused = refusal(&server.url.replace("authority.pem", "other-authority.pem"));
    let place = server.url.split('?').next().unwrap();
    assert!(refused.contains(place) && refused.contains("set sslrootcert"), "{refused}");
}

#[test]
fn a_url_that_protects_less_than_it_seems_to_is_refused() {
    let refused =
        "postgresql://me@host/studies?sslmode=verify-ca".parse::<Location>().unwrap_err().to_string();
    assert!(refused.contains("database has sslmode=verify-ca and no sslrootcert"), "{refused}");
}
