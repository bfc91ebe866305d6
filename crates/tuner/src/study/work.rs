//! The workers of one process.

use super::agreement;
use super::error::StudyError;
use super::history::{self, Points, Trials};
use super::observe::TrialObserver;
use super::opening::opening;
use super::plan::Plan;
use super::runner::{FinishedStudy, StudyEnd, StudyRunner};
use super::stages::stage_of;
use crate::parts::Search;
use crate::pruners::Judge;
use crate::samplers::{Random, Sampler, Told, suggest};
use crate::search_space::{HyperparameterSpace, Point};
use crate::storage::{Attempt, Claimed, FinishedTrial, Param, Receipt, Row, StudyDatabase, params};
use crate::trial_runner::{Request, TrialRunner};
use artifact_core::schema::{Trial, TrialId};
use artifact_core::seed::{Purpose, derive};
use artifact_core::{Error, Params, TrialWriter, files, producer, save};
use chrono::SecondsFormat;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trainer_core::{Checkpoints, ENGINE_VERSION, EpochRecord, Weights};
use views::{LossSettings, TrialResults};

/// How often an idle worker polls the database for what other processes did.
const POLL: Duration = Duration::from_millis(200);
/// How many times the missing values of an enqueued configuration are redrawn to find an allowed one.
const REDRAWS: usize = 100;
/// The view is rewritten once a share of `1 / VIEW_LAG` of the finished trials is missing from it; up to this many
/// trials, it never lags. Rewriting the whole file after every trial would take time quadratic in their number.
const VIEW_LAG: usize = 100;

/// What the workers of a process share.
pub(super) struct Shared<'a> {
    pub(super) runner: &'a StudyRunner<'a>,
    pub(super) trial_runner: TrialRunner<'a>,
    space: HyperparameterSpace,
    search: Search,
    losses: LossSettings,
    plan: Plan,
    state: Mutex<State>,
    log: Mutex<TrialWriter>,
    changed: Condvar,
}

/// The state that they change. Apart from its counters, it only mirrors the database and the store.
pub(super) struct State {
    pub(super) database: StudyDatabase,
    /// The finished trials of ours that belong to the budget.
    trials: Trials,
    points: Points,
    /// How many of them the view on disk has.
    viewed: usize,
    /// The rows of the trials that run in this process, by trial number.
    pub(super) running: BTreeMap<u64, i64>,
    /// How many trials this process finished.
    new_trials: usize,
    /// How long workers waited for trials that the next suggestion must see.
    waited: Duration,
    /// The first failure; it ends the study.
    failure: Option<StudyError>,
    /// No worker is left.
    pub(super) ended: bool,
}

impl State {
    /// Adds a finished trial.
    fn add(&mut self, number: u64, id: TrialId, trial: Trial, space: &HyperparameterSpace) {
        if let Ok(point) = space.point(&trial.model.name, &trial.params) {
            self.points.insert(number, point);
        }
        self.trials.insert(number, (id, trial));
    }
}

/// What the suggestion of a trial depends on.
pub(super) struct Seen {
    /// What the sampler is told.
    told: Vec<Told>,
    /// The trial's place in the history.
    place: u64,
}

/// A trial that this process has taken, and the values that it tries.
struct Job {
    attempt: Attempt,
    request: Request,
    params: Vec<Param>,
    judge: Judge,
}

impl<'a> Shared<'a> {
    /// Loads the finished trials.
    pub(super) fn new(
        runner: &'a StudyRunner<'a>,
        checkpoints: &'a Checkpoints,
        space: HyperparameterSpace,
        database: StudyDatabase,
    ) -> Result<Self, StudyError> {
        let state = State {
            database,
            trials: Trials::new(),
            points: Points::new(),
            viewed: 0,
            running: BTreeMap::new(),
            new_trials: 0,
            waited: Duration::ZERO,
            failure: None,
            ended: false,
        };
        let shared = Self {
            runner,
            trial_runner: runner.trial_runner(checkpoints)?,
            space,
            search: runner.parts.choose(&runner.config.tuner)?,
            losses: LossSettings::of_run(runner.run)?,
            plan: runner.plan(),
            state: Mutex::new(state),
            log: Mutex::new(runner.run.trial_log().writer()),
            changed: Condvar::new(),
        };
        let mut state = shared.state();
        state.database.refresh()?;
        shared.catch_up(&mut state)?;
        shared.write_view(&mut state)?;
        drop(state);
        Ok(shared)
    }

    /// Locks the state, even if a thread panicked while holding it: it only mirrors the database, which is what counts.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another thread reports a change, at most this long.
    pub(super) fn wait<'g>(&self, state: MutexGuard<'g, State>, most: Duration) -> MutexGuard<'g, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0
    }

    /// The number of finished trials, including other programs' results.
    pub(super) fn done(&self) -> u64 {
        done(&self.state())
    }

    /// Tells the heartbeat thread that no worker is left.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.changed.notify_all();
    }

    /// Runs trials until none is left, the study stops, or a worker fails.
    pub(super) fn work(&self) {
        loop {
            let done = match self.take() {
                Ok(Some(job)) => self.try_one(&job),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.state().failure.get_or_insert(error);
            }
            self.changed.notify_all();
        }
    }

    /// Waits until a trial may be taken, takes it, and suggests its values. `None` when the worker is to end.
    fn take(&self) -> Result<Option<Job>, StudyError> {
        loop {
            let mut state = self.state();
            if state.failure.is_some() || (self.runner.stop)() {
                return Ok(None);
            }
            let now = (self.runner.clock)();
            let check = |row: &Row| match &row.fixed {
                Some(fixed) => history::check_fixed(self.space.space(), fixed),
                None => Ok(()),
            };
            let plan = self.plan;
            let claimed = state
                .database
                .claim(self.runner.worker, self.runner.grace, now, |rows| plan.next(rows, check))?;
            self.catch_up(&mut state)?;
            match claimed {
                Claimed::Done => return Ok(None),
                Claimed::Drain => drop(self.wait(state, POLL)),
                Claimed::Wait => {
                    let mut state = self.wait(state, POLL);
                    state.waited += ((self.runner.clock)() - now).to_std().unwrap_or_default();
                }
                Claimed::Taken(attempt) => {
                    // From here on this process sends heartbeats for it.
                    state.running.insert(attempt.number, attempt.row);
                    return self.prepare(state, attempt).map(Some);
                }
            }
        }
    }

    /// Suggests the values of a trial that was taken, and records them.
    fn prepare(&self, state: MutexGuard<'_, State>, attempt: Attempt) -> Result<Job, StudyError> {
        let number = attempt.number;
        let seen = self.seen(&state, number);
        // Suggesting takes milliseconds in long studies: other workers need the lock meanwhile.
        drop(state);
        let (request, point) = self.suggestion(number, attempt.fixed.as_ref(), &seen)?;
        let judge = self.judge(&self.state(), number, &request.model);
        let job = Job { params: params(self.space.space(), &point), attempt, request, judge };
        let attributes = [
            ("holdfast:stage", job.request.stage.clone().into()),
            ("holdfast:epochs", job.request.epochs.into()),
            ("holdfast:engine_version", ENGINE_VERSION.into()),
        ];
        self.state().database.describe(job.attempt.row, &job.params, &attributes)?;
        Ok(job)
    }

    /// What the suggestion of trial `number` depends on.
    pub(super) fn seen(&self, state: &State, number: u64) -> Seen {
        let (rows, space) = (state.database.rows(), self.space.space());
        Seen {
            told: history::seen_by(number, self.plan, space, &state.trials, &state.points, rows),
            place: history::place_of(number, rows),
        }
    }

    /// The values of trial `number`, always the same ones, apart from those that were enqueued for it.
    pub(super) fn suggestion(
        &self,
        number: u64,
        fixed: Option<&Map<String, Json>>,
        seen: &Seen,
    ) -> Result<(Request, Point), StudyError> {
        let (config, space) = (self.runner.config, self.space.space());
        let stage = stage_of(&config.tuner.stages, seen.place);
        let (stage, sampler) = (&config.tuner.stages[stage], &self.search.samplers[stage]);
        // The seed depends on the trial's number only, so that every attempt, in any process, suggests the same values.
        let mut rng = ChaCha8Rng::from_seed(derive(config.seed, Purpose::Suggestion, number, 0, 0));
        let startup = config.tuner.startup_trials;
        let mut point = match opening(&self.space, number, startup, &mut rng) {
            Some(point) => point,
            None => suggest(sampler, space, &seen.told, startup, &mut rng)?,
        };
        let mut name = stage.name();
        if let Some(fixed) = fixed {
            history::overlay(space, &mut point, fixed);
            for _ in 0..REDRAWS {
                if space.check(&point).is_ok() {
                    break;
                }
                point = Random.suggest(space, &seen.told, &Params::default(), &mut rng);
                history::overlay(space, &mut point, fixed);
            }
            name = "enqueued";
        }
        let request = Request {
            number,
            stage: name.to_owned(),
            epochs: stage.epochs,
            model: self.space.model(&point).to_owned(),
            params: self.space.hyperparameters(&point),
        };
        Ok((request, point))
    }

    /// Decides whether trial `number`, of this model, is pruned.
    pub(super) fn judge(&self, state: &State, number: u64, model: &str) -> Judge {
        let search = (&self.runner.config.tuner, &self.search);
        history::judge_of((number, model), self.plan, search, &state.trials, state.database.rows())
    }

    fn try_one(&self, job: &Job) -> Result<(), StudyError> {
        let (number, row) = (job.attempt.number, job.attempt.row);
        self.runner.observer.started(&job.request);
        let mut reported = Ok(());
        let mut observer = TrialObserver {
            number,
            study: self.runner.observer,
            epoch: &mut |record| {
                if let (Ok(()), Some(objective)) = (&reported, record.objective) {
                    reported = self.state().database.report(row, record.epoch, objective);
                }
            },
            last_epoch: job.request.epochs,
            stop: &|| (self.runner.stop)() || self.state().failure.is_some(),
            interrupted: false,
        };
        let fitted = self.trial_runner.run(&job.request, &job.judge, &mut observer);
        let interrupted = observer.interrupted;
        let ended = match fitted {
            Ok(_) if interrupted => self.give_up(job),
            Ok((trial, weights)) => {
                reported.map_err(Into::into).and_then(|()| self.finish(job, trial, weights))
            }
            Err(error) => Err(error.into()),
        };
        // After a failure the row stays in the list, for `conclude` to give it up.
        if ended.is_ok() {
            self.state().running.remove(&number);
        }
        ended
    }

    /// Gives a trial up, for whoever resumes the study.
    fn give_up(&self, job: &Job) -> Result<(), StudyError> {
        let now = (self.runner.clock)();
        self.state().database.give_up(&[job.attempt.row], "the study was stopped", now)?;
        self.runner.observer.interrupted(job.attempt.number);
        Ok(())
    }

    /// Stores the result of a trial: first the artifact, then the log, then the database, so that whatever the database
    /// refers to exists even if the process is killed in between.
    fn finish(&self, job: &Job, trial: Trial, weights: Option<Weights>) -> Result<(), StudyError> {
        let id = save(self.runner.store, trial.clone(), producer!(Some(ENGINE_VERSION)))?;
        // Before the database: every trial that it calls finished must be in the log of all trials.
        self.log_trial(id, &trial)?;
        let row = finished_row(&trial, id, job.params.clone());
        let now = (self.runner.clock)();
        let mut state = self.state();
        // The checkpoint is written inside the transaction, so that the process with the better trial writes last.
        let receipt = state.database.finish(&job.attempt, &row, now, || match &weights {
            Some(weights) => self.write_checkpoint(&trial, weights),
            None => Ok(()),
        })?;
        if receipt == Receipt::Stored {
            state.new_trials += 1;
            // Another program may have used up the budget meanwhile.
            if job.attempt.number < self.plan.own(state.database.rows()) {
                state.add(trial.number, id, trial.clone(), &self.space);
                self.runner.observer.finished(&trial, done(&state), self.runner.best_so_far(&state.trials));
            }
        }
        self.catch_up(&mut state)?;
        let lag = state.trials.len() - state.viewed;
        if lag * VIEW_LAG >= state.trials.len() { self.write_view(&mut state) } else { Ok(()) }
    }

    /// Loads the trials that other processes finished.
    fn catch_up(&self, state: &mut State) -> Result<(), StudyError> {
        let own = self.plan.own(state.database.rows());
        let known = |number: &u64| state.trials.contains_key(number);
        let new: Vec<_> =
            state.database.rows().finished().filter(|(number, _)| *number < own && !known(number)).collect();
        for (number, digest) in new {
            let id = TrialId::new(digest);
            let Some(trial) = self.finished_trial(state, number, id)? else {
                return Ok(());
            };
            let (rows, study) = (state.database.rows(), self.trial_runner.study_key);
            agreement::check((state.database.location(), rows), (number, Some(study)), id, &trial)?;
            self.log_trial(id, &trial)?;
            state.add(number, id, trial, &self.space);
            // Trials that were finished before this process did anything are not news.
            if !state.running.is_empty() || state.new_trials > 0 {
                let trial = &state.trials[&number].1;
                self.runner.observer.finished(trial, done(state), self.runner.best_so_far(&state.trials));
            }
        }
        Ok(())
    }

    /// Writes a finished trial to the log of all trials, unless it is already there.
    fn log_trial(&self, id: TrialId, trial: &Trial) -> Result<(), Error> {
        let at = (self.runner.clock)().to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.record(&at, self.runner.run.name(), self.runner.store, id, trial).map(drop)
    }

    /// Writes the weights of the best trial so far to `best_trial.safetensors`.
    fn write_checkpoint(&self, trial: &Trial, weights: &Weights) -> Result<(), StudyError> {
        let metadata = BTreeMap::from([
            ("trial_number".to_owned(), trial.number.to_string()),
            ("engine_version".to_owned(), ENGINE_VERSION.to_string()),
        ]);
        let path = self.runner.run.checkpoints().join("best_trial.safetensors");
        Ok(files::write_atomically(&path, &weights.to_safetensors(&metadata))?)
    }

    /// Writes `trial_results.json` while the study is unfinished.
    fn write_view(&self, state: &mut State) -> Result<(), StudyError> {
        let view = TrialResults::new(self.trial_runner.study_key, None, state.trials.values(), &self.losses);
        view.view(self.runner.run)?.write()?;
        state.viewed = state.trials.len();
        Ok(())
    }

    /// Stores the study if it is finished. After a failure, gives up the trials that this process still holds.
    pub(super) fn conclude(self) -> Result<StudyEnd, StudyError> {
        let mut state = self.state();
        let left: Vec<i64> = state.running.values().copied().collect();
        if let Some(failure) = state.failure.take() {
            // The first failure is the one to report. If these fail too, the rows end after the grace period, and
            // whoever resumes the study writes the view.
            let _ = state.database.give_up(&left, "the study failed", (self.runner.clock)());
            let _ = self.write_view(&mut state);
            return Err(failure);
        }
        state.database.refresh()?;
        let (done, new_trials, waited) = (done(&state), state.new_trials, state.waited);
        let own = self.plan.own(state.database.rows());
        let finished = match state.trials.len() as u64 {
            0 => None,
            trials if trials < own => {
                self.write_view(&mut state)?;
                None
            }
            _ => {
                let trials = std::mem::take(&mut state.trials);
                Some(self.runner.store_study(self.trial_runner.study_key, trials)?)
            }
        };
        Ok(StudyEnd { finished, done, new_trials, waited })
    }

    /// Stores a study of the trials before the first missing one; `None` when trial 0 is missing.
    pub(super) fn conclude_prefix(self) -> Result<Option<FinishedStudy>, StudyError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let contiguous = |(place, number): &(usize, u64)| *place as u64 == *number;
        let numbers = state.trials.keys().copied().enumerate();
        let prefix = numbers.take_while(contiguous).count() as u64;
        if prefix == 0 {
            return Ok(None);
        }
        let trials = state.trials.into_iter().filter(|(number, _)| *number < prefix).collect();
        self.runner.store_study(self.trial_runner.study_key, trials).map(Some)
    }
}

fn done(state: &State) -> u64 {
    let rows = state.database.rows();
    (rows.finished().len() + rows.externals().count()) as u64
}

fn finished_row(trial: &Trial, id: TrialId, params: Vec<Param>) -> FinishedTrial {
    let metrics = trial.metrics.as_ref();
    let records = metrics.map(|metrics| metrics.history.as_slice()).unwrap_or_default();
    let mut attributes = vec![
        ("holdfast:stage", trial.stage.clone().into()),
        ("holdfast:engine_version", ENGINE_VERSION.into()),
    ];
    attributes.extend(trial.error.clone().map(|error| ("holdfast:error", error.into())));
    attributes.extend(metrics.map(|metrics| ("validation_accuracy", metrics.validation_accuracy.into())));
    let objective = |record: &EpochRecord| Some((record.epoch, record.objective?));
    FinishedTrial {
        state: trial.state,
        objective: history::last_objective(trial),
        by_epoch: records.iter().filter_map(objective).collect(),
        params,
        artifact: id.digest(),
        attributes,
    }
}
