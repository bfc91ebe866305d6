//! The trial log against the store: every trial of a stored study has its line.

use super::findings::{Problem, Sort};
use artifact_core::schema::{Study, StudyId, Trial};
use artifact_core::trial_log::TrialEntry;
use artifact_core::{Digest, Error, ObjectStore, TrialLog, load};

/// A problem for each study with trials that the log lacks. Its last lines are then gone, which the chain alone cannot
/// show.
pub(super) fn unlogged(
    store: &dyn ObjectStore,
    (log, entries): (&TrialLog, &[TrialEntry]),
    studies: impl IntoIterator<Item = Digest>,
) -> Result<Vec<Problem>, Error> {
    let mut problems = Vec::new();
    for id in studies {
        // Missing and damaged objects are already reported.
        let Ok(study) = load::<Study>(store, StudyId::new(id)) else {
            continue;
        };
        let trials: Vec<Trial> = study.trials.iter().filter_map(|id| load(store, *id).ok()).collect();
        match log.covered_by(entries, study.study_key, &trials) {
            Err(error @ Error::Ledger { .. }) => {
                problems.push(Problem { sort: Sort::Ledger, id: None, message: error.to_string() });
            }
            other => other?,
        }
    }
    Ok(problems)
}
