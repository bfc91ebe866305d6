//! When trials are ended early, and candidates given up.

use serde::{Deserialize, Serialize};

/// When trials are ended early. Each rule reads the keys that name it, and no others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrunerConfig {
    /// The rule. Default `none`.
    pub kind: PrunerKind,
    /// `percentile`: a trial goes on while it is within the best this many percent. Default 25; `median` is 50.
    pub percentile: f64,
    /// `median`, `percentile`: nothing is pruned before this many complete trials are known. Default 5.
    pub startup_trials: usize,
    /// `median`, `percentile`: no trial is pruned before it has run this many epochs. Default 5.
    pub warmup_epochs: u64,
    /// `median`, `percentile`: the epochs between two decisions. Default 1.
    pub interval_epochs: u64,
    /// `asha`: the epochs of the lowest rung. Default 2.
    pub min_epochs: u64,
    /// `asha`: each rung is this many times as high as the one below, and the best one in this many goes on. Default 3.
    pub reduction: u64,
}

/// When candidates of cross-validation are given up before their last fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FoldPrunerConfig {
    /// The rule. Default `none`.
    pub kind: FoldPrunerKind,
    /// `wilcoxon`: a candidate is given up when it would be as bad as it is by chance less often than this. Default 0.1.
    /// With `n` folds the probability cannot be below `2^-n`, so that 0.1 takes 4 folds at least.
    pub p_threshold: f64,
    /// `wilcoxon`: the folds that every candidate runs. Default 2.
    pub startup_folds: usize,
}

/// The rule by which candidates of cross-validation are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoldPrunerKind {
    /// Never (default).
    #[default]
    None,
    /// By Wilcoxon's signed-rank test against the best so far, fold by fold.
    Wilcoxon,
}

/// The rule by which trials are ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrunerKind {
    /// Never (default).
    #[default]
    None,
    /// Below the median of the others at the same epoch.
    Median,
    /// Not within the best few percent of the others at the same epoch.
    Percentile,
    /// Asynchronous successive halving: not among the best at a rung.
    Asha,
}

impl Default for PrunerConfig {
    fn default() -> Self {
        Self {
            kind: PrunerKind::None,
            percentile: 25.0,
            startup_trials: 5,
            warmup_epochs: 5,
            interval_epochs: 1,
            min_epochs: 2,
            reduction: 3,
        }
    }
}

impl Default for FoldPrunerConfig {
    fn default() -> Self {
        Self { kind: FoldPrunerKind::None, p_threshold: 0.1, startup_folds: 2 }
    }
}

impl FoldPrunerConfig {
    /// The first key whose value is out of range, and why.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let checks = [
            (
                self.p_threshold > 0.0 && self.p_threshold < 1.0,
                "p_threshold",
                format!("{} must be between 0 and 1", self.p_threshold),
            ),
            (self.startup_folds > 0, "startup_folds", "must be at least 1".to_owned()),
        ];
        checks.into_iter().find(|(holds, ..)| !holds).map(|(_, key, reason)| (key, reason))
    }
}

impl PrunerKind {
    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            PrunerKind::None => "none",
            PrunerKind::Median => "median",
            PrunerKind::Percentile => "percentile",
            PrunerKind::Asha => "asha",
        }
    }
}

impl PrunerConfig {
    /// The first key whose value is out of range, and why.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let checks = [
            (
                self.percentile > 0.0 && self.percentile <= 100.0,
                "percentile",
                format!("{} must be above 0 and at most 100", self.percentile),
            ),
            (self.startup_trials > 0, "startup_trials", "must be at least 1".to_owned()),
            (self.interval_epochs > 0, "interval_epochs", "must be at least 1".to_owned()),
            (self.min_epochs > 0, "min_epochs", "must be at least 1".to_owned()),
            (self.reduction > 1, "reduction", "must be at least 2".to_owned()),
        ];
        checks.into_iter().find(|(holds, ..)| !holds).map(|(_, key, reason)| (key, reason))
    }
}
