//! The location of a study database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The location of a study database: a file, or a PostgreSQL server.
///
/// Displayed without the password, so that it is safe in messages and logs.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`.
    Postgres(String),
}

/// A URL that is not one of a supported study database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unsupported study database {scheme:?}; give a path, \"sqlite:///PATH\" or \
     \"postgresql://USER:PASSWORD@HOST/DATABASE\""
)]
pub struct InvalidLocation {
    scheme: String,
}

impl FromStr for Location {
    type Err = InvalidLocation;

    /// Parses a path or a URL. As in Optuna, the scheme may name a driver (`postgresql+psycopg2://`), which is ignored.
    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Location::Sqlite(text.into()));
        };
        match scheme.split('+').next().unwrap_or_default() {
            "postgresql" | "postgres" => Ok(Location::Postgres(format!("postgresql://{rest}"))),
            // Three slashes lead to a relative path, four to an absolute one.
            "sqlite" if rest.len() > 1 && rest.starts_with('/') => Ok(Location::Sqlite(rest[1..].into())),
            _ => Err(InvalidLocation { scheme: scheme.to_owned() }),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Sqlite(path) => write!(f, "{}", path.display()),
            Location::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// The URL without its password, whether before the host or among the parameters.
fn without_password(url: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(left, right)| (left, Some(right)));
    let mut shown = match address.rsplit_once('@') {
        // The last @, since a password may contain one.
        Some((user, host)) => {
            let start = user.find("://").map_or(0, |place| place + 3);
            let end = user[start..].find(':').map_or(user.len(), |place| start + place);
            format!("{}@{host}", &user[..end])
        }
        None => address.to_owned(),
    };
    let harmless = |parameter: &&str| !parameter.starts_with("password=");
    let parameters: Vec<&str> =
        parameters.into_iter().flat_map(|text| text.split('&')).filter(harmless).collect();
    if !parameters.is_empty() {
        shown = format!("{shown}?{}", parameters.join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_name_databases() {
        let check = |text: &str, expected: Location| assert_eq!(text.parse(), Ok(expected), "{text}");
        check("a/b.db", Location::Sqlite("a/b.db".into()));
        check("sqlite:///a/b.db", Location::Sqlite("a/b.db".into()));
        check("sqlite:////a/b.db", Location::Sqlite("/a/b.db".into()));
        let postgres = Location::Postgres("postgresql://u@h/d".into());
        for scheme in ["postgresql", "postgres", "postgresql+psycopg2"] {
            check(&format!("{scheme}://u@h/d"), postgres.clone());
        }
        for bad in ["mysql://u@h/d", "sqlite://", "sqlite:///"] {
            assert!(bad.parse::<Location>().is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let check = |url: &str, expected: &str| {
            let location = Location::Postgres(url.to_owned());
            assert_eq!(location.to_string(), expected);
            assert_eq!(format!("{location:?}"), format!("Location({expected})"));
        };
        check("postgresql://u:p:q@h:1/d?sslmode=disable", "postgresql://u@h:1/d?sslmode=disable");
        check("postgresql://u:p@a@h/d?password=p&connect_timeout=3", "postgresql://u@h/d?connect_timeout=3");
        check("postgresql://h/d?password=p", "postgresql://h/d");
        check("postgresql://u@h/d", "postgresql://u@h/d");
    }
}
