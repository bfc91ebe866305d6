//! Where passwords come from: never from a URL.

use crate::error::ConnectError;
use postgres::Config;
use postgres::config::Host;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The password that libpq would use: `PGPASSWORD`, or else the first line of a password file that suits the server.
///
/// The default knows none. Its `Debug` form shows no password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    given: Option<String>,
    file: Option<File>,
}

/// A password file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    path: PathBuf,
    /// Whether somebody named it, so that it must exist.
    named: bool,
}

impl Passwords {
    /// This password for every server.
    pub fn given(password: impl Into<String>) -> Self {
        Self { given: Some(password.into()), file: None }
    }

    /// The first suitable line of this file, which must exist when a connection is made.
    pub fn in_file(path: impl Into<PathBuf>) -> Self {
        Self { given: None, file: Some(File { path: path.into(), named: true }) }
    }

    /// As libpq does, from the variables `PGPASSWORD`, `PGPASSFILE` and `HOME` (`APPDATA` on Windows), which `variable`
    /// looks up. Empty ones count as not set, and a password that is not Unicode as none.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let by_default = || match cfg!(windows) {
            true => set("APPDATA").map(|home| Path::new(&home).join("postgresql").join("pgpass.conf")),
            false => set("HOME").map(|home| Path::new(&home).join(".pgpass")),
        };
        let named = set("PGPASSFILE").map(|path| File { path: path.into(), named: true });
        let file = named.or_else(|| by_default().map(|path| File { path, named: false }));
        Self { given: set("PGPASSWORD").and_then(|password| password.into_string().ok()), file }
    }

    /// The password for a server, if there is one.
    ///
    /// # Errors
    ///
    /// [`ConnectError::File`] when the password file cannot be read, or others may read it.
    pub(crate) fn of(&self, config: &Config) -> Result<Option<String>, ConnectError> {
        if self.given.is_some() {
            return Ok(self.given.clone());
        }
        let Some(file) = &self.file else { return Ok(None) };
        let failed = |reason: String| ConnectError::File {
            parameter: "the password file",
            path: file.path.clone(),
            reason,
        };
        if !file.named && !file.path.is_file() {
            return Ok(None);
        }
        if may_be_read_by_others(&file.path) {
            return Err(failed("others may read it, expected the owner alone: chmod 600".to_owned()));
        }
        let text = std::fs::read_to_string(&file.path).map_err(|error| failed(error.to_string()))?;
        Ok(text.lines().find_map(|line| suitable(line, config)))
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.given.as_ref().map(|_| "..");
        f.debug_struct("Passwords").field("given", &given).field("file", &self.file).finish()
    }
}

#[cfg(unix)]
fn may_be_read_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o077 != 0)
}

/// Elsewhere, as with libpq, the place of the file protects it.
#[cfg(not(unix))]
fn may_be_read_by_others(_: &Path) -> bool {
    false
}

/// The password of a line `HOST:PORT:DATABASE:USER:PASSWORD`, if the first four fields suit the server.
fn suitable(line: &str, config: &Config) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let [host, port, database, user, password] = <[String; 5]>::try_from(fields(line)).ok()?;
    let is = |field: &str, value: &str| field == "*" || field == value;
    let own_user = config.get_user().unwrap_or_default();
    let own_database = config.get_dbname().unwrap_or(own_user);
    let ports = config.get_ports();
    // Several hosts may share one port.
    let port_of = |place: usize| ports.get(place).or(ports.first()).copied().unwrap_or(5432).to_string();
    let named = config.get_hosts().iter().enumerate().any(|(place, own)| {
        let own = match own {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        };
        let is_socket = own.starts_with('/') && host == "localhost";
        (is(&host, &own) || is_socket) && is(&port, &port_of(place))
    });
    (named && is(&database, own_database) && is(&user, own_user)).then_some(password)
}

/// The fields of a line; `\:` is a colon, `\\` a backslash. The fifth takes the rest of the line.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let last = fields.len() - 1;
        match c {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields[last].extend(chars.next()),
            c => fields[last].push(c),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        url.parse().unwrap()
    }

    #[test]
    fn lines_suit_servers_as_with_libpq() {
        let check = |line: &str, url: &str, expected: Option<&str>| {
            assert_eq!(suitable(line, &config(url)).as_deref(), expected, "{line} {url}");
        };
        let url = "postgresql://me@db.example:5433/bars";
        check("db.example:5433:bars:me:secret", url, Some("secret"));
        check("*:*:*:*:a:b\\:c\\\\", url, Some("a:b:c\\"));
        check("db.example:5432:bars:me:secret", url, None);
        check("db.example:*:other:me:secret", url, None);
        check("db.example:*:bars:you:secret", url, None);
        check("#b.example:*:*:*:secret", url, None);
        check("db.example:5433:bars:me", url, None);
        check("h:5432:me:me:secret", "postgresql://me@h", Some("secret"));
        check("localhost:*:*:*:secret", "postgresql://me@%2Frun/bars", Some("secret"));
    }

    #[test]
    fn the_environment_is_read_as_libpq_does() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().as_os_str().to_owned();
        let of = |set: &[(&str, &str)]| {
            Passwords::of_environment(|name| match set.iter().find(|(own, _)| *own == name) {
                Some((_, value)) => Some(OsString::from(*value)),
                None => ["HOME", "APPDATA"].contains(&name).then(|| home.clone()),
            })
        };
        let server = config("postgresql://me@h/d");
        assert_eq!(of(&[("PGPASSWORD", "one")]).of(&server), Ok(Some("one".to_owned())));
        assert_eq!(of(&[("PGPASSWORD", "")]).of(&server), Ok(None), "no file in the home directory");
        let gone = of(&[("PGPASSFILE", "gone")]).of(&server).unwrap_err().to_string();
        assert!(gone.starts_with("the password file gone: "), "{gone}");
        assert!(!format!("{:?}", of(&[("PGPASSWORD", "secret")])).contains("secret"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pgpass");
        std::fs::write(&path, "*:*:*:*:secret\n").unwrap();
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let server = config("postgresql://me@h/d");
        set(0o644);
        let refused = Passwords::in_file(&path).of(&server).unwrap_err().to_string();
        assert!(refused.contains("chmod 600") && !refused.contains("secret"), "{refused}");
        set(0o600);
        assert_eq!(Passwords::in_file(&path).of(&server), Ok(Some("secret".to_owned())));
    }
}
