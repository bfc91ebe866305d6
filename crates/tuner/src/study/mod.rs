//! The study: workers fit trials in parallel, and the sequence of trials is always the same.
//!
//! Workers, as threads of one process or of several, take trials from the study database (see `plan` for the rule), fit
//! them, store them, and report them to the database. Nothing about a study is kept anywhere else, so any of them may be
//! killed at any moment: another one takes over its trials, or the study does when it resumes.

mod error;
mod heartbeat;
mod history;
mod identity;
mod observe;
mod plan;
mod runner;
mod stages;
mod work;

pub use error::StudyError;
pub use identity::{phase_key, study_identity};
pub use observe::StudyObserver;
pub use runner::{FinishedStudy, StudyEnd, StudyRunner, space};

use crate::samplers::Told;
use crate::search_space::HyperparameterSpace;
use crate::storage::{StudyDatabase, StudyRows};
use artifact_core::schema::{Trial, TrialId};
use serde_json::{Map, Value as Json};
use work::Shared;

impl StudyRunner<'_> {
    /// Runs the trials that are missing. When all are there, stores the study and writes `trial_results.json`.
    ///
    /// # Errors
    ///
    /// [`StudyError`]. Finished trials are kept; running again continues.
    pub fn run(&self, database: StudyDatabase) -> Result<StudyEnd, StudyError> {
        let checkpoints = self.checkpoints();
        let shared = Shared::new(self, &checkpoints, self.space()?, database)?;
        self.observer.opened(shared.done(), self.total);
        // More would only wait: that many trials can be in flight.
        let workers = self.workers.clamp(1, self.config.tuner.parallelism);
        std::thread::scope(|scope| {
            let beating = scope.spawn(|| shared.beat());
            let working: Vec<_> = (0..workers).map(|_| scope.spawn(|| shared.work())).collect();
            let panics = working.into_iter().filter_map(|worker| worker.join().err());
            let panic = panics.reduce(|first, _| first);
            shared.end();
            drop(beating.join());
            if let Some(panic) = panic {
                std::panic::resume_unwind(panic);
            }
        });
        shared.conclude()
    }

    /// Stores the study of all finished trials before the first missing one, as if that were its budget. `None` when
    /// the first trial is missing.
    ///
    /// # Errors
    ///
    /// [`StudyError::NoneCompleted`] without a complete trial.
    pub fn conclude_early(&self, database: StudyDatabase) -> Result<Option<FinishedStudy>, StudyError> {
        Shared::new(self, &self.checkpoints(), self.space()?, database)?.conclude_prefix()
    }
}

/// Enqueues a configuration, and gives the number of its row: the next trial that no one has taken tries it. What
/// it leaves open will be suggested.
///
/// # Errors
///
/// [`StudyError::Configuration`] for values outside the search space.
pub fn enqueue(
    database: &mut StudyDatabase,
    space: &HyperparameterSpace,
    values: &Map<String, Json>,
) -> Result<u64, StudyError> {
    history::check_fixed(space.space(), values).map_err(StudyError::Configuration)?;
    Ok(database.enqueue(values)?)
}

/// What is known about a study: the outcomes of these finished trials, and of other programs' results.
pub(crate) fn told(space: &HyperparameterSpace, trials: &[(TrialId, Trial)], rows: &StudyRows) -> Vec<Told> {
    let own = trials.iter().filter_map(|(_, trial)| history::told_of(space, trial));
    let external = rows.externals().filter_map(|row| history::told_by(space.space(), row));
    own.chain(external).collect()
}
