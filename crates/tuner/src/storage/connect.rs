//! Connects to a database, and finds or creates a study in it.

use super::database::{Database, Failure, Value};
use super::obstacle::Obstacle;
use super::patience::{Cause, Wait};
use super::schema::{self, Found};
use super::sqlite::{self, Access, Sqlite};
use super::{Location, Patience, StorageError, StudyIdentity};
use serde_json::Value as Json;
use std::path::Path;
use std::time::Duration;

/// Connects. Refuses tables of another revision before changing anything. A file that need not be created is only read
/// where it may not be written.
pub(super) fn connect(location: &Location, create: bool) -> Result<Box<dyn Database>, StorageError> {
    let failed = |source| StorageError::of(location, source);
    let refuse = |found| match found {
        Found::Other(found) => Err(StorageError::Revision { location: location.clone(), found }),
        _ => Ok(()),
    };
    match location {
        Location::Sqlite(path) => {
            let (mut database, found) = if create {
                look(Sqlite::open(path, Access::Write, sqlite::ATTEMPT)).map_err(failed)?
            } else {
                open_existing(path, sqlite::ATTEMPT).map_err(failed)?
            };
            refuse(found)?;
            if create {
                database.use_write_ahead_log().map_err(failed)?;
            }
            Ok(Box::new(database))
        }
        #[cfg(feature = "postgres")]
        Location::Postgres(server) => {
            let mut database = super::postgres::Postgres::connect(server).map_err(failed)?;
            refuse(schema::look(&mut database).map_err(failed)?)?;
            Ok(Box::new(database))
        }
    }
}

fn look(opened: Result<Sqlite, Failure>) -> Result<(Sqlite, Found), Failure> {
    let mut database = opened?;
    let found = schema::look(&mut database)?;
    Ok((database, found))
}

/// Opens a file to read it, and looks at its tables. SQLite reads a write-ahead log with the help of files beside it:
/// where these may not be made, it fails, although the database itself can be read.
pub(super) fn open_existing(path: &Path, attempt: Duration) -> Result<(Sqlite, Found), Failure> {
    let opened = look(Sqlite::open(path, Access::Read, attempt));
    match opened {
        Err(failure) if Obstacle::of(&failure) == Some(Obstacle::MayNotWrite) => {
            match Sqlite::open_at_rest(path)? {
                Some(database) => look(Ok(database)),
                None => Err(failure),
            }
        }
        opened => opened,
    }
}

/// Repeats `attempt` while another process has the database locked.
pub(super) fn despite_locks<T>(
    location: &Location,
    patience: &Patience,
    mut attempt: impl FnMut() -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let mut wait = Wait::new(location, patience);
    loop {
        match attempt() {
            Err(StorageError::Locked { source, .. }) => {
                wait.pause(sqlite::ATTEMPT, Cause::Lock(None), source)?;
            }
            ended => return ended,
        }
    }
}

/// Runs `body` in a transaction, which is rolled back if it fails.
pub(super) fn transaction<T>(
    database: &mut dyn Database,
    body: impl FnOnce(&mut dyn Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    database.begin()?;
    let done = body(database).and_then(|value| database.commit().map(|()| value));
    if done.is_err() {
        database.rollback();
    }
    done
}

/// The key of the study with this name.
pub(super) fn find(database: &mut dyn Database, name: &str) -> Result<Option<i64>, Failure> {
    let rows = database.query("SELECT study_id FROM studies WHERE study_name = ?1", &[Value::Text(name)])?;
    Ok(rows.first().and_then(|cells| cells[0].integer()))
}

/// Finds a study by name, or creates it. Call it in a transaction, so that two processes do not both create it.
pub(super) fn find_or_create(database: &mut dyn Database, identity: &StudyIdentity) -> Result<i64, Failure> {
    if let Some(study) = find(database, &identity.name)? {
        return Ok(study);
    }
    let rows = database.query(
        "INSERT INTO studies (study_name) VALUES (?1) RETURNING study_id",
        &[Value::Text(&identity.name)],
    )?;
    let study = rows.first().and_then(|cells| cells[0].integer());
    let study = study.ok_or("inserting the study returned no key")?;
    database.execute(
        "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MAXIMIZE', ?1, 0)",
        &[Value::Integer(study)],
    )?;
    let metrics = Json::from(vec![identity.metric.as_str()]);
    database.execute(
        "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?1, 'study:metric_names', ?2)",
        &[Value::Integer(study), Value::Text(&metrics.to_string())],
    )?;
    for (key, value) in &identity.attributes {
        database.execute(
            "INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?1, ?2, ?3)",
            &[Value::Integer(study), Value::Text(key), Value::Text(&value.to_string())],
        )?;
    }
    Ok(study)
}
