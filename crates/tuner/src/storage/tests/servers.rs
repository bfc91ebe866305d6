//! The databases that the tests run on.

use crate::storage::Location;
use tempfile::TempDir;

/// The database of one test.
pub(super) struct Server {
    pub(super) location: Location,
    /// Its URL, if it is on a server.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code))]
    pub(super) url: String,
    _directory: Option<TempDir>,
}

/// A file in a temporary directory.
pub(super) fn sqlite() -> Server {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().join("study.db"));
    Server { location, url: String::new(), _directory: Some(directory) }
}

/// A new database on the server that `tests/with-postgres` starts. Without a server, reports the test as skipped and
/// returns `None`.
#[cfg(feature = "postgres")]
pub(super) fn postgres(name: &str) -> Option<Server> {
    let server = test_support::skip::Need::PostgreSql.or_skip()?;
    let mut client = postgres::Client::connect(&format!("{server}/postgres"), postgres::NoTls).unwrap();
    let name = format!("holdfast_{name}_{}", std::process::id());
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let url = format!("{server}/{name}");
    Some(Server { location: url.parse().unwrap(), url, _directory: None })
}

/// The same, over a connection that checks the server's certificate and name.
#[cfg(feature = "postgres")]
pub(super) fn encrypted(name: &str) -> Option<Server> {
    let server = postgres(name)?;
    let authority = test_support::tls::file("authority.pem");
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", server.url, authority.display());
    Some(Server { location: url.parse().unwrap(), url, ..server })
}
