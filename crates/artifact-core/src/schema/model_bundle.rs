//! The final model.

use super::{BestConfigurationId, CLASS_NAMES, EpochRecord, Evaluation, NumberFigures};
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::parents::{Contradiction, Parents, agree};
use serde::{Deserialize, Serialize};

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
    /// The baseline's weights as a safetensors blob.
    pub baseline_weights: Digest,
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
}

/// The figures on the test set, of the model and of what it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestMetrics {
    /// The final model.
    pub model: Evaluation,
    /// The linear model.
    pub linear: Evaluation,
    /// A constant prediction of the class that is most frequent in training.
    pub majority: Evaluation,
}

impl Payload for ModelBundle {
    const KIND: &'static str = "model_bundle";

    const VERSIONS: &'static [Version] =
        &[Version::FIRST, Version { major: 2, minor: 1, change: NumberFigures::CHANGE }];

    fn minor(&self) -> u64 {
        let TestMetrics { model, linear, majority } = &self.test;
        model.minor().max(linear.minor()).max(majority.minor())
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.best_configuration.digest()]
    }

    fn blobs(&self) -> Vec<Digest> {
        vec![self.weights, self.baseline_weights]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let epochs = self.history.len() as u64;
        ensure(self.epochs_trained == epochs, "epochs_trained", self.epochs_trained, epochs)?;
        EpochRecord::validate_curve(&self.history, false, "history")?;
        let test = &self.test;
        let named = [("model", &test.model), ("linear", &test.linear), ("majority", &test.majority)];
        for (name, evaluation) in named {
            let field = format!("test.{name}");
            evaluation.validate(&field)?;
            // All three are judged on the same samples.
            let (found, expected) = (evaluation.true_counts(), test.model.true_counts());
            let field = format!("{field}.confusion");
            ensure(found == expected, &field, format!("true counts {found:?}"), format!("{expected:?}"))?;
        }
        let constant = test.majority.only_prediction().is_some();
        ensure(constant, "test.majority.confusion", "several predicted classes", "always the same class")
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let best = parents.get(self.best_configuration)?;
        agree("epochs_trained", self.epochs_trained, best.epochs_to_train, "the best configuration")?;
        let expected = format!("{}, the split's final_train", best.split.final_train);
        ensure(self.train == best.split.final_train, "train", &self.train, expected)?;
        let planned = parents.planned(best.cv_results.split, best.cv_results.preprocessing, &best.params)?;
        planned.holds(&self.test.model, planned.split.test.len(), "test.model")?;
        // Ties go to the lowest code: `max_by_key` keeps the last maximum, hence `rev`.
        let counts = planned.preprocessing.class_weights.counts;
        let most = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count).map(|(class, _)| class);
        let found = self.test.majority.only_prediction();
        let always =
            |class: Option<usize>| class.and_then(|c| CLASS_NAMES.get(c)).map_or("no class", |name| *name);
        let samples = self.test.majority.samples;
        let field = "test.majority.confusion";
        ensure(samples == 0 || found == most, field, always(found), format!("always {}", always(most)))?;
        let cost = best.training.cost_bps;
        for (name, evaluation) in [("model", &self.test.model), ("linear", &self.test.linear)] {
            if let Some(trading) = &evaluation.trading {
                agree(
                    &format!("test.{name}.trading.cost_bps"),
                    trading.cost_bps,
                    cost,
                    "the best configuration",
                )?;
            }
        }
        Ok(())
    }
}
