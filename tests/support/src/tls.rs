//! The certificates of the server that `tests/with-postgres` starts.
//!
//! They are valid from 2020 to 2120, and the keys of their authorities no longer exist. The server's certificate names
//! `localhost` and 127.0.0.1. Beside `holdfast`, whom it always admits, the server has these roles:
//!
//! | role | admitted |
//! |---|---|
//! | `only_tls` | with encryption |
//! | `only_plain` | without encryption |
//! | `with_password` | with encryption and the password `open sesame` (SCRAM) |
//! | `certified` | with the client's certificate, `client.pem` |

use std::path::PathBuf;

/// A file in `tests/support/tls`: `authority.pem` certified `server.pem` and `client.pem`, and `other-authority.pem`
/// nothing; `client-key.pem` belongs to `client.pem`.
pub fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tls", name].iter().collect()
}

/// The URL of the database `postgres` for another role, host and query than those of the server's URL. The address stays
/// 127.0.0.1, whatever the host.
pub fn url(server: &str, role: &str, host: &str, query: &str) -> String {
    let port = server.rsplit(':').next().unwrap_or_default();
    format!("postgresql://{role}@{host}:{port}/postgres?hostaddr=127.0.0.1&{query}")
}
