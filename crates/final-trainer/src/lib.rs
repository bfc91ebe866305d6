//! Phase 3: the refit on all development rows, and one look at the test set.
//!
//! [`FinalTrainer`] reads `best_configuration_artifacts.json` and the frozen plan, and nothing else about the run. It
//! refuses to do anything other than what was frozen; it then fits, records the opening of the test set in the ledger,
//! and only then loads the test rows.

mod bundle;
pub mod cli;
mod holdout;
mod phase;
mod plan;
mod predict;
mod refit;

pub use bundle::read_model;
pub use holdout::{Tested, open_and_score};
pub use phase::FinalTrainer;
pub use predict::{Forecast, PredictError, Prediction, Quantile, Request, Rows, Stale, predict};
pub use refit::{FinalError, FinalFits, refit};

use artifact_core::schema::{BestConfigurationId, ModelBundle, ModelBundleId, Seal, TestReturns};
use artifact_core::verify::verify;
use artifact_core::{Digest, Error, load, producer, save};
use data_loader::{Dataset, DatasetError};
use trainer_core::{ENGINE_VERSION, FitOutcome};

impl FinalTrainer<'_> {
    /// Refits, opens and scores the test set once, and stores the bundle.
    ///
    /// # Errors
    ///
    /// [`FinalError`]; its source is [`Error::Plan`] when anything differs from the frozen plan, and the ledger is then
    /// untouched. An opening stays in the ledger, whatever fails after it.
    pub fn run(&self) -> Result<(ModelBundleId, ModelBundle), FinalError> {
        verify(self.store, self.best_id.digest())?;
        let plan = self.check_plan()?;
        let seal: Seal = load(self.store, self.best.seal)?;
        let recipe = self.data.stored(self.best).map_err(DatasetError::from)?;
        let dataset = Dataset::development(self.store, &seal, &recipe)?;
        // All models are fitted and stored before the test set is opened, so nothing in them can depend on its result.
        let refitted = refit(&dataset, self.models, self.best, self.checkpoints)?;
        let weights = self.store.put(&refitted.model.weights.to_safetensors(&refitted.metadata))?;
        let baseline_weights =
            self.store.put(&refitted.baseline.weights.to_safetensors(&refitted.metadata))?;

        let stored = |fitted: &FitOutcome| self.store.put(&fitted.weights.to_safetensors(&refitted.metadata));
        let further_weights = refitted.further.iter().map(stored).collect::<Result<_, Error>>()?;

        let tested = open_and_score(self, &plan, &refitted)?;
        let bundle = ModelBundle {
            best_configuration: self.best_id,
            weights,
            baseline_weights,
            further_weights,
            initial_weights: refitted.model.initial_weights,
            train: refitted.train,
            epochs_trained: refitted.model.history.len() as u64,
            history: refitted.model.history,
            test: tested.metrics,
            test_returns: tested
                .returns
                .into_iter()
                .map(|(of, series)| Ok(TestReturns { of, returns: self.store.put(&series.to_bytes())? }))
                .collect::<Result<_, Error>>()?,
        };
        Ok((save(self.store, bundle.clone(), producer!(Some(ENGINE_VERSION)))?, bundle))
    }
}

/// The key of this phase: two runs with the same key produce the same model.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(best: BestConfigurationId) -> Result<Digest, Error> {
    Ok(Digest::of(&artifact_core::canonical_json(&("final", ENGINE_VERSION, best))?))
}
