//! Studies from outside: the rows of their databases, and the programs they are tested with.

use artifact_core::{Run, files};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Child;
use test_support::skip::Need;
use test_support::wait_until;
use views::TrialResults;

/// A row of a study database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Optuna's number of it.
    pub number: i64,
    /// Its state.
    pub state: String,
    /// The trial that it is an attempt of.
    pub trial: Option<u64>,
    /// The trial's object, as JSON.
    pub artifact: Option<String>,
}

const ROWS: &str = "SELECT t.number, CAST(t.state AS TEXT), n.value_json, a.value_json FROM trials t
    LEFT JOIN trial_user_attributes n ON n.trial_id = t.trial_id AND n.key = 'holdfast:number'
    LEFT JOIN trial_user_attributes a ON a.trial_id = t.trial_id AND a.key = 'holdfast:artifact_id'
    ORDER BY t.trial_id";

/// All rows of an SQLite study database.
pub fn rows(path: &Path) -> Vec<Row> {
    let connection = Connection::open(path).expect("the database can be opened");
    let mut statement = connection.prepare(ROWS).expect("it has Optuna's tables");
    let rows = statement.query_map([], |row| {
        let trial: Option<String> = row.get(2)?;
        let trial = trial.map(|text| text.parse().expect("a trial's number is a number"));
        Ok(Row { number: row.get(0)?, state: row.get(1)?, trial, artifact: row.get(3)? })
    });
    rows.and_then(Iterator::collect).expect("the rows can be read")
}

/// All rows of a PostgreSQL study database.
pub fn postgres_rows(url: &str) -> Vec<Row> {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the server answers");
    let rows = client.query(ROWS, &[]).expect("the rows can be read");
    let row = |row: &postgres::Row| {
        let trial = row.get::<_, Option<String>>(2);
        Row {
            number: row.get::<_, i32>(0).into(),
            state: row.get(1),
            trial: trial.map(|text| text.parse().expect("a trial's number is a number")),
            artifact: row.get(3),
        }
    };
    rows.iter().map(row).collect()
}

/// The numbers of the finished trials, sorted; one that is finished twice is there twice.
pub fn finished(rows: &[Row]) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        rows.iter().filter(|row| row.artifact.is_some()).filter_map(|row| row.trial).collect();
    numbers.sort_unstable();
    numbers
}

/// How many trials the view of a run holds; none while there is no view.
pub fn done_trials(run: &Run) -> usize {
    files::read_json::<TrialResults>(&run.trial_results()).map_or(0, |view| view.trials.len())
}

/// Waits until the view of a run holds this many trials or the process has ended; returns whether the process still
/// runs.
pub fn still_runs_after(trials: usize, run: &Run, process: &mut Child) -> bool {
    let mut runs = || process.try_wait().expect("the process is ours").is_none();
    wait_until(&format!("{trials} trials are done"), || done_trials(run) >= trials || !runs());
    runs()
}

/// A new database on the server of `tests/with-postgres`; without one, says that the test is skipped.
pub fn postgres_database(name: &str) -> Option<String> {
    let server = Need::PostgreSql.or_skip()?;
    let name = format!("holdfast_{name}_{}", std::process::id());
    let mut client = postgres::Client::connect(&format!("{server}/postgres"), postgres::NoTls)
        .expect("the server of HOLDFAST_TEST_POSTGRES answers");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("databases can be dropped");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("databases can be made");
    Some(format!("{server}/{name}"))
}

/// The Python with Optuna that `HOLDFAST_PYTHON` names; without one, says that the test is skipped.
pub fn python() -> Option<PathBuf> {
    Need::Optuna.or_skip().map(PathBuf::from)
}
