//! The inputs of a study, its search space, and the stored result.

use super::error::StudyError;
use super::history::Trials;
use super::identity::study_key;
use super::observe::StudyObserver;
use super::plan::Plan;
use crate::parts::SearchParts;
use crate::search_space::{HyperparameterSpace, Searched};
use crate::trial_runner::TrialRunner;
use artifact_core::schema::{Seal, SealId, Study, StudyId, Trial, TrialId, TrialState};
use artifact_core::{Digest, Error, ObjectStore, Run, producer, save};
use chrono::{DateTime, Utc};
use data_loader::{Dataset, folds};
use settings::Config;
use std::time::Duration;
use trainer_core::{Checkpoints, ENGINE_VERSION, Ranking};
use views::{tuning, write_all};

/// A study, ready to run or to resume.
pub struct StudyRunner<'a> {
    /// The run that the views, checkpoints and trial log belong to.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The configuration.
    pub config: &'a Config,
    /// The samplers and pruners that the configuration can name.
    pub parts: &'a SearchParts,
    /// The models to fit, the space to search and the objective to maximise.
    pub searched: &'a Searched,
    /// The sealed data.
    pub seal_id: SealId,
    /// The seal, loaded.
    pub seal: &'a Seal,
    /// The rows before the test rows.
    pub dataset: &'a Dataset,
    /// The number of finished trials to reach, including other programs' results.
    pub total: u64,
    /// The number of parallel fits; clamped to `1 ..= tuner.parallelism`.
    pub workers: usize,
    /// This process's name in the study database.
    pub worker: &'a str,
    /// How long another process's trial may go without a heartbeat before it is taken over.
    pub grace: Duration,
    /// The current time in UTC, for the study database and the trial log.
    pub clock: &'a (dyn Fn() -> DateTime<Utc> + Sync),
    /// Polled while the study runs; once it returns true, the study stops at the end of the running epochs.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Follows the study.
    pub observer: &'a dyn StudyObserver,
}

/// How far a study got.
#[derive(Debug)]
pub struct StudyEnd {
    /// The finished study; absent when it was stopped first, or when it has no trials of its own.
    pub finished: Option<FinishedStudy>,
    /// The number of finished trials, including other programs' results.
    pub done: u64,
    /// How many of them this process has just run.
    pub new_trials: usize,
    /// The total time that this process's workers waited for trials that the next suggestion must see.
    pub waited: Duration,
}

/// A finished study.
#[derive(Debug, Clone)]
pub struct FinishedStudy {
    /// The study's artifact.
    pub id: StudyId,
    /// The study.
    pub study: Study,
    /// Its trials, in number order.
    pub trials: Vec<(TrialId, Trial)>,
}

impl StudyRunner<'_> {
    /// The part of the search space that the data allows.
    ///
    /// # Errors
    ///
    /// [`StudyError::Space`] when nothing is left of it.
    pub fn space(&self) -> Result<HyperparameterSpace, StudyError> {
        space(self.config, self.searched, self.seal, self.dataset)
    }

    pub(super) fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.run.checkpoints(), self.config.checkpoints.epochs)
    }

    pub(super) fn trial_runner<'s>(&'s self, checkpoints: &'s Checkpoints) -> Result<TrialRunner<'s>, Error> {
        Ok(TrialRunner {
            store: self.store,
            seal: self.seal,
            dataset: self.dataset,
            config: self.config,
            trainings: &self.searched.trainings,
            checkpoints,
            study_key: study_key(self.config, self.searched, self.seal.development)?,
        })
    }

    pub(super) fn plan(&self) -> Plan {
        Plan { total: self.total, parallelism: self.config.tuner.parallelism as u64 }
    }

    /// The best of the trials that can be compared, and its objective.
    pub(super) fn best_so_far(&self, trials: &Trials) -> Option<(u64, f64)> {
        let ranking =
            Ranking::of_trials(trials.values().map(|(_, trial)| trial), self.searched.is_comparable());
        let best = ranking.best()?;
        Some((best.number, best.metrics.as_ref()?.objective_value))
    }

    /// Stores a study of these trials, and writes its view, `trial_results.json`.
    pub(super) fn store_study(&self, study_key: Digest, trials: Trials) -> Result<FinishedStudy, StudyError> {
        let best = best_of(&trials);
        if best.is_none() {
            let first = trials.values().find_map(|(_, trial)| trial.error.clone());
            return Err(StudyError::NoneCompleted { trials: trials.len(), first });
        }
        let study = Study {
            study_key,
            seal: self.seal_id,
            objective: self.searched.objective().component.clone(),
            trials: trials.values().map(|(id, _)| *id).collect(),
            best_trial: best.map(|(number, _)| number),
        };
        let id = save(self.store, study.clone(), producer!(Some(ENGINE_VERSION)))?;
        write_all(&tuning(self.store, self.run, id)?)?;
        Ok(FinishedStudy { id, study, trials: trials.into_values().collect() })
    }
}

/// The part of the search space that the data allows: without the windows that leave no room for the split or the
/// folds.
///
/// # Errors
///
/// [`StudyError::Space`] when nothing is left of it.
pub fn space(
    config: &Config,
    searched: &Searched,
    seal: &Seal,
    dataset: &Dataset,
) -> Result<HyperparameterSpace, StudyError> {
    let fits = |windows| {
        let plan = dataset.plan(seal, &config.split, windows);
        let plan = plan.map_err(|error| error.to_string())?;
        folds(&plan, &dataset.recipe().splitter).map(drop).map_err(|error| error.to_string())
    };
    Ok(HyperparameterSpace::new(searched, fits)?)
}

/// The best complete trial and its objective; the first one among equals. It is what a stored study names, whatever the tasks of
/// its trials: readers rank by [`Ranking`].
fn best_of(trials: &Trials) -> Option<(u64, f64)> {
    let scores = trials
        .iter()
        .filter(|(_, (_, trial))| trial.state == TrialState::Complete)
        .filter_map(|(&number, (_, trial))| Some((number, trial.metrics.as_ref()?.objective_value)));
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
