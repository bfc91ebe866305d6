//! What the final phase will do, fixed before the test rows are opened.

use super::upgrade;
use super::{
    BestConfiguration, BestConfigurationId, Evaluation, FlatSettings, Hyperparameters, SealId, SnapshotId,
    SplitPlanId, flatten, settings_digest,
};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Error, Invalid, PlanDifference, ensure};
use crate::id::{Digest, Id};
use crate::parents::{Contradiction, Parents, agree, same};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The id of a [`FrozenPlan`].
pub type FrozenPlanId = Id<FrozenPlan>;

/// The plan of the final phase: what is fitted, for how long, with which thresholds, what is reported, and by which
/// program. The test rows are opened only for exactly this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrozenPlan {
    /// The chosen configuration.
    pub best_configuration: BestConfigurationId,
    /// The seal that is opened.
    pub seal: SealId,
    /// The snapshot behind it.
    pub snapshot: SnapshotId,
    /// The split.
    pub split: SplitPlanId,
    /// The first test row.
    pub split_row: usize,
    /// The root seed.
    pub seed: u64,
    /// The chosen model's fit.
    pub model: PlannedFit,
    /// The linear baseline's fit.
    pub baseline: PlannedFit,
    /// The target, which decides the true class.
    pub target: Component,
    /// What turns decisions into figures.
    pub thresholds: Thresholds,
    /// The figures that are reported, by their written names.
    pub metrics: Vec<String>,
    /// The digest of `settings`: of their canonical JSON.
    pub configuration: Digest,
    /// Every setting that is not at its default, by its dotted key, except the run's name and the paths of files.
    pub settings: FlatSettings,
    /// The version of the training engine.
    pub engine_version: u32,
    /// The version of the programs.
    pub program_version: String,
}

/// One fit of the final phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedFit {
    /// The model.
    pub kind: Component,
    /// Its configuration.
    pub params: Hyperparameters,
    /// How long it is trained, in epochs.
    pub epochs: u64,
    /// The length of the learning-rate schedule, in epochs.
    pub schedule_epochs: u64,
}

/// What turns decisions into figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Thresholds {
    /// The cost of a decision to trade, in basis points.
    pub cost_bps: f64,
}

impl FrozenPlan {
    /// The plan that follows from a chosen configuration, the settings, and the program that carries it out.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when a setting is a number that JSON would change.
    pub fn new(
        id: BestConfigurationId,
        best: &BestConfiguration,
        settings: FlatSettings,
        engine_version: u32,
        program_version: &str,
    ) -> Result<Self, Error> {
        let schedule_epochs = best.schedule_epochs;
        let numbers = best.preprocessing.target_scale.iter().flat_map(|_| Evaluation::NUMBER_FIGURES);
        let slippage = Evaluation::SLIPPAGE_FIGURES.into_iter().filter(|_| best.training.has_slippage());
        let figures = Evaluation::FIGURES.into_iter().chain(numbers).chain(slippage);
        Ok(Self {
            best_configuration: id,
            seal: best.seal,
            snapshot: best.snapshot,
            split: best.cv_results.split,
            split_row: best.split.split_row,
            seed: best.seed,
            model: PlannedFit {
                kind: best.model.clone(),
                params: best.params.clone(),
                epochs: best.epochs_to_train,
                schedule_epochs,
            },
            baseline: PlannedFit {
                kind: best.baseline.model.clone(),
                params: best.baseline.params.clone(),
                epochs: best.baseline.epochs_to_train,
                schedule_epochs,
            },
            target: best.preprocessing.labels.rule.clone(),
            thresholds: Thresholds { cost_bps: best.training.cost_bps },
            metrics: figures.map(str::to_owned).collect(),
            configuration: settings_digest(&settings)?,
            settings,
            engine_version,
            program_version: program_version.to_owned(),
        })
    }

    /// Where the present plan differs from this one, field by field; empty when it does not.
    ///
    /// A setting that a plan lacks has its value in `defaults`: plans hold only settings off their default, and older
    /// plans lack the settings that were added since.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`].
    pub fn differences(&self, present: &Self, defaults: &FlatSettings) -> Result<Vec<PlanDifference>, Error> {
        let (frozen, present) = (self.leaves(defaults)?, present.leaves(defaults)?);
        let none = || "absent".to_owned();
        let fields: BTreeSet<&String> = frozen.keys().chain(present.keys()).collect();
        let different = fields.into_iter().filter(|field| frozen.get(*field) != present.get(*field));
        let text = |leaf: Option<&serde_json::Value>| leaf.map_or_else(none, ToString::to_string);
        let difference = |field: &String| PlanDifference {
            field: field.strip_prefix("settings.").unwrap_or(field).to_owned(),
            frozen: text(frozen.get(field)),
            present: text(present.get(field)),
        };
        Ok(different.map(difference).collect())
    }

    /// Every field by its dotted name, with the settings' defaults filled in.
    fn leaves(&self, defaults: &FlatSettings) -> Result<FlatSettings, Error> {
        let mut plan = self.clone();
        for (key, default) in defaults {
            plan.settings.entry(key.clone()).or_insert_with(|| default.clone());
        }
        let mut leaves = flatten(&plan)?;
        // The settings' digest adds nothing to the settings, and differs between spellings of the same settings.
        leaves.remove("configuration");
        Ok(leaves)
    }
}

impl Payload for FrozenPlan {
    const KIND: &'static str = "frozen_plan";

    const VERSIONS: &'static [Version] = &[Version::FIRST, Version::COMPONENTS];

    fn upgrade(_from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::frozen_plan(payload)
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.best_configuration.digest(), self.seal.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        for (name, fit) in [("model", &self.model), ("baseline", &self.baseline)] {
            fit.kind.validate(&format!("{name}.kind"))?;
            fit.params.validate(&format!("{name}.params"))?;
            let range = format!("an epoch from 1 to {}", fit.schedule_epochs);
            let inside = (1..=fit.schedule_epochs).contains(&fit.epochs);
            ensure(inside, &format!("{name}.epochs"), fit.epochs, range)?;
        }
        self.target.validate("target")?;
        let Thresholds { cost_bps } = self.thresholds;
        ensure(cost_bps >= 0.0, "thresholds.cost_bps", cost_bps, "a number from 0")?;
        let mut seen = BTreeSet::new();
        for (place, name) in self.metrics.iter().enumerate() {
            let field = format!("metrics[{place}]");
            ensure(!name.is_empty() && seen.insert(name), &field, format!("{name:?}"), "a name, once")?;
        }
        ensure(!self.metrics.is_empty(), "metrics", "empty", "at least one figure")?;
        let digest = settings_digest(&self.settings);
        let expected = digest.map_or_else(|error| error.to_string(), |digest| digest.to_string());
        let found = self.configuration.to_string();
        ensure(found == expected, "configuration", found, format!("{expected}, the settings' digest"))?;
        ensure(!self.program_version.is_empty(), "program_version", "empty", "a version")
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let (best, seal) = (parents.get(self.best_configuration)?, parents.get(self.seal)?);
        let of = "the best configuration";
        same("seal", self.seal, best.seal, of)?;
        same("snapshot", self.snapshot, seal.snapshot, "the seal")?;
        same("split", self.split, best.cv_results.split, of)?;
        agree("split_row", self.split_row, best.split.split_row, of)?;
        agree("seed", self.seed, best.seed, of)?;
        agree("model.kind", &self.model.kind, &best.model, of)?;
        agree("baseline.kind", &self.baseline.kind, &best.baseline.model, of)?;
        agree("model.epochs", self.model.epochs, best.epochs_to_train, of)?;
        agree("baseline.epochs", self.baseline.epochs, best.baseline.epochs_to_train, of)?;
        for (name, fit, params) in
            [("model", &self.model, &best.params), ("baseline", &self.baseline, &best.baseline.params)]
        {
            let expected = format!("those of {of}");
            ensure(fit.params == *params, &format!("{name}.params"), "different values", expected)?;
            let field = format!("{name}.schedule_epochs");
            agree(&field, fit.schedule_epochs, best.schedule_epochs, of)?;
        }
        let rule = &best.preprocessing.labels.rule;
        ensure(self.target == *rule, "target", &self.target, format!("{of}'s {rule}"))?;
        agree("thresholds.cost_bps", self.thresholds.cost_bps, best.training.cost_bps, of)?;
        Ok(())
    }
}
