//! The final model.

use super::{BestConfigurationId, EpochRecord, Evaluation};
use crate::error::{Invalid, ensure};
use crate::{Digest, Payload};
use serde::{Deserialize, Serialize};

/// The model refitted on all development rows, and its one look at the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelBundle {
    /// What was refitted.
    pub best_configuration: BestConfigurationId,
    /// The weights as a safetensors blob.
    pub weights: Digest,
    /// The baseline's weights as a safetensors blob.
    pub baseline_weights: Digest,
    /// The digest of the weights before training.
    pub initial_weights: Digest,
    /// The epochs that were run.
    pub epochs_trained: u64,
    /// The training loss, epoch by epoch.
    pub history: Vec<EpochRecord>,
    /// The figures on the test set.
    pub test: TestMetrics,
}

/// The figures on the test set, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestMetrics {
    /// The final model.
    pub model: Evaluation,
    /// The linear model.
    pub linear: Evaluation,
    /// Always the class that is most frequent in training.
    pub majority: Evaluation,
}

impl Payload for ModelBundle {
    const KIND: &'static str = "model_bundle";

    fn parents(&self) -> Vec<Digest> {
        vec![self.best_configuration.digest()]
    }

    fn blobs(&self) -> Vec<Digest> {
        vec![self.weights, self.baseline_weights]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let epochs = self.history.len() as u64;
        ensure(self.epochs_trained == epochs, "epochs_trained", self.epochs_trained, epochs)?;
        self.test.model.validate("test.model")?;
        self.test.linear.validate("test.linear")?;
        self.test.majority.validate("test.majority")
    }
}
