//! The study: workers fit trials in parallel, yet the sequence of trials is always the same.
//!
//! Workers, as threads of one process or of several, take trials from the study database (see `plan` for the rule), fit
//! them, store them, and record them in the database. Nothing about a study is kept anywhere else, so a process may be
//! killed at any moment: another one takes over its trials, or they run again when the study resumes.

mod agreement;
mod error;
mod heartbeat;
mod history;
mod identity;
mod observe;
mod opening;
mod plan;
mod restore;
mod runner;
mod stages;
mod work;

pub use agreement::Contradiction;
pub(crate) use agreement::check as check_row;
pub use error::StudyError;
pub use identity::{phase_key, study_identity};
pub use observe::StudyObserver;
pub(crate) use restore::trial_is_whole;
pub use runner::{FinishedStudy, StudyEnd, StudyRunner, space};

use crate::samplers::Told;
use crate::search_space::HyperparameterSpace;
use crate::storage::{Row, StudyDatabase, StudyRows};
use artifact_core::schema::{Trial, TrialId};
use serde_json::{Map, Value as Json};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use work::Shared;

impl StudyRunner<'_> {
    /// Runs the missing trials. When all are finished, stores the study and writes `trial_results.json`.
    ///
    /// # Errors
    ///
    /// [`StudyError`]. Finished trials are kept; running again resumes the study.
    pub fn run(&self, database: StudyDatabase) -> Result<StudyEnd, StudyError> {
        let checkpoints = self.checkpoints();
        let shared = Shared::new(self, &checkpoints, self.space()?, database)?;
        self.observer.opened(shared.done(), self.total);
        // No more trials than that can be in flight: further workers would only wait.
        let workers = self.workers.clamp(1, self.config.tuner.parallelism);
        let started = std::thread::scope(|scope| {
            // The scope joins every thread, and would wait for the heartbeats forever, whatever ends it.
            let ending = Ending(&shared);
            start(scope, "the heartbeats", || shared.beat())?;
            let mut working = vec![start(scope, "a worker", || shared.work())?];
            for number in 1..workers {
                match start(scope, "a worker", || shared.work()) {
                    Ok(worker) => working.push(worker),
                    // The trials are the same with fewer.
                    Err(error) => {
                        tracing::warn!("{number} of {workers} workers run: {error}");
                        break;
                    }
                }
            }
            let panics = working.into_iter().filter_map(|worker| worker.join().err());
            let panic = panics.reduce(|first, _| first);
            drop(ending);
            if let Some(panic) = panic {
                std::panic::resume_unwind(panic);
            }
            Ok(())
        });
        started.and_then(|()| shared.conclude())
    }

    /// Stores a study of the finished trials before the first missing one, as if their number had been the budget.
    /// `None` when trial 0 is missing.
    ///
    /// # Errors
    ///
    /// [`StudyError`]; [`StudyError::NoneCompleted`] when none of these trials is complete.
    pub fn conclude_early(&self, database: StudyDatabase) -> Result<Option<FinishedStudy>, StudyError> {
        Shared::new(self, &self.checkpoints(), self.space()?, database)?.conclude_prefix()
    }
}

/// Tells the heartbeats that no worker is left, when it is dropped.
struct Ending<'a, 'r>(&'a Shared<'r>);

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Starts a thread of a scope.
fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    what: &'static str,
    run: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, StudyError> {
    Builder::new().spawn_scoped(scope, run).map_err(|source| StudyError::Thread { what, source })
}

/// Enqueues a configuration, and returns the number of its row. The next trial that was never taken tries it; the
/// sampler suggests the values that it leaves out.
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

/// Everything known about a study: the outcomes of these finished trials, then the results of other programs; of the latter
/// only those of one label window in bars, if one is given.
pub(crate) fn told(
    space: &HyperparameterSpace,
    trials: &[(TrialId, Trial)],
    rows: &StudyRows,
    time_window: Option<usize>,
) -> Vec<Told> {
    let own = trials.iter().filter_map(|(_, trial)| history::own_result(space, trial));
    let of_window = |row: &&Row| {
        let own = row.params.get("time_window").and_then(Json::as_u64);
        time_window.is_none_or(|window| own == Some(window as u64))
    };
    let external = rows.externals().filter(of_window);
    let external = external.filter_map(|row| history::external_result(space.space(), row));
    own.chain(external).collect()
}
