//! A server and how to reach it.

use crate::error::InvalidUrl;
use crate::parameters;
use crate::security::Security;
use postgres::Config;
use std::str::FromStr;

/// A server and how to reach it, parsed from a URL: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE`.
///
/// Its `Debug` form shows no password.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) security: Security,
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
}

impl FromStr for Server {
    type Err = InvalidUrl;

    fn from_str(url: &str) -> Result<Self, InvalidUrl> {
        if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
            return Err(InvalidUrl::Form);
        }
        let (rest, parameters) = parameters::take(url)?;
        // The driver's own message is left out: it may quote a part of the password.
        let mut config: Config = rest.parse().map_err(|_| InvalidUrl::Form)?;
        if config.get_hosts().is_empty() {
            // An address has no name to check, but a certificate may name the address.
            for address in config.get_hostaddrs().to_vec() {
                config.host(&address.to_string());
            }
        }
        Ok(Self { config, security: Security::of(parameters)? })
    }
}
