//! Which database is asked.

use crate::sources::SourceError;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

/// Which database is asked.
#[derive(Debug)]
pub(super) enum Address {
    /// A file of SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    /// A server of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres_tls::Server>),
}

impl Address {
    /// The database of a URL.
    pub(super) fn of(url: &str) -> Result<Self, SourceError> {
        let refuse = |reason: String| SourceError::Setting { key: "data.source", reason };
        if let Some(file) = url.strip_prefix("sqlite:") {
            return match file {
                "" => Err(refuse(
                    "url of sql names no file, expected one such as \"sqlite:bars.db\"".to_owned(),
                )),
                _ => sqlite(file).ok_or_else(|| refuse(without("sqlite"))),
            };
        }
        if url.starts_with("postgresql://") || url.starts_with("postgres://") {
            return postgres(url).unwrap_or_else(|| Err(without("postgres"))).map_err(refuse);
        }
        // Whatever it is, it may hold a password.
        Err(refuse("url of sql begins neither with sqlite: nor with postgresql://".to_owned()))
    }

    /// What stands for the database in messages of faulty rows, and for its rows in the seal.
    pub(super) fn name(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(file) => file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned(),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.config().get_dbname().unwrap_or("postgres").to_owned(),
        }
    }

    /// An error of this database.
    pub(super) fn refuse(&self, reason: String, remedy: &'static str) -> SourceError {
        let service = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(file) => file.display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => place(server.config()),
        };
        SourceError::Service { what: "the query".to_owned(), service, reason, remedy }
    }
}

fn without(feature: &str) -> String {
    format!(
        "this program was built without the feature `{feature}` that url of sql needs: build it with that feature"
    )
}

#[cfg(feature = "sqlite")]
fn sqlite(file: &str) -> Option<Address> {
    Some(Address::Sqlite(PathBuf::from(file)))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Option<Address> {
    None
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Option<Result<Address, String>> {
    Some(match url.parse::<postgres_tls::Server>() {
        Err(error) => Err(format!("url of sql {error}")),
        Ok(server) => Ok(Address::Postgres(Box::new(server))),
    })
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Option<Result<Address, String>> {
    None
}

/// A server's database, host and port.
#[cfg(feature = "postgres")]
fn place(config: &::postgres::Config) -> String {
    use ::postgres::config::Host;
    let host = config.get_hosts().first().map_or_else(
        || "localhost".to_owned(),
        |host| match host {
            Host::Tcp(host) => host.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        },
    );
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("{} at {host}:{port}", config.get_dbname().unwrap_or("postgres"))
}
