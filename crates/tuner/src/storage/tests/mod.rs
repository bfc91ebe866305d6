//! What every study database must do, on SQLite and on PostgreSQL.

mod conformance;
#[cfg(feature = "postgres")]
mod encryption;
mod obstacles;
mod servers;
mod waiting;

use super::study_rows::tests::row;
use super::{RowState, StudyRows};

/// The rows of a study, in this order: state and trial.
pub(crate) fn study_rows(rows: &[(RowState, Option<u64>)]) -> StudyRows {
    let mut study = StudyRows::default();
    for (place, (state, trial)) in rows.iter().enumerate() {
        study.insert(row(place as i64 + 1, *state, *trial));
    }
    study
}
