//! Queries to PostgreSQL.

use super::address::Address;
use super::table::Table;
use crate::sources::SourceError;
use ::postgres::{Error, SimpleQueryMessage};
use postgres_tls::{ConnectError, Passwords, Server, said};
use std::time::Duration;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(30);

/// What makes the server write the same text for the same value, whatever its settings, and change nothing.
const SESSION: &str = "SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; \
                       SET extra_float_digits = 1; SET bytea_output = 'hex'; BEGIN READ ONLY";

/// Runs a query, encrypted as the URL says, in a transaction that can only read.
pub(super) fn query(
    address: &Address,
    server: &Server,
    passwords: &Passwords,
    query: &str,
) -> Result<Table, SourceError> {
    let mut server = server.clone().with_passwords(passwords.clone());
    let config = server.config_mut();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECTING);
    }
    let mut client = server.connect().map_err(|error| unconnected(address, error))?;
    let wrong = |error: Error| address.refuse(said(&error), "correct data.source.query");
    client.batch_execute(SESSION).map_err(wrong)?;
    // Only a single statement can be prepared: none can follow that ends the transaction and writes.
    let statement = client.prepare(query).map_err(wrong)?;
    let mut table = Table::with(statement.columns().iter().map(|column| column.name().to_owned()).collect());
    for message in client.simple_query(query).map_err(wrong)? {
        if let SimpleQueryMessage::Row(row) = message {
            table.push((0..row.len()).map(|place| row.get(place).unwrap_or_default()));
        }
    }
    Ok(table)
}

/// Why there is no connection.
fn unconnected(address: &Address, error: ConnectError) -> SourceError {
    const REMEDY: &str = "check data.source.url, that the server runs, and PGPASSWORD or the password file";
    match error {
        ConnectError::Server { reason, remedy } => address.refuse(reason, remedy.unwrap_or(REMEDY)),
        file => address.refuse(file.to_string(), "correct the file, or data.source.url"),
    }
}
