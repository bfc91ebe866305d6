//! The only run of a workspace, once it is finished.

use anyhow::Context as _;
use artifact_core::schema::{BestConfiguration, Hyperparameters, ModelBundle, ModelBundleId, Study, Trial};
use artifact_core::{Component, Digest, FileStore, Id, ObjectStore as _, Phase, Workspace, load};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use trainer_core::{ChosenModel, ModelParts, Weights, with_params, with_seeds};

/// A finished run.
pub(super) struct Finished {
    pub(super) store: FileStore,
    pub(super) bundle: ModelBundle,
    pub(super) best: BestConfiguration,
    pub(super) study: Study,
}

impl Finished {
    /// Reads the only run of a workspace.
    ///
    /// # Errors
    ///
    /// If the workspace has no run, or the run is not finished.
    pub(super) fn of(workspace: &Path) -> anyhow::Result<Self> {
        let workspace = Workspace::new(workspace);
        let name = workspace.runs()?.pop().context("the workspace has no run")?;
        let record = workspace.run(&name).record()?.context("the run has no record")?;
        let output =
            |phase, name: &str| record.output(phase, name).with_context(|| format!("the run has no {name}"));
        let store = workspace.store();
        let bundle: ModelBundle = load(&store, ModelBundleId::new(output(Phase::Final, "model_bundle")?))?;
        let best = load(&store, bundle.best_configuration)?;
        let study = load(&store, Id::new(output(Phase::Tuning, "study")?))?;
        Ok(Self { store, bundle, best, study })
    }

    /// A model of the run and its weights, by the digest of these.
    pub(super) fn model(
        &self,
        model: &Component,
        params: &Hyperparameters,
        weights: Digest,
    ) -> anyhow::Result<(ChosenModel, Weights)> {
        let model = with_params(&ModelParts::builtin().models.find(model)?, &params.model)?;
        let weights = Weights::from_safetensors(&self.store.get(&weights)?)?;
        Ok((with_seeds(&model, self.best.training.seeds), weights))
    }

    /// What was chosen, and by which figures.
    pub(super) fn described(&self) -> anyhow::Result<Value> {
        let best = &self.best;
        Ok(json!({
            "chosen": best.model.name,
            "trial": best.trial_number,
            "params": best.params,
            "epochs": best.epochs_to_train,
            "decision_balance": best.cv_results.decision_balance,
            "cross_validation": best.cv_results.summary.avg_objective,
            "validation": self.by_model()?,
        }))
    }

    /// The best validation objective of each model.
    fn by_model(&self) -> anyhow::Result<BTreeMap<String, f64>> {
        let mut best = BTreeMap::new();
        for &id in &self.study.trials {
            let trial: Trial = load(&self.store, id)?;
            if let Some(metrics) = trial.metrics {
                let known = best.entry(trial.model.name).or_insert(f64::NEG_INFINITY);
                *known = known.max(metrics.objective_value);
            }
        }
        Ok(best)
    }
}
