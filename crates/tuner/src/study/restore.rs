//! Finished trials whose objects are lost: each is fitted again.

use super::error::StudyError;
use super::observe::TrialObserver;
use super::work::{Shared, State};
use artifact_core::schema::{Trial, TrialId};
use artifact_core::{Error, ObjectStore, load, load_whole, producer, save, unless_lost};
use data_loader::{DatasetError, Windows};
use trainer_core::ENGINE_VERSION;

impl Shared<'_> {
    /// A finished trial, with everything that was stored for it: what is lost is made again. `None` if the study is to stop
    /// first.
    ///
    /// Trials are asked for in the order of their numbers, since an earlier one can decide whether a later one is pruned.
    ///
    /// # Errors
    ///
    /// [`StudyError::Elsewhere`] for a trial that this workspace never had; the store's error for one that does not come
    /// out the same, as with another version of the program.
    pub(super) fn finished_trial(
        &self,
        state: &State,
        number: u64,
        id: TrialId,
    ) -> Result<Option<Trial>, StudyError> {
        let store = self.runner.store;
        let lost = match load_whole(store, id) {
            Ok(trial) => {
                if unless_lost(&format!("trial {number}"), inputs(store, &trial))?.is_none() {
                    let windows = Windows::from(&trial.params);
                    let (config, seal) = (self.runner.config, self.runner.seal);
                    if let Err(DatasetError::Artifact(error)) =
                        self.runner.dataset.store_plan(store, seal, config, windows)
                    {
                        return Err(error.into());
                    }
                    // Other rules than those of its time give others.
                    inputs(store, &trial)?;
                }
                return Ok(Some(trial));
            }
            Err(error @ Error::NotFound { .. }) if !self.was_here(number, id)? => {
                let location = state.database.location().to_string();
                return Err(StudyError::Elsewhere { number, location, source: Box::new(error) });
            }
            Err(error) if error.is_lost() => error,
            Err(error) => return Err(error.into()),
        };
        tracing::warn!("trial {number} was done, but is lost ({lost}); it is fitted again");
        let Some(trial) = self.fit_again(state, number)? else {
            return Ok(None);
        };
        let found = save(store, trial.clone(), producer!(Some(ENGINE_VERSION)))?;
        if found == id { Ok(Some(trial)) } else { Err(lost.into()) }
    }

    /// Whether the log of this workspace has the trial.
    fn was_here(&self, number: u64, id: TrialId) -> Result<bool, Error> {
        let entries = self.runner.run.trial_log().entries()?;
        Ok(entries.iter().any(|entry| entry.event.trial == id && entry.event.number == number))
    }

    /// Fits a finished trial again, as it was fitted first: a suggestion depends on the earlier trials alone. `None` if the
    /// study is to stop.
    fn fit_again(&self, state: &State, number: u64) -> Result<Option<Trial>, StudyError> {
        let fixed = state.database.rows().attempts(number).find_map(|row| row.fixed.as_ref());
        let (request, _) = self.suggestion(number, fixed, &self.seen(state, number))?;
        let judge = self.judge(state, number, &request.model);
        let mut observer = TrialObserver {
            number,
            study: self.runner.observer,
            epoch: &mut |_| {},
            last_epoch: request.epochs,
            stop: &|| (self.runner.stop)(),
            interrupted: false,
        };
        let (trial, _) = self.trial_runner.run(&request, &judge, &mut observer)?;
        Ok((!observer.interrupted).then_some(trial))
    }
}

/// Reads everything that was stored with a trial.
///
/// # Errors
///
/// As [`load`].
pub(crate) fn trial_is_whole(store: &dyn ObjectStore, trial: &Trial) -> Result<(), Error> {
    let returns = trial.metrics.as_ref().map(|metrics| metrics.daily_returns);
    returns.map_or(Ok(()), |returns| store.get(&returns).map(drop))?;
    inputs(store, trial)
}

/// Reads the split and the preprocessing of a trial.
fn inputs(store: &dyn ObjectStore, trial: &Trial) -> Result<(), Error> {
    trial.split.map_or(Ok(()), |id| load(store, id).map(drop))?;
    trial.preprocessing.map_or(Ok(()), |id| load(store, id).map(drop))
}
