//! Phase 3: the refit on all development rows, and one look at the test set.
//!
//! [`FinalTrainer`] reads `best_configuration_artifacts.json` and the frozen plan, and nothing else about the run. It
//! refuses when what it would do is not what was frozen, fits, records the opening of the test set in the ledger, and
//! only then loads the test rows.

mod bundle;
pub mod cli;
mod holdout;
mod plan;
mod predict;
mod refit;

pub use bundle::read_model;
pub use holdout::{Tested, open_and_score};
pub use predict::{PredictError, Prediction, predict};
pub use refit::{FinalError, Refitted, refit};

use artifact_core::schema::{
    BestConfiguration, BestConfigurationId, FrozenPlanId, ModelBundle, ModelBundleId, Seal,
};
use artifact_core::verify::verify;
use artifact_core::{Digest, Error, Ledger, ObjectStore, Run, load, producer, save};
use data_loader::Dataset;
use settings::Config;
use trainer_core::{Checkpoints, ENGINE_VERSION, ModelParts};

/// Phase 3 of a run.
pub struct FinalTrainer<'a> {
    /// The run.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The models and metrics, for what is stored.
    pub parts: &'a ModelParts,
    /// The test ledger.
    pub ledger: &'a Ledger,
    /// The chosen configuration's object.
    pub best_id: BestConfigurationId,
    /// The chosen configuration, as read from its file.
    pub best: &'a BestConfiguration,
    /// Where fits in flight are saved.
    pub checkpoints: &'a Checkpoints,
    /// The frozen plan's object.
    pub plan_id: FrozenPlanId,
    /// The present settings, which must be the frozen ones.
    pub config: &'a Config,
    /// The present time in UTC (RFC 3339), for the ledger.
    pub clock: &'a dyn Fn() -> String,
}

impl FinalTrainer<'_> {
    /// Refits, opens and scores the test set once, and stores the bundle.
    ///
    /// # Errors
    ///
    /// [`Error::Plan`] when anything differs from the frozen plan: the ledger is then left as it is. Otherwise
    /// [`FinalError`]; the ledger keeps every opening, also of a phase that failed afterwards.
    pub fn run(&self) -> Result<(ModelBundleId, ModelBundle), FinalError> {
        verify(self.store, self.best_id.digest())?;
        let plan = self.check_plan()?;
        let seal: Seal = load(self.store, self.best.seal)?;
        let dataset = Dataset::development(self.store, &seal, self.best.preprocessing.features)?;
        let refitted = refit(&dataset, self.parts, self.best, self.checkpoints)?;
        let weights = self.store.put(&refitted.model.weights.to_safetensors(&refitted.metadata))?;
        let baseline_weights =
            self.store.put(&refitted.baseline.weights.to_safetensors(&refitted.metadata))?;

        let tested = open_and_score(self, &plan, &refitted)?;
        let bundle = ModelBundle {
            best_configuration: self.best_id,
            weights,
            baseline_weights,
            initial_weights: refitted.model.initial_weights,
            train: refitted.train,
            epochs_trained: refitted.model.history.len() as u64,
            history: refitted.model.history,
            test: tested.metrics,
        };
        Ok((save(self.store, bundle.clone(), producer!(Some(ENGINE_VERSION)))?, bundle))
    }
}

/// The key of this phase: two runs with the same key have the same model.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(best: BestConfigurationId) -> Result<Digest, Error> {
    Ok(Digest::of(&artifact_core::canonical_json(&("final", ENGINE_VERSION, best))?))
}
