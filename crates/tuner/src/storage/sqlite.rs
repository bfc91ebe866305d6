//! SQLite: a file that several processes on one machine can share.

use super::database::{Cell, Database, Dialect, Failure, Value, timestamp};
use artifact_core::files;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for a lock before its caller looks whether to go on waiting.
pub(super) const ATTEMPT: Duration = Duration::from_millis(500);

static DIALECT: Dialect = Dialect {
    schema: include_str!("schema/sqlite.sql"),
    has_table: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
    // BEGIN IMMEDIATE already keeps all other writers out.
    lock_schema: None,
    lock_study: None,
    expired: "heartbeat < datetime('now', '-' || ?2 || ' seconds')",
};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// To read it alone.
    Read,
    /// To write it, and to make it where it is missing.
    Write,
}

/// An SQLite database.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Opens the file. Statements wait this long for the locks of other processes.
    pub(super) fn open(path: &Path, access: Access, attempt: Duration) -> Result<Self, Failure> {
        // By looking alone: closing the file would release this process's locks on it.
        files::expect_regular(path)?;
        let access = match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
        let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(attempt)?;
        // In WAL mode, only checkpoints sync to disk: if the machine crashes, the last commits may be lost, but the
        // file stays consistent. Lost trials run again with the same result.
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        Ok(Self { connection })
    }

    /// Opens a file that is whole by itself, to be read only, without a lock and without making files beside it; `None`
    /// when there are changes that a process has not moved into the file yet.
    pub(super) fn open_at_rest(path: &Path) -> Result<Option<Self>, Failure> {
        let waits = |suffix: &str| {
            let mut log = OsString::from(path);
            log.push(suffix);
            Path::new(&log).metadata().is_ok_and(|log| log.len() > 0)
        };
        if waits("-wal") || waits("-journal") {
            return Ok(None);
        }
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Only a URI can say that nobody changes the file. An absolute path follows an empty host.
        let host = if path.has_root() { "//" } else { "" };
        let uri = format!("file:{host}{}?immutable=1", escaped(path));
        Ok(Some(Self { connection: Connection::open_with_flags(uri, flags)? }))
    }

    /// Switches to a write-ahead log, so that readers and a writer do not block each other. Call it only on a file that
    /// is known to be ours: it changes the file.
    pub(super) fn use_write_ahead_log(&mut self) -> Result<(), Failure> {
        // Where shared memory is not available, SQLite keeps the old mode, which works too.
        self.connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(Into::into)
    }
}

/// A path in a URI: SQLite reads the bytes back from their numbers.
fn escaped(path: &Path) -> String {
    path.as_os_str().as_encoded_bytes().iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                text.push(char::from(*byte))
            }
            other => drop(write!(text, "%{other:02X}")),
        }
        text
    })
}

impl Database for Sqlite {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn begin(&mut self) -> Result<(), Failure> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&mut self) -> Result<(), Failure> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn rollback(&mut self) {
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn attempt(&self) -> Duration {
        ATTEMPT
    }

    fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(values))? as u64)
    }

    fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Vec<Cell>>, Failure> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            (0..columns).map(|column| Ok(cell(row.get_ref(column)?))).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Integer(value),
        ValueRef::Real(value) => Cell::Real(value),
        ValueRef::Text(text) | ValueRef::Blob(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => rusqlite::types::Null.into(),
            Value::Integer(value) => (*value).into(),
            Value::Real(value) => (*value).into(),
            Value::Text(text) => (*text).into(),
            Value::Time(time) => timestamp(*time).into(),
        })
    }
}
