//! The conformance suite, run on every kind of database.

use super::servers;
use crate::samplers::with_first;
use crate::search_space::hyperparameters_tests;
use crate::storage::database::Value;
use crate::storage::{
    Attempt, Claimed, FinishedTrial, Location, Next, Outlook, Param, Receipt, RowState, StorageError,
    StudyDatabase, StudyIdentity, StudyRows, TrialProgress, params,
};
use artifact_core::Digest;
use artifact_core::schema::TrialState;
use chrono::{DateTime, TimeDelta, Utc};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, json};
use std::time::Duration;
use test_support::wait_until;

/// Generates a test per case and kind of database.
macro_rules! conformance {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $case() { super::$case(&super::servers::sqlite().location); })*
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[test] fn $case() {
                if let Some(server) = super::servers::postgres(stringify!($case)) {
                    super::$case(&server.location);
                }
            })*
        }
    };
}

conformance!(
    a_trial_is_taken_scored_and_found_again,
    the_point_of_one_model_of_several_is_read_back,
    a_second_connection_sees_everything,
    interrupted_attempts_fail_and_run_again,
    only_attempts_without_heartbeats_are_ended,
    the_first_result_of_a_trial_stands,
    a_result_survives_the_end_of_its_attempt,
    a_late_worker_leaves_its_finished_row_alone,
    the_best_trial_is_announced_before_it_is_visible,
    enqueued_configurations_are_taken_in_order,
    refused_configurations_are_not_trials,
    results_of_other_programs_are_read,
    values_round_trip_bit_for_bit,
    studies_do_not_mix,
    racing_workers_take_every_trial_once,
    other_revisions_are_refused_and_left_alone,
    missing_studies_are_not_created,
);

const GRACE: Duration = Duration::from_secs(3600);

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_600_000_000_123_456)
}

fn open(location: &Location) -> StudyDatabase {
    open_named(location, "study")
}

fn open_named(location: &Location, name: &str) -> StudyDatabase {
    let attributes = vec![("holdfast:engine_version", 1.into())];
    let identity = StudyIdentity { name: name.to_owned(), metric: "mcc".to_owned(), attributes };
    StudyDatabase::open(location, &identity).unwrap()
}

fn taking(number: u64) -> impl Fn(&StudyRows) -> Outlook {
    move |_| Outlook { refused: Vec::new(), next: Next::Take { number, waiting: None, seen: Vec::new() } }
}

fn claim(database: &mut StudyDatabase, decide: impl Fn(&StudyRows) -> Outlook) -> Attempt {
    match database.claim("a test", GRACE, now(), decide).unwrap() {
        Claimed::Taken(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

fn finished(number: u64, objective: f64) -> FinishedTrial {
    let space = hyperparameters_tests::space();
    let point = space.point("transformer", &hyperparameters_tests::params()).unwrap();
    FinishedTrial {
        state: TrialState::Complete,
        objective: Some(objective),
        by_epoch: vec![(1, 0.1), (2, objective)],
        params: params(space.space(), &point),
        artifact: Digest::of(&number.to_le_bytes()),
        attributes: vec![("holdfast:stage", "random".into())],
    }
}

fn finish(database: &mut StudyDatabase, attempt: &Attempt, trial: &FinishedTrial) -> Receipt {
    database.finish::<StorageError>(attempt, trial, now(), || Ok(())).unwrap()
}

fn numbers(rows: &StudyRows) -> Vec<u64> {
    rows.finished().map(|(number, _)| number).collect()
}

fn states(rows: &StudyRows) -> Vec<(u64, RowState, Option<u64>)> {
    rows.iter().map(|row| (row.number, row.state, row.trial)).collect()
}

fn a_trial_is_taken_scored_and_found_again(location: &Location) {
    let mut database = open(location);
    let attempt = claim(&mut database, taking(0));
    assert_eq!(database.rows().progress(0), TrialProgress::Running(attempt.row));
    let trial = finished(0, 0.25);
    database.describe(attempt.row, &trial.params, &[("holdfast:stage", "random".into())]).unwrap();
    database.report(attempt.row, 1, 0.1).unwrap();
    assert_eq!(database.details(attempt.row).unwrap().newest, Some((1, 0.1)));
    database.beat(&[attempt.row]).unwrap();
    assert_eq!(finish(&mut database, &attempt, &trial), Receipt::Stored);

    let mut again = open(location);
    assert_eq!(numbers(again.rows()), [0]);
    assert_eq!(again.rows().progress(0), TrialProgress::Finished(trial.artifact));
    assert_eq!(again.rows().best(), Some((0, 0.25)));
    let details = again.details(attempt.row).unwrap();
    assert_eq!(details.params[0], ("learning_rate".to_owned(), json!(1e-3)));
    assert_eq!(details.params[4], ("seq_length".to_owned(), json!(60)));
    assert_eq!(details.newest, Some((2, 0.25)));
    let times = details.times.map(Option::unwrap);
    assert_eq!(times[0], "2020-09-13 12:26:40.123456");
    assert_eq!(times[1], times[0]);
    assert!(details.attributes.contains(&("holdfast:number".to_owned(), json!(0))));
}

fn the_point_of_one_model_of_several_is_read_back(location: &Location) {
    let space = hyperparameters_tests::several();
    let mut database = open(location);
    for seed in 0..6 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let point = with_first(space.space(), Some((seed % 3) as f64), &mut rng);
        let attempt = claim(&mut database, taking(seed));
        let trial = FinishedTrial { params: params(space.space(), &point), ..finished(seed, 0.5) };
        database.describe(attempt.row, &trial.params, &[]).unwrap();
        finish(&mut database, &attempt, &trial);
        let values = database.details(attempt.row).unwrap().params.into_iter().collect();
        assert_eq!(space.space().point(&values), Ok(point));
    }
}

fn a_second_connection_sees_everything(location: &Location) {
    let (mut left, mut right) = (open(location), open(location));
    let attempt = claim(&mut left, taking(0));
    assert_eq!(right.refresh().unwrap().progress(0), TrialProgress::Running(attempt.row));
    finish(&mut left, &attempt, &finished(0, 0.5));
    let second = claim(&mut right, |rows| {
        assert_eq!(numbers(rows), [0], "the decision is based on up-to-date rows");
        taking(1)(rows)
    });
    finish(&mut right, &second, &finished(1, 0.75));
    assert_eq!(numbers(left.refresh().unwrap()), [0, 1]);
    assert_eq!(left.rows().best(), Some((1, 0.75)));
}

fn interrupted_attempts_fail_and_run_again(location: &Location) {
    let mut database = open(location);
    let first = claim(&mut database, taking(0));
    database.give_up(&[first.row], "stopped", now()).unwrap();
    assert_eq!(database.rows().progress(0), TrialProgress::Vacant);
    let second = claim(&mut database, taking(0));
    database.give_up_all(now()).unwrap();
    let third = claim(&mut database, taking(0));
    finish(&mut database, &third, &finished(0, 0.5));
    let expected =
        [(0, RowState::Failed, Some(0)), (1, RowState::Failed, Some(0)), (2, RowState::Complete, Some(0))];
    assert_eq!(states(database.rows()), expected);
    let reason = |row| {
        let attributes = database.details(row).unwrap().attributes;
        attributes.into_iter().find(|(key, _)| key == "holdfast:interrupted").map(|(_, value)| value)
    };
    assert_eq!(
        [first.row, second.row, third.row].map(reason),
        [Some(json!("stopped")), Some(json!("its process ended")), None]
    );
    let history = system_attribute(&mut open(location), third.row, "retry_history");
    assert_eq!(history, Some(json!([0, 1])));
}

fn system_attribute(database: &mut StudyDatabase, row: i64, key: &str) -> Option<serde_json::Value> {
    let rows = database.query_for_tests(
        "SELECT value_json FROM trial_system_attributes WHERE trial_id = ?1 AND \"key\" = ?2",
        &[Value::Integer(row), Value::Text(key)],
    );
    rows.first().and_then(|cells| serde_json::from_str(cells[0].text()?).ok())
}

fn only_attempts_without_heartbeats_are_ended(location: &Location) {
    let mut database = open(location);
    let attempts: Vec<Attempt> = (0..2).map(|number| claim(&mut database, taking(number))).collect();
    let wait = |_: &StudyRows| Outlook { refused: Vec::new(), next: Next::Wait };
    let grace = Duration::from_secs(2);
    wait_until("the attempt without heartbeats has ended", || {
        database.beat(&[attempts[1].row]).unwrap();
        // The longer grace period ends neither attempt; the shorter one ends the first in the end.
        assert_eq!(database.claim("a test", GRACE, now(), wait).unwrap(), Claimed::Wait);
        assert_eq!(database.rows().progress(0), TrialProgress::Running(attempts[0].row));
        assert_eq!(database.claim("a test", grace, now(), wait).unwrap(), Claimed::Wait);
        assert_eq!(database.rows().progress(1), TrialProgress::Running(attempts[1].row));
        database.rows().progress(0) == TrialProgress::Vacant
    });
}

fn the_first_result_of_a_trial_stands(location: &Location) {
    let mut database = open(location);
    let slow = claim(&mut database, taking(0));
    let quick = claim(&mut database, taking(0));
    finish(&mut database, &quick, &finished(0, 0.5));
    assert_eq!(finish(&mut database, &slow, &finished(7, 0.9)), Receipt::Superseded);
    assert_eq!(database.rows().progress(0), TrialProgress::Finished(finished(0, 0.5).artifact));
    assert_eq!(database.rows().iter().filter(|row| row.state == RowState::Complete).count(), 1);
    assert_eq!(database.rows().iter().filter(|row| row.state == RowState::Running).count(), 0);
    // The first process that finds the study finished ends attempts whose process no longer exists.
    let late = claim(&mut database, taking(0));
    let done = |_: &StudyRows| Outlook { refused: Vec::new(), next: Next::Done };
    assert_eq!(open(location).claim("a test", GRACE, now(), done).unwrap(), Claimed::Done);
    assert!(database.refresh().unwrap().attempts(0).all(|row| row.state != RowState::Running), "{late:?}");
}

fn a_result_survives_the_end_of_its_attempt(location: &Location) {
    let mut database = open(location);
    let attempt = claim(&mut database, taking(0));
    open(location).give_up(&[attempt.row], "taken for dead", now()).unwrap();
    assert_eq!(finish(&mut database, &attempt, &finished(0, 0.5)), Receipt::Stored);
    let expected = [(0, RowState::Failed, Some(0)), (1, RowState::Complete, Some(0))];
    assert_eq!(states(database.rows()), expected);
    let row = database.rows().attempts(0).last().unwrap().id;
    assert_eq!(database.details(row).unwrap().params.len(), finished(0, 0.5).params.len());
}

fn a_late_worker_leaves_its_finished_row_alone(location: &Location) {
    let mut database = open(location);
    let attempt = claim(&mut database, taking(0));
    open(location).give_up(&[attempt.row], "taken for dead", now()).unwrap();
    let heartbeat = |database: &mut StudyDatabase| {
        database.query_for_tests(
            "SELECT CAST(heartbeat AS TEXT) FROM trial_heartbeats WHERE trial_id = ?1",
            &[Value::Integer(attempt.row)],
        )
    };
    database.query_for_tests(
        "UPDATE trial_heartbeats SET heartbeat = '2001-01-01 00:00:00' RETURNING trial_id",
        &[],
    );
    let before = (database.details(attempt.row).unwrap(), heartbeat(&mut database));
    let trial = finished(0, 0.25);
    database.describe(attempt.row, &trial.params, &[("holdfast:stage", "random".into())]).unwrap();
    database.report(attempt.row, 1, 0.1).unwrap();
    database.beat(&[attempt.row]).unwrap();
    assert_eq!((database.details(attempt.row).unwrap(), heartbeat(&mut database)), before);
}

fn the_best_trial_is_announced_before_it_is_visible(location: &Location) {
    let mut database = open(location);
    let attempts: Vec<Attempt> = (0..3).map(|number| claim(&mut database, taking(number))).collect();
    let mut announced = Vec::new();
    for (attempt, objective) in attempts.iter().zip([0.5, 0.25, 0.75]) {
        let trial = finished(attempt.number, objective);
        let best = || {
            announced.push(attempt.number);
            Ok(())
        };
        database.finish::<StorageError>(attempt, &trial, now(), best).unwrap();
    }
    assert_eq!(announced, [0, 2]);
    let last = claim(&mut database, taking(3));
    let missing = || StorageError::NoStudy { location: location.clone(), study: "x".into() };
    let failing = database.finish(&last, &finished(3, 0.9), now(), || Err(missing()));
    assert!(matches!(failing, Err(StorageError::NoStudy { .. })));
    assert_eq!(
        open(location).rows().progress(3),
        TrialProgress::Running(last.row),
        "nothing is stored of it"
    );
    assert_eq!(database.refresh().unwrap().best(), Some((2, 0.75)));
}

fn enqueued_configurations_are_taken_in_order(location: &Location) {
    let mut database = open(location);
    let fixed = |width: u64| Map::from_iter([("d_model".to_owned(), json!(width))]);
    assert_eq!(database.enqueue(&fixed(12)).unwrap(), 0);
    assert_eq!(database.enqueue(&fixed(16)).unwrap(), 1);
    let first = |rows: &StudyRows| {
        let waiting = rows.waiting().next().map(|row| row.id);
        Outlook { refused: Vec::new(), next: Next::Take { number: 0, waiting, seen: Vec::new() } }
    };
    let attempt = claim(&mut database, first);
    assert_eq!(attempt.fixed, Some(fixed(12)));
    assert_eq!(states(database.rows())[0], (0, RowState::Running, Some(0)));
    // An interrupted trial keeps its configuration in its next attempt.
    database.give_up_all(now()).unwrap();
    let again = claim(&mut database, taking(0));
    assert_eq!(again.fixed, Some(fixed(12)));
    assert_eq!(open(location).rows().waiting().map(|row| row.number).collect::<Vec<_>>(), [1]);
}

fn refused_configurations_are_not_trials(location: &Location) {
    let mut database = open(location);
    database.enqueue(&Map::new()).unwrap();
    let refuse = |rows: &StudyRows| {
        let refused = rows.waiting().map(|row| (row.id, "bad".to_owned())).collect();
        Outlook { refused, next: Next::Wait }
    };
    assert_eq!(database.claim("a test", GRACE, now(), refuse).unwrap(), Claimed::Wait);
    assert_eq!(states(database.refresh().unwrap()), [(0, RowState::Failed, None)]);
    assert_eq!(database.rows().fresh(), 0);
    assert_eq!(database.rows().externals().count(), 0);
}

fn results_of_other_programs_are_read(location: &Location) {
    let mut database = open(location);
    // A complete trial as Optuna writes it: a row without any of our attributes.
    database.query_for_tests(
        "INSERT INTO trials (number, study_id, state) VALUES (0, 1, 'COMPLETE') RETURNING trial_id",
        &[],
    );
    let row = database.refresh().unwrap().iter().next().unwrap().id;
    let categorical = r#"{"name": "CategoricalDistribution", "attributes": {"choices": [12, 16, 9]}}"#;
    let range = r#"{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}"#;
    for (name, stored, distribution) in [("d_model", 1.0, categorical), ("dropout_rate", 0.3, range)] {
        database.query_for_tests(
            "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
             VALUES (?1, ?2, ?3, ?4) RETURNING param_id",
            &[Value::Integer(row), Value::Text(name), Value::Real(stored), Value::Text(distribution)],
        );
    }
    database.query_for_tests(
        "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?1, 0, 0.75, 'FINITE')
         RETURNING trial_id",
        &[Value::Integer(row)],
    );
    let mut database = open(location);
    let external = database.rows().externals().next().unwrap().clone();
    assert_eq!((external.number, external.value, external.seen_from), (0, Some(0.75), None));
    assert_eq!(external.params["d_model"], json!(16));
    assert_eq!(external.params["dropout_rate"], json!(0.3));
    assert_eq!(database.rows().best(), None, "the best trial is one of ours, not another program's");
    let see = |_: &StudyRows| Outlook {
        refused: Vec::new(),
        next: Next::Take { number: 0, waiting: None, seen: vec![0] },
    };
    claim(&mut database, see);
    let seen = |rows: &StudyRows| rows.externals().next().unwrap().seen_from;
    assert_eq!(seen(database.rows()), Some(0));
    assert_eq!(seen(open(location).rows()), Some(0));
}

fn values_round_trip_bit_for_bit(location: &Location) {
    let mut database = open(location);
    let values = [0.1 + 0.2, -1e-300, f64::MIN_POSITIVE, 1.0 / 3.0, 5e-324, 123_456_789.123_456_78];
    for (number, value) in values.into_iter().enumerate() {
        let attempt = claim(&mut database, taking(number as u64));
        let param = Param { name: "x".into(), stored: value, distribution: "{}".into() };
        let trial = FinishedTrial {
            params: vec![param],
            by_epoch: vec![(1, f64::NAN), (2, f64::INFINITY), (3, f64::NEG_INFINITY)],
            ..finished(number as u64, value)
        };
        finish(&mut database, &attempt, &trial);
    }
    let mut database = open(location);
    let found: Vec<u64> = database.rows().iter().map(|row| row.value.unwrap().to_bits()).collect();
    assert_eq!(found, values.map(f64::to_bits));
    let kinds = database.query_for_tests(
        "SELECT intermediate_value_type, intermediate_value FROM trial_intermediate_values
         WHERE trial_id = (SELECT min(trial_id) FROM trials) ORDER BY step",
        &[],
    );
    let kinds: Vec<_> = kinds.iter().map(|cells| (cells[0].text().unwrap(), cells[1].real())).collect();
    assert_eq!(kinds, [("NAN", None), ("INF_POS", None), ("INF_NEG", None)]);
}

fn studies_do_not_mix(location: &Location) {
    let (mut left, mut right) = (open(location), open_named(location, "another"));
    let attempt = claim(&mut left, taking(0));
    finish(&mut left, &attempt, &finished(0, 0.5));
    assert_eq!(right.refresh().unwrap().iter().count(), 0);
    claim(&mut right, taking(0));
    assert_eq!(right.rows().iter().next().unwrap().number, 0, "numbers are counted per study");
    assert_eq!(left.refresh().unwrap().iter().count(), 1);
}

fn racing_workers_take_every_trial_once(location: &Location) {
    const TRIALS: u64 = 24;
    open(location);
    let next = |rows: &StudyRows| {
        let vacant = (0..TRIALS).find(|number| rows.progress(*number) == TrialProgress::Vacant);
        let next = match vacant {
            Some(number) => Next::Take { number, waiting: None, seen: Vec::new() },
            None => Next::Done,
        };
        Outlook { refused: Vec::new(), next }
    };
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                let mut database = open(location);
                while let Claimed::Taken(attempt) =
                    database.claim(&format!("worker {worker}"), GRACE, now(), next).unwrap()
                {
                    let number = attempt.number;
                    finish(&mut database, &attempt, &finished(number, number as f64));
                }
            });
        }
    });
    let database = open(location);
    assert_eq!(numbers(database.rows()), (0..TRIALS).collect::<Vec<_>>());
    let rows: Vec<u64> = database.rows().iter().map(|row| row.number).collect();
    assert_eq!(rows, (0..TRIALS).collect::<Vec<_>>(), "Optuna's numbers have no gaps and are in order");
}

fn other_revisions_are_refused_and_left_alone(location: &Location) {
    let mut database = open(location);
    let set = "UPDATE alembic_version SET version_num = 'v9' RETURNING version_num";
    database.query_for_tests(set, &[]);
    drop(database);
    let identity = StudyIdentity { name: "new".into(), metric: "mcc".into(), attributes: Vec::new() };
    let error = StudyDatabase::open(location, &identity).unwrap_err();
    assert!(matches!(error, StorageError::Revision { .. }));
    let text = error.to_string();
    for part in ["\"v9\"", "\"v3.2.0.a\"", "--storage", "optuna storage upgrade"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(StudyDatabase::open_existing(location, "study").is_err());
}

fn missing_studies_are_not_created(location: &Location) {
    let missing = |name: &str| {
        let error = StudyDatabase::open_existing(location, name).unwrap_err();
        assert!(matches!(error, StorageError::NoStudy { .. }), "{error:?}");
    };
    missing("study");
    open(location);
    missing("another");
    assert!(StudyDatabase::open_existing(location, "study").is_ok());
}

#[test]
fn files_that_are_not_databases_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("study.db");
    std::fs::write(&path, b"this is not a database, it is a text").unwrap();
    let identity = StudyIdentity { name: "study".into(), metric: "mcc".into(), attributes: Vec::new() };
    let error = StudyDatabase::open(&Location::Sqlite(path.clone()), &identity).unwrap_err();
    assert!(matches!(error, StorageError::Database { .. }));
    assert_eq!(std::fs::read(&path).unwrap(), b"this is not a database, it is a text");
}
