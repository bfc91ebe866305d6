//! Optuna's tables: created if missing, refused if they have another revision.

use super::database::{Database, Failure, Value};

/// The revision of Optuna's schema that this module reads and writes.
pub(super) const REVISION: &str = "v3.2.0.a";

/// Which tables a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// No study tables at all.
    Nothing,
    /// The tables of [`REVISION`].
    Supported,
    /// The tables of another revision; `None` when the database does not name one.
    Other(Option<String>),
}

/// Inspects a database without changing it.
pub(super) fn look(database: &mut dyn Database) -> Result<Found, Failure> {
    if !has_table(database, "studies")? {
        return Ok(Found::Nothing);
    }
    if !has_table(database, "alembic_version")? {
        return Ok(Found::Other(None));
    }
    let rows = database.query("SELECT version_num FROM alembic_version", &[])?;
    let revision = rows.first().and_then(|row| row[0].text());
    Ok(match revision {
        Some(REVISION) => Found::Supported,
        other => Found::Other(other.map(str::to_owned)),
    })
}

/// Creates the tables, unless they exist. Call it in a transaction: another process may be doing the same.
pub(super) fn create(database: &mut dyn Database) -> Result<(), Failure> {
    let dialect = database.dialect();
    if let Some(lock) = dialect.lock_schema {
        database.query(lock, &[])?;
    }
    // Look again under the lock: another process may have created them since.
    if look(database)? == Found::Nothing {
        database.batch(dialect.schema)?;
    }
    Ok(())
}

fn has_table(database: &mut dyn Database, name: &str) -> Result<bool, Failure> {
    let rows = database.query(database.dialect().has_table, &[Value::Text(name)])?;
    Ok(rows.first().and_then(|row| row[0].integer()).is_some_and(|count| count > 0))
}
