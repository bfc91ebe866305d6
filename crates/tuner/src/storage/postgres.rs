//! PostgreSQL: a server that processes on several machines can share.

use super::database::{Cell, Database, Dialect, Failure, Value};
use super::obstacle::Obstacle;
use artifact_core::shown;
use bytes::{BufMut as _, BytesMut};
use chrono::{DateTime, NaiveDate};
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Error};
use postgres_tls::Server;
use std::fmt;
use std::time::Duration;

static DIALECT: Dialect = Dialect {
    schema: include_str!("schema/postgres.sql"),
    has_table: "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = ?1",
    // An arbitrary number that no other program is likely to use.
    lock_schema: Some("SELECT pg_advisory_xact_lock(4850715846917)"),
    // Optuna locks the same row when it creates a trial. So trial ids are also committed in order: `read` relies on it
    // when it asks only for rows after the last one known.
    lock_study: Some("SELECT 1 FROM studies WHERE study_id = ?1 FOR UPDATE"),
    // CURRENT_TIMESTAMP, which writes the heartbeats, is stored in the session's time zone, and compared with local time.
    // Optuna does both in the same way: heartbeats in UTC would look hours old or hours ahead to it, and its own to us,
    // wherever the server's zone is another.
    expired: "heartbeat < LOCALTIMESTAMP - make_interval(secs => ?2)",
};

/// How long a statement waits for a lock before its caller looks whether to go on waiting.
const ATTEMPT: Duration = Duration::from_secs(1);

/// What each session sets. The server ends one that does nothing in a transaction for so long, and with it its locks: its
/// process is suspended, or its machine is gone, and others wait.
const SESSION: &str = "SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '30s'";

/// How long a connection may take to be made, and when one to a machine that is gone is found dead.
const CONNECTING: Duration = Duration::from_secs(10);
const UNANSWERED: Duration = Duration::from_secs(30);
const KEEPALIVE: Duration = Duration::from_secs(10);

/// The session of this database that has had a transaction open for longest. Those of other roles are not shown to all.
const HOLDER: &str =
    "SELECT pid, application_name, coalesce(host(client_addr), 'a socket'), coalesce(state, 'in an unknown state'),
        CAST(extract(epoch FROM clock_timestamp() - xact_start) AS bigint)
    FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 1";

/// A connection to a PostgreSQL database.
pub(super) struct Postgres {
    server: Server,
    client: Client,
    lost: bool,
}

impl Postgres {
    /// Connects, encrypted as the server's parameters say.
    pub(super) fn connect(server: &Server) -> Result<Self, Failure> {
        let mut server = server.clone();
        let config = server.config_mut();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        if config.get_application_name().is_none() {
            // So that whoever waits for this process is told which one it is.
            config.application_name(&format!("holdfast process {}", std::process::id()));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(3);
        let client = session(&server)?;
        Ok(Self { server, client, lost: false })
    }

    /// What a statement returned; remembers whether the connection is lost.
    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Failure> {
        result.map_err(|error| {
            let failure = Failure::from(error);
            self.lost |= Obstacle::of(&failure) == Some(Obstacle::Away);
            failure
        })
    }
}

fn session(server: &Server) -> Result<Client, Failure> {
    let mut client = server.connect()?;
    client.batch_execute(SESSION)?;
    Ok(client)
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
        self.batch("BEGIN")
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.batch("COMMIT")
    }

    fn rollback(&mut self) {
        let _ = self.batch("ROLLBACK");
    }

    fn attempt(&self) -> Duration {
        ATTEMPT
    }

    fn holder(&mut self) -> Option<String> {
        let rows = self.query(HOLDER, &[]).ok()?;
        let [pid, name, address, state, seconds] = &rows.first()?[..] else { return None };
        let (name, address) = (shown::line(name.text()?).into_owned(), address.text()?);
        let name = if name.is_empty() { "a program without a name" } else { &name };
        let (pid, state, seconds) = (pid.integer()?, state.text()?, seconds.integer()?);
        Some(format!("{name} at {address} (session {pid}, {state}, its transaction is {seconds} s old)"))
    }

    fn is_lost(&self) -> bool {
        self.lost
    }

    fn reconnect(&mut self) -> Result<(), Failure> {
        self.client = session(&self.server)?;
        self.lost = false;
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        let done = self.client.batch_execute(sql);
        self.noted(done)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        let done = self.client.execute(&numbered(sql), &borrowed(values));
        self.noted(done)
    }

    fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Vec<Cell>>, Failure> {
        let rows = self.client.query(&numbered(sql), &borrowed(values));
        let rows = self.noted(rows)?;
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
