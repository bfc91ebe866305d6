//! The study: which trial comes next, in parallel and yet always the same.
//!
//! Workers, as threads of one process or of several, take trials from the study database (see `plan` for the rule), fit
//! them, store them, and tell the database. Nothing about a study is kept anywhere else, so any of them may be killed
//! at any moment: its trials are taken by another one, or when the study goes on.

mod heartbeat;
mod history;
mod observe;
mod plan;
mod stages;
mod work;

pub use observe::StudyObserver;

use crate::objective::Objective;
use crate::samplers::Told;
use crate::search_space::{EmptySpace, HyperparameterSpace};
use crate::storage::{Ledger, StorageError, StudyDatabase, StudyIdentity};
use artifact_core::schema::{Seal, SealId, SnapshotId, Study, StudyId, Trial, TrialId, TrialState};
use artifact_core::views::{tuning, write_all};
use artifact_core::{Digest, Error, ObjectStore, Run, producer, save};
use chrono::{DateTime, Utc};
use data_loader::{Dataset, folds};
use history::Trials;
use plan::Plan;
use serde_json::{Map, Value as Json};
use settings::Config;
use std::time::Duration;
use trainer_core::{Checkpoints, ENGINE_VERSION};
use work::Shared;

/// Why a study cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// An artifact cannot be stored or loaded.
    #[error("an artifact cannot be used")]
    Artifact(#[from] Error),
    /// The study database fails.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nothing can be suggested.
    #[error(transparent)]
    Space(#[from] EmptySpace),
    /// A configuration cannot be enqueued.
    #[error("the configuration cannot be tried: {0}")]
    Configuration(String),
    /// A finished trial is in the database, but not in the store.
    #[error(
        "trial {number} is finished in the study database {location}, but its artifact is not in this store; all \
         workers of a study need the same --workspace"
    )]
    Elsewhere {
        /// The trial.
        number: u64,
        /// The database.
        location: String,
        /// The store's answer.
        source: Box<Error>,
    },
    /// No trial came to a score.
    #[error("all {trials} trials failed; the first one with: {first}")]
    AllFailed {
        /// The number of trials.
        trials: usize,
        /// The first one's error.
        first: String,
    },
}

/// A study, ready to run or to continue.
pub struct StudyRunner<'a> {
    /// The run whose views and database are kept.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The configuration.
    pub config: &'a Config,
    /// The sealed data.
    pub seal_id: SealId,
    /// The same, loaded.
    pub seal: &'a Seal,
    /// The rows before the test rows.
    pub dataset: &'a Dataset,
    /// How many finished trials there are to be in total.
    pub total: u64,
    /// How many fits are made side by side; more than `tuner.parallelism` have no use.
    pub workers: usize,
    /// How this process is called in the study database.
    pub worker: &'a str,
    /// After which time without a sign of life another worker's trial is taken over.
    pub grace: Duration,
    /// The present time in UTC, for the study database.
    pub clock: &'a (dyn Fn() -> DateTime<Utc> + Sync),
    /// Asked again and again; as soon as it says yes, the study stops after the epochs that run.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Follows the study.
    pub observer: &'a dyn StudyObserver,
}

/// How far a study came.
#[derive(Debug)]
pub struct StudyEnd {
    /// The finished study; absent when it was stopped before.
    pub finished: Option<FinishedStudy>,
    /// The finished trials, other programs' among them.
    pub done: u64,
    /// How many of them were run just now, by this process.
    pub new_trials: usize,
    /// How long this process's workers waited, together, for trials that a suggestion had to see.
    pub waited: Duration,
}

/// A finished study.
#[derive(Debug, Clone)]
pub struct FinishedStudy {
    /// The study's object.
    pub id: StudyId,
    /// The study.
    pub study: Study,
    /// Its trials, in number order.
    pub trials: Vec<(TrialId, Trial)>,
}

/// What names and describes the study of a configuration.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn study_identity(config: &Config, development: SnapshotId) -> Result<StudyIdentity, Error> {
    let key = config.study_key(development, ENGINE_VERSION)?;
    Ok(StudyIdentity {
        name: key.short(),
        metric: config.training.objective.name().to_owned(),
        attributes: vec![
            ("holdfast:study_key", key.to_string().into()),
            ("holdfast:engine_version", ENGINE_VERSION.into()),
            ("holdfast:parallelism", config.tuner.parallelism.into()),
        ],
    })
}

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
    /// [`StudyError::AllFailed`] without a complete trial.
    pub fn conclude_early(&self, database: StudyDatabase) -> Result<Option<FinishedStudy>, StudyError> {
        Shared::new(self, &self.checkpoints(), self.space()?, database)?.conclude_prefix()
    }

    /// The search space, as far as the data allows it.
    ///
    /// # Errors
    ///
    /// [`StudyError::Space`].
    pub fn space(&self) -> Result<HyperparameterSpace, StudyError> {
        space(self.config, self.seal, self.dataset)
    }

    fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.run.checkpoints(), self.config.checkpoints.epochs)
    }

    fn objective<'s>(&'s self, checkpoints: &'s Checkpoints) -> Result<Objective<'s>, Error> {
        Ok(Objective {
            store: self.store,
            seal: self.seal,
            dataset: self.dataset,
            config: self.config,
            checkpoints,
            study_key: self.config.study_key(self.seal.development, ENGINE_VERSION)?,
        })
    }

    fn plan(&self) -> Plan {
        Plan { total: self.total, parallelism: self.config.tuner.parallelism as u64 }
    }

    /// Stores a study of these trials, and writes its view.
    fn store_study(&self, study_key: Digest, trials: Trials) -> Result<FinishedStudy, StudyError> {
        let best = best_of(&trials);
        if best.is_none() {
            let first = trials.values().find_map(|(_, trial)| trial.error.clone()).unwrap_or_default();
            return Err(StudyError::AllFailed { trials: trials.len(), first });
        }
        let study = Study {
            study_key,
            seal: self.seal_id,
            objective: self.config.training.objective,
            trials: trials.values().map(|(id, _)| *id).collect(),
            best_trial: best.map(|(number, _)| number),
        };
        let id = save(self.store, study.clone(), producer!(Some(ENGINE_VERSION)))?;
        write_all(&tuning(self.store, self.run, id)?)?;
        Ok(FinishedStudy { id, study, trials: trials.into_values().collect() })
    }
}

/// The search space of a configuration, as far as the data allows it.
///
/// # Errors
///
/// [`StudyError::Space`].
pub fn space(config: &Config, seal: &Seal, dataset: &Dataset) -> Result<HyperparameterSpace, StudyError> {
    let fits = |(seq_length, time_window)| {
        let plan = dataset.plan(seal, &config.split, seq_length, time_window);
        let plan = plan.map_err(|error| error.to_string())?;
        folds(&plan, &config.extended).map(drop).map_err(|error| error.to_string())
    };
    let search_space = config.tuner.search_space.for_model(config.training.model);
    Ok(HyperparameterSpace::new(&search_space, fits)?)
}

/// Puts a configuration in line, and gives the number of its row: the next trial that no one has taken tries it. What
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
pub(crate) fn told(space: &HyperparameterSpace, trials: &[(TrialId, Trial)], ledger: &Ledger) -> Vec<Told> {
    let own = trials.iter().filter_map(|(_, trial)| history::told_of(space, trial));
    let external = ledger.externals().filter_map(|row| history::told_by(space.space(), row));
    own.chain(external).collect()
}

/// The best complete trial; of equal ones the first.
fn best_of(trials: &Trials) -> Option<(u64, f64)> {
    let scores = trials
        .iter()
        .filter(|(_, (_, trial))| trial.state == TrialState::Complete)
        .filter_map(|(&number, (_, trial))| Some((number, trial.metrics.as_ref()?.objective_value)));
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The key of the tuning phase: two runs with the same key have the same study.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(
    config: &Config,
    seal: SealId,
    development: SnapshotId,
    total: u64,
) -> Result<Digest, Error> {
    let study = config.study_key(development, ENGINE_VERSION)?;
    let stages: Vec<u64> = config.tuner.stages.iter().map(|stage| stage.trials).collect();
    Ok(Digest::of(&artifact_core::canonical_json(&("tuning", study, seal, stages, total))?))
}
