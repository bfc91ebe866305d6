//! Whether a row of the study database agrees with the trial that it names.
//!
//! The database is a log that any program may write; the object is what it is by its digest. A row that was changed, or
//! that names another trial's object, would make another study of the same objects.

use super::history::last_objective;
use crate::storage::{Location, Row, StudyRows, TrialProgress};
use artifact_core::Digest;
use artifact_core::schema::{Trial, TrialId, TrialState};

/// A row that contradicts the trial it names.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "row {row} of the study database {location} contradicts trial object {}: {what} is {found} there and {expected} in the \
     object; the database was changed: restore it from a copy, or move it away or choose another --storage, and run \
     `holdfast tune`, which repeats the trials to the same bits",
    object.digest()
)]
pub struct Contradiction {
    /// Where the database is.
    location: String,
    /// Optuna's number of the row.
    row: u64,
    /// The object that it names.
    object: TrialId,
    /// What they differ in.
    what: &'static str,
    /// The value in the database.
    found: String,
    /// The value in the object.
    expected: String,
}

/// Checks that the row which finished trial `number` says what the trial says: its number, state and objective, and its
/// study where that is known.
///
/// # Errors
///
/// [`Contradiction`], with the first difference.
pub(crate) fn check(
    (location, rows): (&Location, &StudyRows),
    (number, study): (u64, Option<Digest>),
    id: TrialId,
    trial: &Trial,
) -> Result<(), Box<Contradiction>> {
    let Some(row) = finishing(rows, number) else { return Ok(()) };
    let differ = |what, found: String, expected: String| {
        let (location, row, object) = (location.to_string(), row.number, id);
        Err(Box::new(Contradiction { location, row, object, what, found, expected }))
    };
    if trial.number != number {
        return differ("the trial's number", number.to_string(), trial.number.to_string());
    }
    if let Some(study) = study.filter(|study| *study != trial.study_key) {
        return differ("the study's key", study.to_string(), trial.study_key.to_string());
    }
    let expected = match trial.state {
        TrialState::Complete => "COMPLETE",
        TrialState::Pruned => "PRUNED",
        TrialState::Failed => "FAIL",
    };
    if row.state.name() != expected {
        return differ("the state", row.state.name().to_owned(), expected.to_owned());
    }
    let shown = |value: Option<f64>| value.map_or("none".to_owned(), |value| value.to_string());
    let (found, expected) = (row.value, last_objective(trial));
    // As bits, since a database keeps them.
    if found.map(f64::to_bits) != expected.map(f64::to_bits) {
        return differ("the objective", shown(found), shown(expected));
    }
    Ok(())
}

/// The row that finished a trial.
fn finishing(rows: &StudyRows, number: u64) -> Option<&Row> {
    let TrialProgress::Finished(artifact) = rows.progress(number) else { return None };
    rows.attempts(number).find(|row| row.artifact == Some(artifact))
}
