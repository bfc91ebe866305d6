//! How models were trained and scored, as it is stored.

use super::slippage::{Impact, Spread};
use crate::component::Component;
use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};

/// How a class follows from predicted probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// The most probable one.
    #[default]
    MostProbable,
    /// The one with the largest probability over a power of its frequency in training, from 0 to 1; cross-validation
    /// chooses the exponent, the *balance*, by the Matthews correlation.
    Tuned,
}

impl DecisionRule {
    fn is_default(&self) -> bool {
        *self == Self::MostProbable
    }
}

/// What is done to predicted probabilities before they are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// Nothing.
    #[default]
    None,
    /// They are scaled by one temperature, which cross-validation fits to the rows that each fold's model has not seen.
    Temperature,
}

impl Calibrator {
    /// Whether nothing is done.
    pub fn is_default(&self) -> bool {
        *self == Self::None
    }
}

/// How models were trained and scored.
///
/// This is the stored form, and it has no defaults: what a configuration file leaves out is filled in before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrainingSettings {
    /// The model.
    pub model: Component,
    /// The metric that is maximised.
    pub objective: Component,
    /// The focal loss's exponent; 0 is plain weighted cross-entropy.
    pub focal_gamma: f64,
    /// How far the loss weighs classes by inverse frequency: 1 fully, 0 all classes alike, see
    /// [`ClassWeights::mixed`](crate::schema::ClassWeights::mixed).
    pub class_weight_mix: f64,
    /// The batches whose gradients make one step of the optimizer.
    pub accumulation_steps: usize,
    /// The largest global norm of the gradient.
    pub gradient_clip: f64,
    /// The share of all steps in which the learning rate rises.
    pub warmup_fraction: f64,
    /// The epochs without improvement after which a tuning fit stops.
    pub patience: usize,
    /// The most samples of one epoch; left out when it is 0, which means all of them.
    #[serde(default, skip_serializing_if = "all_samples")]
    pub samples_per_epoch: usize,
    /// Whether samples weigh by the average uniqueness of their labels; left out when they do not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uniqueness: bool,
    /// What the oldest sample weighs of what the newest weighs, above -1 and at most 1; left out when it is 1.
    #[serde(default = "no_decay", skip_serializing_if = "is_no_decay")]
    pub time_decay: f64,
    /// How many models with different seeds are fitted at a time and averaged; left out when it is 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub seeds: usize,
    /// How classes are decided; left out when it is the most probable one.
    #[serde(default, skip_serializing_if = "DecisionRule::is_default")]
    pub decision: DecisionRule,
    /// How probabilities are calibrated; left out when they are not.
    #[serde(default, skip_serializing_if = "Calibrator::is_default")]
    pub calibration: Calibrator,
    /// The cost per side of what is bought and sold, in basis points; in results of earlier versions, of a decision to trade.
    pub cost_bps: f64,
    /// The bid-ask spread; left out when there is none.
    #[serde(default, skip_serializing_if = "Spread::is_none")]
    pub spread_bps: Spread,
    /// Market impact; left out when none is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
}

fn all_samples(samples_per_epoch: &usize) -> bool {
    *samples_per_epoch == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn no_decay() -> f64 {
    1.0
}

fn is_no_decay(decay: &f64) -> bool {
    *decay == 1.0
}

fn one() -> usize {
    1
}

fn is_one(seeds: &usize) -> bool {
    *seeds == 1
}

impl TrainingSettings {
    /// The most models that are averaged.
    pub const MOST_SEEDS: usize = 100;

    /// Checks ranges, as the configuration does when it is read.
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        self.model.validate("model")?;
        self.objective.validate("objective")?;
        let from_0 = "a number from 0";
        ensure(self.focal_gamma >= 0.0, "focal_gamma", self.focal_gamma, from_0)?;
        let mix = self.class_weight_mix;
        ensure((0.0..=1.0).contains(&mix), "class_weight_mix", mix, "a number from 0 to 1")?;
        ensure(self.accumulation_steps > 0, "accumulation_steps", self.accumulation_steps, "at least 1")?;
        ensure(self.gradient_clip > 0.0, "gradient_clip", self.gradient_clip, "a number above 0")?;
        let warmup = self.warmup_fraction;
        ensure((0.0..=1.0).contains(&warmup), "warmup_fraction", warmup, "a number from 0 to 1")?;
        ensure(self.patience > 0, "patience", self.patience, "at least 1")?;
        let decay = self.time_decay;
        ensure(decay > -1.0 && decay <= 1.0, "time_decay", decay, "a number above -1 and at most 1")?;
        let expected = format!("a number from 1 to {}", Self::MOST_SEEDS);
        ensure((1..=Self::MOST_SEEDS).contains(&self.seeds), "seeds", self.seeds, expected)?;
        ensure(self.cost_bps >= 0.0, "cost_bps", self.cost_bps, from_0)?;
        self.spread_bps.validate()?;
        self.impact.as_ref().map_or(Ok(()), Impact::validate)
    }

    /// Whether anything is charged besides the cost per side: a spread or market impact.
    pub fn has_slippage(&self) -> bool {
        !self.spread_bps.is_none() || self.impact.is_some()
    }
}
