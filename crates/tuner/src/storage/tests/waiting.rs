//! Processes that hold a lock and do nothing, and servers that end a connection.

use super::servers::{self, Server};
use crate::storage::{
    Claimed, Location, Next, Outlook, Patience, StorageError, StudyDatabase, StudyIdentity, StudyRows,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const GRACE: Duration = Duration::from_secs(3600);

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn open(location: &Location, patience: Patience) -> StudyDatabase {
    let identity = StudyIdentity { name: "study".into(), metric: "mcc".into(), attributes: Vec::new() };
    StudyDatabase::open_patiently(location, &identity, patience).unwrap()
}

fn take(database: &mut StudyDatabase) -> Result<Claimed, StorageError> {
    let fresh = |rows: &StudyRows| {
        let next = Next::Take { number: rows.fresh(), waiting: None, seen: Vec::new() };
        Outlook { refused: Vec::new(), next }
    };
    database.claim("a test", GRACE, now(), fresh)
}

/// While `hold` keeps the study locked: a stop ends the wait, and so does its end; nothing is changed.
fn a_frozen_process_is_waited_for(server: &Server, hold: impl Fn() -> Box<dyn std::any::Any>, holder: &str) {
    let polls = Arc::new(AtomicU32::new(0));
    let polled = Arc::clone(&polls);
    // The user sends the signal while the wait is under way.
    let patience = Patience::until(move || polled.fetch_add(1, Ordering::Relaxed) >= 3);
    let mut stopped = open(&server.location, patience);
    let mut impatient = open(&server.location, Patience::default().at_most(Duration::from_secs(2)));
    let held = hold();
    let error = take(&mut stopped).unwrap_err();
    assert!(matches!(error, StorageError::Stopped { .. }), "{error:?}");
    let place = server.location.to_string();
    for part in [place.as_str(), "is locked by", holder, "nothing was changed"] {
        assert!(error.to_string().contains(part), "{error} lacks {part:?}");
    }
    let error = take(&mut impatient).unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error:?}");
    drop(held);
    assert_eq!(impatient.refresh().unwrap().iter().count(), 0);
    assert!(matches!(take(&mut impatient), Ok(Claimed::Taken(_))));
}

#[test]
fn a_process_that_is_frozen_in_a_file_is_waited_for() {
    let server = servers::sqlite();
    let hold = || -> Box<dyn std::any::Any> {
        let Location::Sqlite(path) = &server.location else { unreachable!("it is a file") };
        let holder = rusqlite::Connection::open(path).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        Box::new(holder)
    };
    a_frozen_process_is_waited_for(&server, hold, "another process, which may be suspended");
}

#[cfg(feature = "postgres")]
mod on_servers {
    use super::*;
    use crate::storage::FinishedTrial;
    use ::postgres::{Client, NoTls};
    use artifact_core::Digest;
    use artifact_core::schema::TrialState;

    fn client(server: &Server) -> Client {
        Client::connect(&server.url, NoTls).unwrap()
    }

    #[test]
    fn a_process_that_is_frozen_on_a_server_is_waited_for() {
        let Some(server) = servers::postgres("frozen") else { return };
        let hold = || -> Box<dyn std::any::Any> {
            let url = format!("{}?application_name=frozen%1b", server.url);
            let mut holder = Client::connect(&url, NoTls).unwrap();
            holder.batch_execute("BEGIN; SELECT 1 FROM studies FOR UPDATE").unwrap();
            Box::new(holder)
        };
        a_frozen_process_is_waited_for(&server, hold, "frozen");
        // The server itself ends a transaction of ours that does nothing.
        let mut database = open(&server.location, Patience::default());
        let limit = database.query_for_tests("SHOW idle_in_transaction_session_timeout", &[]);
        assert_eq!(limit[0][0].text(), Some("30s"));
    }

    /// Ends all other connections to a database, as a restart does.
    fn disconnect(server: &Server) {
        let ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(!client(server).query(ends, &[]).unwrap().is_empty());
    }

    #[test]
    fn a_lost_connection_is_made_again() {
        let Some(server) = servers::postgres("lost") else { return };
        let mut database = open(&server.location, Patience::default());
        disconnect(&server);
        let Ok(Claimed::Taken(attempt)) = take(&mut database) else { panic!("it is taken") };
        disconnect(&server);
        database.report(attempt.row, 1, 0.5).unwrap();
        disconnect(&server);
        assert_eq!(database.details(attempt.row).unwrap().newest, Some((1, 0.5)));
        let trial = FinishedTrial {
            state: TrialState::Complete,
            objective: Some(0.5),
            by_epoch: Vec::new(),
            params: Vec::new(),
            artifact: Digest::of(b"a trial"),
            attributes: Vec::new(),
        };
        // Within the transaction, too.
        let mut calls = 0;
        let best = || {
            calls += 1;
            if calls == 1 {
                disconnect(&server);
            }
            Ok::<(), StorageError>(())
        };
        database.finish(&attempt, &trial, now(), best).unwrap();
        assert_eq!(calls, 2);
        disconnect(&server);
        assert_eq!(database.refresh().unwrap().best(), Some((0, 0.5)));
        assert_eq!(database.rows().iter().count(), 1);
    }

    #[test]
    fn a_server_that_stays_away_is_named() {
        let Some(server) = servers::postgres("away") else { return };
        let mut database = open(&server.location, Patience::default().at_most(Duration::from_millis(300)));
        let (at, name) = server.url.rsplit_once('/').unwrap();
        let mut other = Client::connect(&format!("{at}/postgres"), NoTls).unwrap();
        other.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
        let error = take(&mut database).unwrap_err();
        assert!(error.to_string().contains(&server.location.to_string()), "{error}");
    }

    #[test]
    fn the_right_to_read_is_enough_to_read() {
        let Some(server) = servers::postgres("readers") else { return };
        let mut database = open(&server.location, Patience::default());
        let Ok(Claimed::Taken(attempt)) = take(&mut database) else { panic!("it is taken") };
        let grant = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_tls";
        client(&server).batch_execute(grant).unwrap();
        let reader: Location = server.url.replace("holdfast@", "only_tls@").parse().unwrap();
        let mut read = StudyDatabase::open_existing(&reader, "study").unwrap();
        assert_eq!(read.rows().iter().count(), 1);
        assert!(read.details(attempt.row).is_ok());
        assert!(take(&mut read).is_err(), "it cannot write");
        client(&server).batch_execute("DROP OWNED BY only_tls").unwrap();
    }
}
