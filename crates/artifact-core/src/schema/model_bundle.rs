//! The final model.

use super::slippage;
use super::upgrade;
use super::{BestConfigurationId, EpochRecord, NumberFigures, TestMetrics};
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::parents::{Contradiction, Parents, agree};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The id of a [`ModelBundle`].
pub type ModelBundleId = Id<ModelBundle>;

/// The model refitted on all development rows, and its one look at the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelBundle {
    /// What was refitted.
    pub best_configuration: BestConfigurationId,
    /// The weights as a safetensors blob.
    pub weights: Digest,
    /// The linear baseline's weights as a safetensors blob.
    pub baseline_weights: Digest,
    /// Those of the further baselines, in the configuration's order. Empty in results of earlier versions.
    pub further_weights: Vec<Digest>,
    /// The digest of the weights before training.
    pub initial_weights: Digest,
    /// The sequences that the model was fitted on.
    pub train: IndexSet,
    /// The epochs that were run.
    pub epochs_trained: u64,
    /// The training loss, epoch by epoch.
    pub history: Vec<EpochRecord>,
    /// The figures on the test set.
    pub test: TestMetrics,
    /// The returns behind them, bar by bar. Empty where there are none, and in results of earlier versions.
    pub test_returns: Vec<TestReturns>,
}

/// What a strategy would have earned on the test rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestReturns {
    /// `model`, the name of a baseline, or `buy_and_hold`.
    pub of: String,
    /// The returns after cost: a blob of [`DailyReturns`](super::DailyReturns), over the same bars for all.
    pub returns: Digest,
}

impl Payload for ModelBundle {
    const KIND: &'static str = "model_bundle";

    const VERSIONS: &'static [Version] = &[
        Version::FIRST,
        Version { major: 2, minor: 1, change: NumberFigures::CHANGE },
        Version {
            major: 3,
            minor: 0,
            change: "As trial 4.0; baselines by name, intervals of figures and of differences, figures by ticker, calibration, \
                     and what other costs would leave.",
        },
        Version { major: 3, minor: slippage::MINOR, change: slippage::CHANGE },
    ];

    fn minor(&self) -> u64 {
        self.test.minor()
    }

    fn upgrade(_from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::model_bundle(payload)
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.best_configuration.digest()]
    }

    fn blobs(&self) -> Vec<Digest> {
        let mut blobs = vec![self.weights, self.baseline_weights];
        blobs.extend(&self.further_weights);
        blobs.extend(self.test_returns.iter().map(|own| own.returns));
        blobs
    }

    fn validate(&self) -> Result<(), Invalid> {
        let epochs = self.history.len() as u64;
        ensure(self.epochs_trained == epochs, "epochs_trained", self.epochs_trained, epochs)?;
        EpochRecord::validate_curve(&self.history, false, "history")?;
        self.test.validate().map_err(|invalid| invalid.within("test"))
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let best = parents.get(self.best_configuration)?;
        agree("epochs_trained", self.epochs_trained, best.epochs_to_train, "the best configuration")?;
        let further = best.further_baselines.len();
        agree("further_weights", self.further_weights.len(), further, "the best configuration")?;
        let expected = format!("{}, the split's final_train", best.split.final_train);
        ensure(self.train == best.split.final_train, "train", &self.train, expected)?;
        let planned = parents.planned(best.cv_results.split, best.cv_results.preprocessing, &best.params)?;
        planned.holds(&self.test.model, planned.split.test.len(), "test.model")?;
        let counts = planned.preprocessing.class_weights.counts;
        self.test.verify(counts, &best.training).map_err(|invalid| invalid.within("test"))?;
        Ok(())
    }
}
