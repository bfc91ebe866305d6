//! Why a URL or a connection is refused.

use crate::mode::Mode;
use postgres::Error;
use std::error::Error as _;
use std::path::PathBuf;

/// Why a URL is refused. The text is a predicate, to be put behind what holds the URL. It repeats nothing of the URL but
/// the parameters of this crate, since any other part may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// The driver cannot read it.
    #[error("is not of the form postgresql://USER@HOST:PORT/DATABASE, or has a parameter that is not known")]
    Form,
    /// It has a password, or what may be one: whoever sees the command line, the settings or a log would know it.
    #[error(
        "has a password in it, which command lines, settings and logs would show: leave it out, and set PGPASSWORD or \
         write a line HOST:PORT:DATABASE:USER:PASSWORD into ~/.pgpass or the file that PGPASSFILE names"
    )]
    Password,
    /// There is no such mode.
    #[error("has sslmode={found}, expected disable, prefer, require, verify-ca or verify-full")]
    Mode {
        /// The value of `sslmode`.
        found: String,
    },
    /// Nothing says which authority to trust. Any server can get a certificate from a public one.
    #[error(
        "has sslmode=verify-ca and no sslrootcert: name the file of the authority there, or use verify-full"
    )]
    NoRoot,
    /// Public authorities certify anybody, so the name must be checked.
    #[error(
        "has sslmode={mode} and sslrootcert=system, expected sslmode=verify-full or a file in sslrootcert"
    )]
    WeakForPublic {
        /// The mode.
        mode: Mode,
    },
    /// A certificate without a key, or the reverse.
    #[error("has only one of sslcert and sslkey: give both or none")]
    HalfIdentity,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A file that the URL names, or the password file, is missing or holds something else.
    #[error("{parameter} {}: {reason}", path.display())]
    File {
        /// The parameter that names it, or what it is.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What was found, and what was expected.
        reason: String,
    },
    /// The server cannot be reached, is not the right one, or refuses.
    #[error("{reason}{}", remedy.map_or_else(String::new, |remedy| format!(": {remedy}")))]
    Server {
        /// What the server says, with its SQLSTATE, or what keeps it from being asked.
        reason: String,
        /// What to do about it, where encryption is the matter.
        remedy: Option<&'static str>,
    },
}

/// What the server says, with its SQLSTATE; or what keeps it from being asked.
pub fn said(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("SQLSTATE {}: {}", said.code().code(), said.message()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
