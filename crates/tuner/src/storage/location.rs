//! The location of a study database.

use artifact_core::shown;
#[cfg(feature = "postgres")]
use postgres_tls::{InvalidUrl, Passwords, Server};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The location of a study database: a file, or a PostgreSQL server.
///
/// It shows no password, and holds none that was in the text it was parsed from: such a text is refused.
#[derive(Clone)]
#[non_exhaustive]
pub enum Location {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(Box<Server>),
}

/// Why a text names no study database. It repeats nothing of the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLocation {
    /// It is neither a plain path nor a URL of a known kind.
    #[error(
        "the study database is neither a file nor a server, expected a path, sqlite:///PATH or \
         postgresql://USER@HOST:PORT/DATABASE without a password; write ./ before a path with one of : = @ ? in it (the \
         value is not shown, since it may hold a password)"
    )]
    Unclear,
    /// It is a URL of PostgreSQL that cannot be used.
    #[cfg(feature = "postgres")]
    #[error("the URL of the study database {0}")]
    Url(#[from] InvalidUrl),
    /// It is a URL of PostgreSQL, and this program was built without it.
    #[cfg(not(feature = "postgres"))]
    #[error(
        "the study database is on a PostgreSQL server, but this program was built without the feature `postgres`: build it \
         with that feature, or give a path"
    )]
    NoPostgres,
}

impl FromStr for Location {
    type Err = InvalidLocation;

    /// Parses a path or a URL. As in Optuna, the scheme may name a driver (`postgresql+psycopg2://`), which is ignored.
    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        let Some((scheme, rest)) = text.split_once("://").filter(|_| !is_plainly_a_path(text)) else {
            return if is_a_path(text) {
                Ok(Self::Sqlite(text.into()))
            } else {
                Err(InvalidLocation::Unclear)
            };
        };
        match scheme.split('+').next().unwrap_or_default() {
            "postgresql" | "postgres" => server(rest),
            // Three slashes lead to a relative path, four to an absolute one.
            "sqlite" if rest.len() > 1 && rest.starts_with('/') => Ok(Self::Sqlite(rest[1..].into())),
            _ => Err(InvalidLocation::Unclear),
        }
    }
}

#[cfg(feature = "postgres")]
fn server(rest: &str) -> Result<Location, InvalidLocation> {
    Ok(Location::Postgres(Box::new(format!("postgresql://{rest}").parse()?)))
}

#[cfg(not(feature = "postgres"))]
fn server(_: &str) -> Result<Location, InvalidLocation> {
    Err(InvalidLocation::NoPostgres)
}

/// Whether a text begins as only paths do.
fn is_plainly_a_path(text: &str) -> bool {
    let is_absolute = Path::new(text).is_absolute() && !text.starts_with("//");
    is_absolute || text.starts_with("./") || text.starts_with("../")
}

/// Whether a text is a path and cannot be a misspelt URL or libpq's `host=.. password=..`, which would become a file
/// with the password in its name.
fn is_a_path(text: &str) -> bool {
    let may_be_else = text.is_empty() || text != text.trim() || text.contains([':', '=', '@', '?']);
    is_plainly_a_path(text) || !(may_be_else || text.starts_with("//"))
}

impl Location {
    /// The same place, with where the passwords of servers come from.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_passwords(self, passwords: &Passwords) -> Self {
        match self {
            Self::Postgres(server) => Self::Postgres(Box::new(server.with_passwords(passwords.clone()))),
            file => file,
        }
    }
}

/// A file's path, or a server's user, host and database; with control characters escaped.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.write_str(&shown::line(&path.display().to_string())),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.fmt(f),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_name_databases() {
        let check = |text: &str, expected: &str| {
            let location: Location = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(location.to_string(), expected, "{text}");
        };
        check("a/b c.db", "a/b c.db");
        check("sqlite:///a/b.db", "a/b.db");
        check("sqlite:////a/b.db", "/a/b.db");
        check("./a=b@c:d?.db", "./a=b@c:d?.db");
        #[cfg(unix)]
        check("/a/p://b:c@d\n.db", "/a/p://b:c@d\\n.db");
        #[cfg(feature = "postgres")]
        for scheme in ["postgresql", "postgres", "postgresql+psycopg2"] {
            check(&format!("{scheme}://u@h/d?sslmode=disable"), "postgresql://u@h/d");
        }
    }

    #[test]
    fn anything_that_may_hold_a_password_is_refused_without_showing_it() {
        for text in [
            "mysql://me:secret@h/d",
            "POSTGRESQL://me:secret@h/d",
            " postgresql://me:secret@h/d",
            "\"postgresql://me:secret@h/d\"",
            "//me:secret@h/d",
            "postgresql:/me:secret@h/d",
            "me:secret@h/d",
            "host=h password=secret",
            "password = secret",
            "postgresql://me:secret@h/d",
            "postgresql+psycopg2://me:se?cret@h/d",
            "postgresql://me:secret",
            "postgresql://me@h/d?password=secret",
            "",
            "sqlite://",
            "sqlite:///",
        ] {
            let error = text.parse::<Location>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret") && !shown.contains("cret@"), "{shown}");
        }
    }
}
