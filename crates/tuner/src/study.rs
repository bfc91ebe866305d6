//! The study: which trial comes next, in parallel and yet always the same.
//!
//! Trial `n` is suggested from the outcomes of trials `0 ..= n - parallelism` only. So what is suggested does not
//! depend on which fit happens to finish first, on the number of threads, or on interruptions.

use crate::objective::{Objective, Request};
use crate::pruners::{Curve, Judge, Pruner};
use crate::samplers::{Outcome, suggest};
use crate::search_space::{EmptySpace, Point, Space};
use crate::storage::{FinishedTrial, StorageError, StudyDatabase};
use artifact_core::config::{Config, StageConfig};
use artifact_core::schema::{Seal, SealId, Study, StudyId, Trial, TrialId, TrialState};
use artifact_core::seed::{Purpose, derive};
use artifact_core::views::{TrialResults, tuning, write_all};
use artifact_core::{Digest, Error, ObjectStore, Run, files, load, producer, save};
use chrono::{DateTime, Utc};
use data_loader::{Dataset, folds};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use trainer_core::{
    CheckpointError, Checkpoints, Control, ENGINE_VERSION, EpochRecord, Evaluation, Observer, Weights,
};

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
    /// No trial came to a score.
    #[error("all {trials} trials failed; the first one with: {first}")]
    AllFailed {
        /// The number of trials.
        trials: usize,
        /// The first one's error.
        first: String,
    },
}

/// Follows a study; called from several threads.
pub trait StudyObserver: Sync {
    /// A trial starts, of a total number.
    fn started(&self, _request: &Request, _total: u64) {}
    /// An interrupted trial goes on after an epoch, or why it starts from the beginning instead.
    fn resumed(&self, _number: u64, _from: Result<u64, &CheckpointError>) {}
    /// An epoch of a trial ended.
    fn epoch(&self, _number: u64, _record: &EpochRecord) {}
    /// A trial ended; `best` is the best objective so far and its trial.
    fn finished(&self, _trial: &Trial, _best: Option<(u64, f64)>) {}
}

/// Ignores everything.
impl StudyObserver for () {}

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
    /// The present time in UTC, for the study database.
    pub clock: &'a (dyn Fn() -> DateTime<Utc> + Sync),
    /// Follows the study.
    pub observer: &'a dyn StudyObserver,
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
    /// How many of them were run just now.
    pub new_trials: usize,
}

impl StudyRunner<'_> {
    /// Runs the trials that are missing, stores the study and writes `trial_results.json`.
    ///
    /// # Errors
    ///
    /// [`StudyError`]. Finished trials are kept; running again continues.
    pub fn run(&self) -> Result<FinishedStudy, StudyError> {
        let study_key = self.config.study_key(self.seal.development, ENGINE_VERSION)?;
        let search_space = self.config.tuner.search_space.for_model(self.config.training.model);
        let space = Space::new(&search_space, |geometry| self.fits(geometry))?;
        std::fs::create_dir_all(self.run.tuning())
            .map_err(Error::io("create the directory", self.run.tuning()))?;
        let database = StudyDatabase::open(&self.run.study_database(), &study_key.short())?;
        let total: u64 = self.config.tuner.stages.iter().map(|stage| stage.trials).sum();

        let mut progress = Progress { trials: BTreeMap::new(), next: 0, failure: None };
        for (number, id) in database.finished()? {
            let id = TrialId::new(id);
            if number < total {
                progress.trials.insert(number, (id, load(self.store, id)?));
            }
        }
        let known = progress.trials.len();
        let checkpoints = Checkpoints::new(self.run.checkpoints(), self.config.checkpoints.epochs);
        let shared = Shared {
            runner: self,
            objective: Objective {
                store: self.store,
                seal: self.seal,
                dataset: self.dataset,
                config: self.config,
                study_key,
                checkpoints: &checkpoints,
            },
            space,
            total,
            database: Mutex::new(database),
            progress: Mutex::new(progress),
            changed: Condvar::new(),
        };
        shared.write_view_of(&shared.progress().trials)?;
        // One worker per thread, and never more than the outcomes allow to be in flight.
        let workers = rayon::current_num_threads().min(self.config.tuner.parallelism);
        rayon::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|_| shared.work());
            }
        });
        shared.conclude(known)
    }

    /// Whether a sequence geometry can be split and cross-validated.
    fn fits(&self, (seq_length, time_window): (usize, usize)) -> Result<(), String> {
        let plan = self.dataset.plan(self.seal, &self.config.split, seq_length, time_window);
        let plan = plan.map_err(|error| error.to_string())?;
        let extended = &self.config.extended;
        folds(&plan, extended.method, extended.folds).map(drop).map_err(|error| error.to_string())
    }
}

/// What the workers know together.
struct Progress {
    /// The finished trials.
    trials: BTreeMap<u64, (TrialId, Trial)>,
    /// No trial below this number is still to be taken.
    next: u64,
    /// The first failure that ends the study.
    failure: Option<StudyError>,
}

/// A trial that a worker has taken.
struct Taken {
    request: Request,
    point: Point,
    judge: Judge,
}

struct Shared<'a> {
    runner: &'a StudyRunner<'a>,
    objective: Objective<'a>,
    space: Space,
    total: u64,
    database: Mutex<StudyDatabase>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Shared<'_> {
    /// A panic elsewhere leaves these values whole: every change under the lock is a single one.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn database(&self) -> MutexGuard<'_, StudyDatabase> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes trials until none is left or one worker failed.
    fn work(&self) {
        loop {
            let done = match self.take() {
                Ok(Some(taken)) => self.try_one(&taken),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.progress().failure.get_or_insert(error);
            }
            self.changed.notify_all();
        }
    }

    /// Waits until the next trial may be suggested, and suggests it. `None` when there is nothing left to do.
    fn take(&self) -> Result<Option<Taken>, StudyError> {
        let parallelism = self.runner.config.tuner.parallelism as u64;
        let mut progress = self.progress();
        loop {
            while progress.trials.contains_key(&progress.next) {
                progress.next += 1;
            }
            let number = progress.next;
            if progress.failure.is_some() || number >= self.total {
                return Ok(None);
            }
            // The lowest unfinished trial never waits, so the workers cannot all be waiting.
            let visible = (number + 1).saturating_sub(parallelism);
            if (0..visible).all(|earlier| progress.trials.contains_key(&earlier)) {
                progress.next += 1;
                let outcomes: Vec<Outcome> =
                    progress.trials.range(..visible).map(|(_, (_, trial))| self.outcome(trial)).collect();
                let (request, point) = self.suggest(number, &outcomes);
                let judge = self.judge(progress.trials.range(..visible).map(|(_, (_, trial))| trial));
                // Under the lock, so that the database's rows are created in number order.
                let now = (self.runner.clock)();
                self.database().start(number, &self.space, &point, now)?;
                return Ok(Some(Taken { request, point, judge }));
            }
            progress = self.changed.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn outcome(&self, trial: &Trial) -> Outcome {
        Outcome {
            point: self.space.point(&trial.params),
            objective: trial.metrics.as_ref().map(|metrics| metrics.objective_value),
        }
    }

    /// What a trial is compared with while it runs: the trials that it was suggested from.
    fn judge<'t>(&self, visible: impl Iterator<Item = &'t Trial>) -> Judge {
        let config = &self.runner.config.tuner;
        let pruner = Pruner::new(&config.pruner);
        let needed = pruner != Pruner::Never;
        let curve = |trial: &Trial| {
            let history = trial.metrics.as_ref()?.history.iter();
            Some(Curve {
                number: trial.number,
                epochs_allowed: stage_of(&config.stages, trial.number).epochs,
                values: history.filter_map(|record| record.objective).collect(),
                complete: trial.state == TrialState::Complete,
            })
        };
        let history = visible.filter(|_| needed).filter_map(curve).collect();
        Judge { pruner, name: config.pruner.kind.name(), history }
    }

    fn suggest(&self, number: u64, outcomes: &[Outcome]) -> (Request, Point) {
        let config = self.runner.config;
        let stage = stage_of(&config.tuner.stages, number);
        let seed = derive(config.seed, Purpose::Suggestion, number, 0, 0);
        let mut rng = ChaCha8Rng::from_seed(seed);
        let point = suggest(stage.sampler, &self.space, outcomes, config.tuner.startup_trials, &mut rng);
        let params = self.space.hyperparameters(&point);
        (Request { number, stage: stage.name().to_owned(), epochs: stage.epochs, params }, point)
    }

    fn try_one(&self, Taken { request, point, judge }: &Taken) -> Result<(), StudyError> {
        debug_assert!(self.space.is_valid(point), "samplers only suggest valid points");
        self.runner.observer.started(request, self.total);
        let mut observer = TrialObserver { number: request.number, study: self.runner.observer };
        let (trial, weights) = self.objective.run(request, judge, &mut observer)?;
        let id = save(self.runner.store, trial.clone(), producer!(Some(ENGINE_VERSION)))?;
        let now = (self.runner.clock)();
        self.database().finish(&finished(&trial, id), now)?;

        let mut progress = self.progress();
        progress.trials.insert(trial.number, (id, trial.clone()));
        let best = best_of(&progress.trials);
        if let (Some((number, _)), Some(weights)) = (best, weights)
            && number == trial.number
        {
            self.write_checkpoint(&trial, &weights)?;
        }
        self.write_view_of(&progress.trials)?;
        drop(progress);
        self.runner.observer.finished(&trial, best);
        Ok(())
    }

    /// Keeps the weights of the best trial so far.
    fn write_checkpoint(&self, trial: &Trial, weights: &Weights) -> Result<(), StudyError> {
        let metadata = BTreeMap::from([
            ("trial_number".to_owned(), trial.number.to_string()),
            ("engine_version".to_owned(), ENGINE_VERSION.to_string()),
        ]);
        let path = self.runner.run.checkpoints().join("best_trial.safetensors");
        Ok(files::write_atomically(&path, &weights.to_safetensors(&metadata))?)
    }

    /// Keeps `trial_results.json` current while the study goes on.
    fn write_view_of(&self, trials: &BTreeMap<u64, (TrialId, Trial)>) -> Result<(), StudyError> {
        let trials: Vec<(TrialId, Trial)> = trials.values().cloned().collect();
        let view = TrialResults::new(self.objective.study_key, None, &trials);
        Ok(view.view(self.runner.run)?.write()?)
    }

    fn conclude(&self, known: usize) -> Result<FinishedStudy, StudyError> {
        let (trials, failure) = {
            let mut progress = self.progress();
            (std::mem::take(&mut progress.trials), progress.failure.take())
        };
        if let Some(failure) = failure {
            return Err(failure);
        }
        let best = best_of(&trials);
        if best.is_none() {
            let first = trials.values().find_map(|(_, trial)| trial.error.clone()).unwrap_or_default();
            return Err(StudyError::AllFailed { trials: trials.len(), first });
        }
        let study = Study {
            study_key: self.objective.study_key,
            seal: self.runner.seal_id,
            objective: self.runner.config.training.objective,
            trials: trials.values().map(|(id, _)| *id).collect(),
            best_trial: best.map(|(number, _)| number),
        };
        let id = save(self.runner.store, study.clone(), producer!(Some(ENGINE_VERSION)))?;
        write_all(&tuning(self.runner.store, self.runner.run, id)?)?;
        let trials: Vec<_> = trials.into_values().collect();
        Ok(FinishedStudy { id, study, new_trials: trials.len() - known, trials })
    }
}

/// The stage that trial `number` belongs to; the last one for numbers beyond all of them.
fn stage_of(stages: &[StageConfig], number: u64) -> &StageConfig {
    let mut end = 0;
    let inside = |stage: &&StageConfig| {
        end += stage.trials;
        number < end
    };
    stages.iter().find(inside).unwrap_or(&stages[stages.len() - 1])
}

/// The best complete trial; of equal ones the first.
fn best_of(trials: &BTreeMap<u64, (TrialId, Trial)>) -> Option<(u64, f64)> {
    let scores = trials
        .iter()
        .filter(|(_, (_, trial))| trial.state == TrialState::Complete)
        .filter_map(|(&number, (_, trial))| Some((number, trial.metrics.as_ref()?.objective_value)));
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn finished(trial: &Trial, id: TrialId) -> FinishedTrial {
    let metrics = trial.metrics.as_ref();
    let history = metrics.map(|metrics| metrics.history.as_slice()).unwrap_or_default();
    let mut attributes = vec![
        ("holdfast:stage", trial.stage.clone().into()),
        ("holdfast:engine_version", ENGINE_VERSION.into()),
    ];
    attributes.extend(trial.error.clone().map(|error| ("holdfast:error", error.into())));
    attributes.extend(metrics.map(|metrics| ("validation_accuracy", metrics.validation_accuracy.into())));
    FinishedTrial {
        number: trial.number,
        state: trial.state,
        objective: match trial.state {
            // As Optuna has it: the value of a pruned trial is its newest intermediate one.
            TrialState::Pruned => history.last().and_then(|record| record.objective),
            _ => metrics.map(|metrics| metrics.objective_value),
        },
        by_epoch: history.iter().filter_map(|record| Some((record.epoch, record.objective?))).collect(),
        artifact: id.digest(),
        attributes,
    }
}

/// Passes a fit's epochs on to the study's observer.
struct TrialObserver<'a> {
    number: u64,
    study: &'a dyn StudyObserver,
}

impl Observer for TrialObserver<'_> {
    fn epoch(&mut self, record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        self.study.epoch(self.number, record);
        Control::Continue
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        self.study.resumed(self.number, from);
    }
}

/// The key of the tuning phase: two runs with the same key have the same study.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(
    config: &Config,
    seal: SealId,
    development: artifact_core::schema::SnapshotId,
) -> Result<Digest, Error> {
    let study = config.study_key(development, ENGINE_VERSION)?;
    let budgets: Vec<u64> = config.tuner.stages.iter().map(|stage| stage.trials).collect();
    Ok(Digest::of(&artifact_core::canonical_json(&("tuning", study, seal, budgets))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::config::SamplerKind;

    #[test]
    fn trials_belong_to_stages_in_order() {
        let stage = |sampler, trials| StageConfig { name: None, sampler, trials, epochs: 1 };
        let stages = [stage(SamplerKind::Random, 2), stage(SamplerKind::Tpe, 1)];
        let names: Vec<&str> = (0..5).map(|number| stage_of(&stages, number).name()).collect();
        assert_eq!(names, ["random", "random", "tpe", "tpe", "tpe"]);
    }
}
