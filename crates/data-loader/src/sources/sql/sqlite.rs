//! Queries to SQLite.

use super::address::Address;
use super::table::Table;
use crate::sources::SourceError;
use artifact_core::{Error, files};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::borrow::Cow;
use std::path::Path;

/// Runs a query on a file, which must exist.
pub(super) fn query(address: &Address, file: &Path, query: &str) -> Result<Table, SourceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if let Err(Error::Io { source, .. }) = files::expect_regular(file) {
        return Err(address.refuse(source.to_string(), "name a database file in data.source.url"));
    }
    let opened = Connection::open_with_flags(file, flags);
    let connection = opened.map_err(|error| address.refuse(error.to_string(), "check data.source.url"))?;
    let wrong = |error: rusqlite::Error| {
        address.refuse(error.to_string(), "correct data.source.query or data.source.url")
    };
    let mut statement = connection.prepare(query).map_err(wrong)?;
    if !statement.readonly() {
        let reason = "it would change the database".to_owned();
        return Err(address.refuse(reason, "write a query that only reads"));
    }
    let mut table = Table::with(statement.column_names().map(str::to_owned).collect());
    let columns = statement.column_count();
    let mut rows = statement.query([]).map_err(wrong)?;
    while let Some(row) = rows.next().map_err(wrong)? {
        let cells: Result<Vec<Cow<'_, str>>, _> =
            (0..columns).map(|place| row.get_ref(place).map(cell)).collect();
        table.push(cells.map_err(wrong)?.iter().map(AsRef::as_ref));
    }
    Ok(table)
}

/// A value with the fewest digits that are read back as the same bits.
fn cell(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) => Cow::Owned(number.to_string()),
        ValueRef::Text(text) => String::from_utf8_lossy(text),
        ValueRef::Blob(_) => Cow::Borrowed("<blob>"),
    }
}
