//! How bars become numbers: features, labels, scaler, class weights.

use super::snapshot::validate_tickers;
use super::upgrade;
use super::{CLASSES, SnapshotId, SplitPlanId};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::parents::{Contradiction, Parents, agree, same};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The id of a [`Preprocessing`].
pub type PreprocessingId = Id<Preprocessing>;

/// Everything that was fixed about the inputs and targets of one sequence geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preprocessing {
    /// The rows it was fitted on.
    pub development_snapshot: SnapshotId,
    /// The split whose training part it was fitted on.
    pub split: SplitPlanId,
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The features; their columns follow each other in this order.
    pub features: Vec<Component>,
    /// The feature columns, `<ticker>.<column>`, in order, all of the first ticker first.
    pub feature_names: Vec<String>,
    /// The labels.
    pub labels: LabelSpec,
    /// What one input of the model holds; `joint`, which is left out, in every result before version 3.1.
    #[serde(default, skip_serializing_if = "Scope::is_joint")]
    pub scope: Scope,
    /// Whether each row of an input has one further column per ticker of `tickers`, 1 for the input's own ticker and 0 for
    /// the others, in this order and after the scaled columns. Only with the scope `shared`; left out where it is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ticker_embedding: bool,
    /// The scaler.
    pub scaler: FittedScaler,
    /// The class weights of the loss; where numbers are predicted, of their signs.
    pub class_weights: ClassWeights,
    /// What numbers to predict are divided by: the standard deviation (divisor n) of the training labels. Left out where
    /// classes are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_scale: Option<f64>,
    /// Warnings for the reader, for example about a constant feature.
    pub warnings: Vec<String>,
}

/// What one input of a model holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The columns of all tickers side by side, with an output for each of them.
    #[default]
    Joint,
    /// The columns of one ticker, with an output for it: one set of weights serves all tickers.
    Shared,
}

impl Scope {
    /// The version that added it to a preprocessing, alone or inside another kind.
    pub(super) const VERSION: Version = Version {
        major: 3,
        minor: 1,
        change: "The scope of the model's inputs, where it is shared, and the samples per epoch, where they are limited.",
    };

    pub(super) fn is_joint(&self) -> bool {
        *self == Scope::Joint
    }

    /// The columns of one input and the tickers it predicts, for `columns` columns over `tickers` tickers.
    pub fn shape(self, columns: usize, tickers: usize) -> (usize, usize) {
        match self {
            Scope::Joint => (columns, tickers),
            Scope::Shared => (columns.checked_div(tickers).unwrap_or(0), 1),
        }
    }
}

/// The labels of one sequence geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelSpec {
    /// The target: the rule that decides Up or Down.
    pub rule: Component,
    /// The rows a label reads, `W`.
    pub time_window: usize,
    /// The seed of the negative control that permutes the labels; absent in real runs.
    pub permutation_seed: Option<u64>,
}

/// What a scaler pools over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScalerScope {
    /// One mean and deviation per kind of feature, over all tickers (default).
    #[default]
    Feature,
    /// One mean and deviation per ticker and kind of feature.
    Ticker,
}

/// A fitted scaler, with the evidence of what it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FittedScaler {
    /// The scaler that was fitted.
    pub kind: Component,
    /// What it pools over.
    pub per: ScalerScope,
    /// What is subtracted from each feature column: its centre, the mean for `standard`.
    pub mean: Vec<f64>,
    /// What each feature column is divided by: its scale, the population standard deviation for `standard`; 1 where the
    /// column has none, for example because it is constant.
    pub std: Vec<f64>,
    /// The rows it was fitted on.
    pub fitted_rows: IndexSet,
    /// The digest of exactly these rows' features: f64, little-endian, row by row.
    pub rows_digest: Digest,
}

/// The class weights of the loss, and the counts behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassWeights {
    /// The training labels per class: Hold, Up, Down.
    pub counts: [u64; CLASSES],
    /// The weight per class; they sum to 1.
    pub alpha: [f64; CLASSES],
}

impl Payload for Preprocessing {
    const KIND: &'static str = "preprocessing";

    const VERSIONS: &'static [Version] = &[
        Version::FIRST,
        Version::COMPONENTS,
        Scope::VERSION,
        Version { major: 3, minor: 2, change: "The scale of the numbers to predict, where a target is one." },
        Preprocessing::TICKER_EMBEDDING,
    ];

    fn minor(&self) -> u64 {
        if self.ticker_embedding {
            return Self::TICKER_EMBEDDING.minor;
        }
        if self.target_scale.is_some() { 2 } else { u64::from(!self.scope.is_joint()) }
    }

    fn upgrade(_from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::preprocessing(payload)
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.development_snapshot.digest(), self.split.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        validate_tickers(&self.tickers)?;
        ensure(!self.features.is_empty(), "features", "empty", "at least one feature")?;
        for (place, feature) in self.features.iter().enumerate() {
            feature.validate(&format!("features[{place}]"))?;
        }
        let columns = self.feature_names.len();
        self.validate_names()?;
        self.labels.rule.validate("labels.rule")?;
        ensure(self.labels.time_window > 0, "labels.time_window", self.labels.time_window, "at least 1")?;
        let told_apart = !self.ticker_embedding || self.scope == Scope::Shared;
        ensure(
            told_apart,
            "ticker_embedding",
            true,
            "false with the scope joint, which has an output per ticker",
        )?;
        self.scaler
            .validate(columns, self.columns_per_ticker())
            .map_err(|invalid| invalid.within("scaler"))?;
        self.class_weights.validate().map_err(|invalid| invalid.within("class_weights"))?;
        let scale = self.target_scale.unwrap_or(1.0);
        ensure(scale > 0.0, "target_scale", scale, "a number above 0")
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let (split, snapshot) = (parents.get(self.split)?, parents.get(self.development_snapshot)?);
        same("development_snapshot", self.development_snapshot, split.development_snapshot, "the split")?;
        agree("tickers", self.tickers.join(", "), snapshot.tickers.join(", "), "development_snapshot")?;
        agree("labels.time_window", self.labels.time_window, split.time_window, "the split")?;
        let inputs = split.input_rows(&split.train);
        let fitted = &self.scaler.fitted_rows;
        let expected = format!("rows of {inputs}, which the training sequences read");
        ensure(fitted.is_subset(&inputs), "scaler.fitted_rows", fitted, expected)?;
        let most = (split.train.len() as u64).saturating_mul(self.tickers.len() as u64);
        let counted = self.class_weights.counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        let expected = format!("at most {most}: {} training sequences of every ticker", split.train.len());
        ensure(counted <= most, "class_weights.counts", format!("{counted} labels"), expected)?;
        Ok(())
    }
}

impl Preprocessing {
    /// The version that added `ticker_embedding`, alone or inside another kind.
    pub(super) const TICKER_EMBEDDING: Version = Version {
        major: 3,
        minor: 3,
        change: "Columns that tell the tickers of inputs apart, where there are any.",
    };

    /// The number of feature columns of one ticker.
    pub(super) fn columns_per_ticker(&self) -> usize {
        self.feature_names.len().checked_div(self.tickers.len()).unwrap_or(0)
    }

    /// Checks that every ticker has the same columns, each once. Only the features know which ones.
    fn validate_names(&self) -> Result<(), Invalid> {
        let first = self.tickers.first().map(|ticker| format!("{ticker}.")).unwrap_or_default();
        let names = self.feature_names.iter().take(self.columns_per_ticker());
        let columns: Vec<&str> = names.filter_map(|name| name.strip_prefix(&first)).collect();
        let expected: Vec<String> = self
            .tickers
            .iter()
            .flat_map(|ticker| columns.iter().map(move |c| format!("{ticker}.{c}")))
            .collect();
        let apart =
            columns.iter().enumerate().all(|(place, c)| !c.is_empty() && !columns[..place].contains(c));
        let holds = !columns.is_empty() && apart && self.feature_names == expected;
        let expected = "<ticker>.<column>, ticker by ticker, with the same columns for each, none twice";
        let found = self.feature_names.join(", ");
        ensure(holds, "feature_names", if found.is_empty() { "empty" } else { &found }, expected)
    }
}

impl FittedScaler {
    fn validate(&self, columns: usize, kinds: usize) -> Result<(), Invalid> {
        self.kind.validate("kind")?;
        for (name, values) in [("mean", &self.mean), ("std", &self.std)] {
            ensure(values.len() == columns, name, values.len(), format!("{columns} values"))?;
            if self.per == ScalerScope::Feature {
                let pooled = values.iter().zip(values.iter().skip(kinds)).all(|(a, b)| a == b);
                let expected = "the same for every ticker, since the scaler pools over tickers";
                ensure(pooled, name, "different from ticker to ticker", expected)?;
            }
        }
        self.validate_rows()
    }

    /// Checks what does not depend on the columns' names.
    pub(super) fn validate_rows(&self) -> Result<(), Invalid> {
        let (found, expected) = (self.std.len(), self.mean.len());
        ensure(found == expected, "std", found, format!("{expected} values, as many as means"))?;
        for &std in &self.std {
            ensure(std > 0.0, "std", std, "a number above 0")?;
        }
        ensure(!self.fitted_rows.is_empty(), "fitted_rows", "empty", "at least one row")
    }
}

/// Added to every count before it is inverted.
const EPSILON: f64 = 1e-6;

impl ClassWeights {
    /// The weights of the loss: `(1 - mix) u_c + mix alpha_c`, where `u_c` is 1 over the number of classes that occur,
    /// and 0 for a class that does not. `mix` is from 0 to 1; the weights sum to 1.
    pub fn mixed(&self, mix: f64) -> [f64; CLASSES] {
        let occurring = self.counts.iter().filter(|&&count| count > 0).count().max(1);
        std::array::from_fn(|class| {
            let uniform = if self.counts[class] > 0 { 1.0 / occurring as f64 } else { 0.0 };
            (1.0 - mix) * uniform + mix * self.alpha[class]
        })
    }

    /// Checks `alpha_c = (1 / (n_c + 1e-6)) / sum(1 / (n_k + 1e-6))` over the classes that occur, and 0 for the others.
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let inverse = self.counts.map(|n| if n == 0 { 0.0 } else { 1.0 / (n as f64 + EPSILON) });
        let sum: f64 = inverse.iter().sum();
        ensure(sum > 0.0, "counts", "0 labels", "at least one label")?;
        for (class, (&weight, inverse)) in self.alpha.iter().zip(inverse).enumerate() {
            let expected = inverse / sum;
            // Exactly 0 for a class that never occurs, which the tolerance alone would not ensure.
            let agrees = (weight - expected).abs() <= 1e-6 && (weight == 0.0) == (expected == 0.0);
            let count = self.counts[class];
            ensure(agrees, &format!("alpha[{class}]"), weight, format!("{expected}, for {count} labels"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_weights_lie_between_uniform_and_inverse_frequency() {
        let weights = ClassWeights { counts: [30, 10, 0], alpha: [0.25, 0.75, 0.0] };
        assert_eq!(weights.mixed(1.0), weights.alpha);
        assert_eq!(weights.mixed(0.0), [0.5, 0.5, 0.0], "a class that never occurs gets none");
        assert_eq!(weights.mixed(0.5), [0.375, 0.625, 0.0]);
    }
}
