//! How bars become numbers: features, labels, scaler, class weights.

use super::{CLASSES, SnapshotId, SplitPlanId};
use crate::error::{Invalid, ensure, ensure_finite};
use crate::{Digest, IndexSet, Payload};
use serde::{Deserialize, Serialize};

/// Everything that was fixed about the inputs and targets of one sequence geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// The rows it was fitted on.
    pub development_snapshot: SnapshotId,
    /// The split whose training part it was fitted on.
    pub split: SplitPlanId,
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The feature set.
    pub features: FeatureSet,
    /// The feature columns, in order, all of the first ticker first.
    pub feature_names: Vec<String>,
    /// The labels.
    pub labels: LabelSpec,
    /// The scaler.
    pub scaler: Scaler,
    /// The class weights of the loss.
    pub class_weights: ClassWeights,
    /// What a reader should know, for example a constant feature.
    pub warnings: Vec<String>,
}

/// What is computed from the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSet {
    /// The plain closing price, for parity with older results.
    Close,
    /// Log return, log(high/low), log(open/previous close), log-volume change (default).
    #[default]
    Ohlcv,
}

impl FeatureSet {
    /// The names of the features of one ticker, in column order.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            FeatureSet::Close => &["close"],
            FeatureSet::Ohlcv => &["log_return", "log_high_low", "log_open_gap", "log_volume_change"],
        }
    }
}

/// When a label says Up or Down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelRule {
    /// Which barrier the close crosses first (default).
    #[default]
    FirstTouch,
    /// Whether the highest close exceeds the upper barrier, else the lowest falls below the lower one.
    Excursion,
    /// Where the close stands at the end of the window.
    Horizon,
}

/// The labels of one sequence geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpec {
    /// The rule.
    pub rule: LabelRule,
    /// The barriers' distance as a fraction of the decision row's close.
    pub threshold: f64,
    /// The rows a label reads, `W`.
    pub time_window: usize,
    /// The seed of the negative control that permutes the labels; absent in real runs.
    pub permutation_seed: Option<u64>,
}

/// The kind of scaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalerKind {
    /// `(x - mean) / std` (default).
    #[default]
    Standard,
}

/// Over what a scaler pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[serde(deny_unknown_fields)]
pub struct Scaler {
    /// The kind.
    pub kind: ScalerKind,
    /// Over what it pools.
    pub per: ScalerScope,
    /// The mean of each feature column.
    pub mean: Vec<f64>,
    /// The population standard deviation of each feature column; 1 where the column is constant.
    pub std: Vec<f64>,
    /// The rows it was fitted on.
    pub fitted_rows: IndexSet,
    /// The digest of exactly these rows' features: f64, little-endian, row by row.
    pub rows_digest: Digest,
}

/// The class weights of the loss, and the counts behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassWeights {
    /// The training labels per class: Hold, Up, Down.
    pub counts: [u64; CLASSES],
    /// The weight per class; they sum to 1.
    pub alpha: [f64; CLASSES],
}

impl Payload for Preprocessing {
    const KIND: &'static str = "preprocessing";

    fn parents(&self) -> Vec<Digest> {
        vec![self.development_snapshot.digest(), self.split.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let columns = self.feature_names.len();
        ensure(!self.tickers.is_empty(), "tickers", "empty", "at least one ticker")?;
        let per_ticker = columns > 0 && columns.is_multiple_of(self.tickers.len());
        ensure(per_ticker, "feature_names", columns, format!("a multiple of {} names", self.tickers.len()))?;
        let threshold = self.labels.threshold;
        ensure(
            threshold > 0.0 && threshold < 1.0,
            "labels.threshold",
            threshold,
            "a fraction between 0 and 1",
        )?;
        ensure(self.labels.time_window > 0, "labels.time_window", self.labels.time_window, "at least 1")?;
        self.scaler.validate(columns)?;
        self.class_weights.validate()
    }
}

impl Scaler {
    fn validate(&self, columns: usize) -> Result<(), Invalid> {
        for (name, values) in [("scaler.mean", &self.mean), ("scaler.std", &self.std)] {
            ensure(values.len() == columns, name, values.len(), format!("{columns} values"))?;
            values.iter().try_for_each(|&value| ensure_finite(value, name))?;
        }
        for &std in &self.std {
            ensure(std > 0.0, "scaler.std", std, "a number above 0")?;
        }
        ensure(!self.fitted_rows.is_empty(), "scaler.fitted_rows", "empty", "at least one row")
    }
}

impl ClassWeights {
    fn validate(&self) -> Result<(), Invalid> {
        for (&weight, &count) in self.alpha.iter().zip(&self.counts) {
            ensure((0.0..=1.0).contains(&weight), "class_weights.alpha", weight, "a number from 0 to 1")?;
            let agrees = (count == 0) == (weight == 0.0);
            ensure(
                agrees,
                "class_weights.alpha",
                weight,
                format!("0 exactly for classes without labels ({count})"),
            )?;
        }
        let sum: f64 = self.alpha.iter().sum();
        ensure((sum - 1.0).abs() < 1e-9, "class_weights.alpha", format!("summing to {sum}"), "a sum of 1")
    }
}
