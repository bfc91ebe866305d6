//! Connecting.

use crate::error::{ConnectError, said};
use crate::mode::Mode;
use crate::server::Server;
use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Config, Error, NoTls};
use rustls::CertificateError;
use std::error::Error as _;
use std::io;

impl Server {
    /// Connects.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], without the password.
    pub fn connect(&self) -> Result<Client, ConnectError> {
        let mode = self.mode();
        let mut config = self.ready()?;
        if mode == Mode::Disable {
            return plain(config).map_err(|error| refused(&error, mode));
        }
        let connector = self.security.connector()?;
        config.ssl_mode(if mode == Mode::Prefer { SslMode::Prefer } else { SslMode::Require });
        let error = match config.connect(connector) {
            Ok(client) => return Ok(client),
            Err(error) => error,
        };
        let refusal = refused(&error, mode);
        let (Mode::Prefer, true) = (mode, may_work_without(&error)) else { return Err(refusal) };
        plain(config).map_err(|second| both(refusal, &said(&second)))
    }

    /// The mode in use: sockets are never encrypted, whatever the URL says.
    fn mode(&self) -> Mode {
        let is_socket = |host: &Host| !matches!(host, Host::Tcp(_));
        let hosts = self.config.get_hosts();
        let sockets = !hosts.is_empty() && hosts.iter().all(is_socket);
        if sockets { Mode::Disable } else { self.security.mode }
    }
}

fn plain(mut config: Config) -> Result<Client, Error> {
    config.ssl_mode(SslMode::Disable);
    config.connect(NoTls)
}

/// Whether the encryption may be what failed: a handshake, or an entry of `pg_hba.conf`.
fn may_work_without(error: &Error) -> bool {
    handshake(error).is_some() || error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// What failed in the handshake.
fn handshake(error: &Error) -> Option<&rustls::Error> {
    error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

/// Both failures of a connection that was tried twice.
fn both(first: ConnectError, second: &str) -> ConnectError {
    match first {
        ConnectError::Server { reason, .. } if reason != second => {
            ConnectError::Server { reason: format!("{reason}; without encryption: {second}"), remedy: None }
        }
        first => first,
    }
}

fn refused(error: &Error, mode: Mode) -> ConnectError {
    ConnectError::Server { reason: said(error), remedy: remedy(error, mode) }
}

fn remedy(error: &Error, mode: Mode) -> Option<&'static str> {
    if mode == Mode::Disable && error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
        return Some(
            "if the server admits encrypted connections only, set sslmode=require or more in the URL",
        );
    }
    match handshake(error) {
        Some(rustls::Error::InvalidCertificate(fault)) => Some(certificate(fault)),
        Some(_) => Some("the server must speak TLS 1.2 or 1.3"),
        None if error.source().is_some_and(|source| source.to_string().contains("does not support TLS")) => {
            Some("turn `ssl` on at the server, or connect without encryption by sslmode=disable in the URL")
        }
        None => None,
    }
}

/// What to do about a certificate.
fn certificate(fault: &CertificateError) -> &'static str {
    match fault {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "set sslrootcert in the URL to the file of the authority that certified the server; if it is already, \
             another server may be posing as this one"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "write a host that the certificate names; sslmode=verify-ca accepts any server of the authority"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "renew the server's certificate, or set this machine's clock"
        }
        _ => {
            "give the server a certificate of version 3 that an authority in sslrootcert certified and that is not one \
             of an authority itself"
        }
    }
}
