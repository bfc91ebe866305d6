//! A server and how to reach it.

use crate::error::{ConnectError, InvalidUrl};
use crate::passwords::Passwords;
use crate::security::Security;
use crate::{parameters, secrets};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use postgres::Config;
use postgres::config::Host;
use std::fmt;
use std::str::FromStr;

/// What need not be escaped in the parts of a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A server and how to reach it, parsed from a URL: `postgresql://USER@HOST:PORT/DATABASE?PARAMETER=VALUE`.
///
/// A URL with a password is refused: see [`Passwords`]. Displayed as user, hosts, ports and database alone; the `Debug`
/// form shows no password either.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) security: Security,
    passwords: Passwords,
}

impl Server {
    /// What the driver knows of the server.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same, to be changed. What it says of encryption is not used.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// The same server, with where its password comes from. None by default.
    #[must_use]
    pub fn with_passwords(mut self, passwords: Passwords) -> Self {
        self.passwords = passwords;
        self
    }

    /// What the driver needs for a connection: read each time, since a password file may change meanwhile.
    pub(crate) fn ready(&self) -> Result<Config, ConnectError> {
        let mut config = self.config.clone();
        if let Some(password) = self.passwords.of(&config)? {
            config.password(password);
        }
        Ok(config)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
        f.write_str("postgresql://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{}@", escaped(user))?;
        }
        let ports = self.config.get_ports();
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let host = match host {
                Host::Tcp(name) if name.parse::<std::net::Ipv6Addr>().is_ok() => format!("[{name}]"),
                Host::Tcp(name) => escaped(name),
                #[cfg(unix)]
                Host::Unix(folder) => escaped(&folder.to_string_lossy()),
            };
            write!(f, "{}{host}", if place == 0 { "" } else { "," })?;
            if let Some(port) = ports.get(place).or(ports.first()).filter(|port| **port != 5432) {
                write!(f, ":{port}")?;
            }
        }
        self.config.get_dbname().map_or(Ok(()), |database| write!(f, "/{}", escaped(database)))
    }
}

impl FromStr for Server {
    type Err = InvalidUrl;

    fn from_str(url: &str) -> Result<Self, InvalidUrl> {
        let rest = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://"));
        secrets::refuse(rest.ok_or(InvalidUrl::Form)?)?;
        let (rest, parameters) = parameters::take(url)?;
        // The driver's own message is left out: it may quote a part of what was meant as a password.
        let mut config: Config = rest.parse().map_err(|_| InvalidUrl::Form)?;
        if config.get_hosts().is_empty() {
            // An address has no name to check, but a certificate may name the address.
            for address in config.get_hostaddrs().to_vec() {
                config.host(&address.to_string());
            }
        }
        Ok(Self { config, security: Security::of(parameters)?, passwords: Passwords::default() })
    }
}
