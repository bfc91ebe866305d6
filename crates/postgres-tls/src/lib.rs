//! Connections to PostgreSQL, encrypted as the parameters of libpq's URLs say.
//!
//! The driver knows three of libpq's six modes and no files of certificates. [`Server`] takes these parameters out of a URL,
//! leaves the others to the driver, and connects with rustls:
//!
//! | parameter | value |
//! |---|---|
//! | `sslmode` | a [`Mode`]; `prefer` by default |
//! | `sslrootcert` | a PEM file with the authorities to trust, or `system`: those that Mozilla trusts |
//! | `sslcert`, `sslkey` | PEM files with the client's own certificate and its key, which is not encrypted |
//!
//! A URL holds no password; [`Passwords`] come from the environment or a password file, as with libpq.
//!
//! As with libpq, a file in `sslrootcert` makes `require` check like `verify-ca`, and `system` makes `verify-full` the default
//! and the only mode. Without `sslrootcert`, `verify-full` trusts the authorities that Mozilla trusts; libpq looks for a file
//! in the home directory. `prefer` falls back to a plain connection if the handshake fails or the server admits the user
//! without encryption only. Sockets of Unix are never encrypted.
//!
//! ```
//! use postgres_tls::Server;
//!
//! let server: Server = "postgresql://me@db.example/bars?sslmode=verify-full&sslrootcert=authority.pem".parse()?;
//! assert_eq!(server.config().get_dbname(), Some("bars"));
//! # Ok::<(), postgres_tls::InvalidUrl>(())
//! ```

mod connect;
mod error;
mod mode;
mod parameters;
mod passwords;
mod secrets;
mod security;
mod server;
mod verifier;

#[cfg(test)]
mod tests;

pub use error::{ConnectError, InvalidUrl, said};
pub use mode::Mode;
pub use passwords::Passwords;
pub use server::Server;
