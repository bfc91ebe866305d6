//! The databases that the tests run on.

use crate::storage::Location;
use tempfile::TempDir;

/// A database of its own for one test.
pub(super) struct Server {
    pub(super) location: Location,
    _directory: Option<TempDir>,
}

/// A file in a temporary directory.
pub(super) fn sqlite() -> Server {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().join("study.db"));
    Server { location, _directory: Some(directory) }
}

/// A new database on the server that `HOLDFAST_TEST_POSTGRES` names: `postgresql://USER@HOST:PORT`.
#[cfg(feature = "postgres")]
pub(super) fn postgres(name: &str) -> Option<Server> {
    let Ok(server) = std::env::var("HOLDFAST_TEST_POSTGRES") else {
        eprintln!("skipped: needs PostgreSQL (set HOLDFAST_TEST_POSTGRES, see tests/with-postgres)");
        return None;
    };
    let mut client = postgres::Client::connect(&format!("{server}/postgres"), postgres::NoTls).unwrap();
    let name = format!("holdfast_{name}_{}", std::process::id());
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    Some(Server { location: Location::Postgres(format!("{server}/{name}")), _directory: None })
}
