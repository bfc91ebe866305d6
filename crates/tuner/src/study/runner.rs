//! Running a study: its inputs, its search space, and the stored result.

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
use trainer_core::{Checkpoints, ENGINE_VERSION};
use views::{tuning, write_all};

/// A study, ready to run or to continue.
pub struct StudyRunner<'a> {
    /// The run whose views and database are kept.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The configuration.
    pub config: &'a Config,
    /// The samplers and pruners that the configuration can name.
    pub parts: &'a SearchParts,
    /// What it fits, searches and maximises.
    pub searched: &'a Searched,
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
    /// This process's name in the study database.
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

impl StudyRunner<'_> {
    /// The search space, as far as the data allows it.
    ///
    /// # Errors
    ///
    /// [`StudyError::Space`].
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
            training: &self.searched.training,
            checkpoints,
            study_key: study_key(self.config, self.searched, self.seal.development)?,
        })
    }

    pub(super) fn plan(&self) -> Plan {
        Plan { total: self.total, parallelism: self.config.tuner.parallelism as u64 }
    }

    /// Stores a study of these trials, and writes its view.
    pub(super) fn store_study(&self, study_key: Digest, trials: Trials) -> Result<FinishedStudy, StudyError> {
        let best = best_of(&trials);
        if best.is_none() {
            let first = trials.values().find_map(|(_, trial)| trial.error.clone());
            return Err(StudyError::NoneCompleted { trials: trials.len(), first });
        }
        let study = Study {
            study_key,
            seal: self.seal_id,
            objective: self.searched.training.objective.component.clone(),
            trials: trials.values().map(|(id, _)| *id).collect(),
            best_trial: best.map(|(number, _)| number),
        };
        let id = save(self.store, study.clone(), producer!(Some(ENGINE_VERSION)))?;
        write_all(&tuning(self.store, self.run, id)?)?;
        Ok(FinishedStudy { id, study, trials: trials.into_values().collect() })
    }
}

/// What is searched, as far as the data allows it.
///
/// # Errors
///
/// [`StudyError::Space`].
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

/// The best complete trial; of equal ones the first.
pub(super) fn best_of(trials: &Trials) -> Option<(u64, f64)> {
    let scores = trials
        .iter()
        .filter(|(_, (_, trial))| trial.state == TrialState::Complete)
        .filter_map(|(&number, (_, trial))| Some((number, trial.metrics.as_ref()?.objective_value)));
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
