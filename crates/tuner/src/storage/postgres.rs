//! PostgreSQL: a server that processes on several machines can share.

use super::database::{Cell, Database, Dialect, Failure, Value};
use bytes::{BufMut as _, BytesMut};
use chrono::{DateTime, NaiveDate};
use postgres::Client;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres_tls::{InvalidUrl, Server};
use std::fmt;

static DIALECT: Dialect = Dialect {
    schema: include_str!("schema/postgres.sql"),
    has_table: "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = ?1",
    // An arbitrary number that no other program is likely to use.
    lock_schema: Some("SELECT pg_advisory_xact_lock(4850715846917)"),
    // Optuna locks the same row when it creates a trial. So trial ids are also committed in order: `read` relies on it
    // when it asks only for rows after the last one known.
    lock_study: Some("SELECT 1 FROM studies WHERE study_id = ?1 FOR UPDATE"),
    // CURRENT_TIMESTAMP, which writes the heartbeats, is stored in the session's time zone: compare with local time.
    expired: "heartbeat < LOCALTIMESTAMP - make_interval(secs => ?2)",
};

/// A connection to a PostgreSQL database.
pub(super) struct Postgres {
    client: Client,
}

impl Postgres {
    /// Connects to `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, encrypted as its parameters say.
    pub(super) fn connect(url: &str) -> Result<Self, Failure> {
        let server: Server = url.parse().map_err(|error: InvalidUrl| format!("its URL {error}"))?;
        Ok(Self { client: server.connect()? })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

impl Database for Postgres {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn begin(&mut self) -> Result<(), Failure> {
        Ok(self.client.batch_execute("BEGIN")?)
    }

    fn commit(&mut self) -> Result<(), Failure> {
        Ok(self.client.batch_execute("COMMIT")?)
    }

    fn rollback(&mut self) {
        let _ = self.client.batch_execute("ROLLBACK");
    }

    fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        Ok(self.client.batch_execute(sql)?)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        Ok(self.client.execute(&numbered(sql), &borrowed(values))?)
    }

    fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Vec<Cell>>, Failure> {
        let rows = self.client.query(&numbered(sql), &borrowed(values))?;
        let cells = |row: &postgres::Row| (0..row.len()).map(|column| Ok(row.try_get(column)?)).collect();
        rows.iter().map(cells).collect()
    }
}

/// The statement with PostgreSQL's placeholders, `$1`. No statement contains a question mark for anything else.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn borrowed<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match *self {
            Value::Null => return Ok(IsNull::Yes),
            Value::Integer(value) if *ty == Type::INT4 => out.put_i32(i32::try_from(value)?),
            Value::Integer(value) if *ty == Type::FLOAT8 => out.put_f64(value as f64),
            Value::Integer(value) => out.put_i64(value),
            Value::Real(value) => out.put_f64(value),
            // Names, texts and enumeration labels all have the same binary format: their characters.
            Value::Text(text) => out.put_slice(text.as_bytes()),
            Value::Time(time) => out.put_i64((time - epoch()).num_microseconds().unwrap_or_default()),
        }
        Ok(IsNull::No)
    }

    /// Enumerations have types of their own, known only to the server.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The origin of PostgreSQL's timestamps, which count microseconds.
fn epoch() -> DateTime<chrono::Utc> {
    NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN).and_utc()
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(match *ty {
            Type::INT4 => Cell::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Cell::Integer(i64::from_sql(ty, raw)?),
            Type::FLOAT8 => Cell::Real(f64::from_sql(ty, raw)?),
            Type::BOOL => Cell::Integer(bool::from_sql(ty, raw)?.into()),
            _ => Cell::Text(std::str::from_utf8(raw)?.to_owned()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
