//! The settings of a run: one TOML file for all phases.
//!
//! Every key has a default, [`Config::default`]; presets are laid over the defaults, and a file over a preset. Unknown keys
//! are errors that point at their line. What is
//! stored of the settings is in types of `artifact_core`, which say what a file on disk holds; the types here say what a
//! configuration file may hold, and this crate leads from the one to the other.

#[cfg(feature = "cli")]
pub mod cli;
mod error;
mod flat;
mod load;
pub mod part;
mod search_space;
mod stored;

pub use error::ConfigError;
pub use load::Preset;
pub use search_space::{DomainSetting, SearchSpace, task_parameters};

use artifact_core::schema::{Alignment, Purge, ScalerScope, SnapshotId, SplitRule};
use artifact_core::{Digest, Error, canonical_json};
use part::{PartSetting, PassedOn, one_or_list};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// All settings of all phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The first part of the run's name. Default `run`; every preset sets its own name.
    pub name: String,
    /// The root of every random stream. Default 42.
    pub seed: u64,
    /// Which bars.
    pub data: DataConfig,
    /// Which features.
    pub features: FeatureConfig,
    /// Which labels.
    pub labels: LabelConfig,
    /// Where training, validation and test rows part.
    pub split: SplitConfig,
    /// How features are scaled.
    pub scaler: ScalerConfig,
    /// How models are trained and scored.
    pub training: TrainingConfig,
    /// How often a fit in flight is saved.
    pub checkpoints: CheckpointConfig,
    /// Phase 1.
    pub tuner: TunerConfig,
    /// Phase 2.
    pub extended: ExtendedConfig,
}

/// Which bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Where bars come from. Default: the embedded sample.
    pub source: PartSetting,
    /// The files, for a source that reads some. For `source = "csv"`: one per ticker, or one long file with a ticker column. Relative paths
    /// count from the configuration file's directory.
    pub files: Vec<PathBuf>,
    /// Which tickers, in which order. Default: all of them, sorted by name.
    pub tickers: Vec<String>,
    /// `"max"`, or a length counted back from the newest bar, such as `"5y"`, `"18m"`, `"90d"`. Default `"5y"`.
    pub period: String,
    /// How tickers are put on one time axis.
    pub alignment: Alignment,
    /// With `alignment = "union"`: the longest gap, in rows, that is filled forward. Default 5.
    pub max_forward_fill: usize,
    /// What happens to a faulty bar.
    pub on_fault: OnFault,
    /// What happens to rows that are not in order of date.
    pub unordered: Unordered,
    /// Whether prices are adjusted when the file has an `Adj Close` column. Default true.
    pub adjust: bool,
    /// The generated panel: parameters of the source `synthetic`, where that is chosen.
    pub synthetic: SyntheticConfig,
}

/// What happens to a faulty bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFault {
    /// The bar is dropped and listed (default).
    #[default]
    DropRow,
    /// The run stops.
    Error,
}

/// What is done with rows that are not in order of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unordered {
    /// They are an error (default).
    #[default]
    Error,
    /// The ticker's rows are sorted by date, and the fault is noted.
    Sort,
}

/// The generated panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyntheticConfig {
    /// The number of tickers. Default 4.
    pub tickers: usize,
    /// The number of rows. Default 1200.
    pub rows: usize,
    /// Whether there is a signal to learn; otherwise the prices are random walks. Default true.
    pub signal: bool,
}

/// Which features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureConfig {
    /// One feature, or a list of them, whose columns then stand side by side. Default `ohlcv`.
    #[serde(with = "one_or_list")]
    pub set: Vec<PartSetting>,
}

/// Which labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelConfig {
    /// The target. Default `first_touch`.
    pub rule: PartSetting,
    /// The target's parameter `threshold`, where it has one and `rule` does not give it: the barriers' distance as a
    /// fraction of the close. Default 0.02.
    pub threshold: f64,
    /// Negative control: permutes the labels, so that nothing can be learned. Default false.
    pub permute: bool,
}

/// Where training, validation and test rows part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// The rule. Default `calendar`.
    pub rule: SplitRule,
    /// The share of rows before the test rows. Default 0.8.
    pub train_test_split_ratio: f64,
    /// The share of development rows held back for validation. Default 0.2.
    pub validation_ratio: f64,
    /// How training keeps clear of evaluated sequences. Default `label`.
    pub purge: Purge,
    /// The further rows training waits after an evaluated block. Default 0.
    pub embargo: usize,
}

/// How features are scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScalerConfig {
    /// The scaler. Default `standard`.
    // Not written where it is the default, so that runs keep the names they had before there was a choice.
    #[serde(skip_serializing_if = "is_standard")]
    pub kind: PartSetting,
    /// Over what the scaler pools. Default `feature`.
    pub per: ScalerScope,
}

/// How models are trained and scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// The model: a name, or a table with parameters, which then are not searched. Default `transformer`.
    pub model: PartSetting,
    /// Which figure is maximised. Default `mcc`.
    pub objective: PartSetting,
    /// The focal loss's exponent; 0 is plain weighted cross-entropy. Default 2.
    pub focal_gamma: f64,
    /// How far the loss weighs classes by inverse frequency: 1 wholly, 0 all classes alike, see
    /// [`ClassWeights::mixed`](artifact_core::schema::ClassWeights::mixed). Default 1.
    pub class_weight_mix: f64,
    /// The batches whose gradients make one step of the optimizer. Default 1.
    pub accumulation_steps: usize,
    /// The largest global norm of the gradient. Default 1.
    pub gradient_clip: f64,
    /// The share of all steps in which the learning rate rises. Default 0.1.
    pub warmup_fraction: f64,
    /// The epochs without improvement after which a tuning fit stops. Default 8.
    pub patience: usize,
    /// The cost of a decision to trade, in basis points. Default 5.
    pub cost_bps: f64,
}

/// How often a fit in flight is saved. No result depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// The epochs between two checkpoints, from which a killed fit continues. Default 0: none are written.
    pub epochs: usize,
}

/// Phase 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TunerConfig {
    /// Trial `n` is suggested from the results of trials `0 ..= n - parallelism`, whatever the number of threads; at
    /// most this many fits can be in flight. Default 4.
    pub parallelism: usize,
    /// The complete trials that must be known before suggestions are more than random. Default 10.
    pub startup_trials: usize,
    /// The stages, in order.
    pub stages: Vec<StageConfig>,
    /// When trials are ended early: a pruner with its parameters. Default `none`.
    pub pruner: PartSetting,
    /// The search space, over the domains that the model declares.
    pub search_space: SearchSpace,
}

/// One stage of tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// The stage's name, also in results. Default: the sampler's name.
    #[serde(default)]
    pub name: Option<String>,
    /// How trials are suggested: a sampler with its parameters.
    pub sampler: PartSetting,
    /// The number of trials.
    pub trials: u64,
    /// The largest number of epochs per trial.
    pub epochs: u64,
}

/// Phase 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtendedConfig {
    /// How many of the best trials are cross-validated. Default 5.
    pub top_n: usize,
    /// The splitter's parameter `folds`, where it has one and `method` does not give it: the number of folds; of groups,
    /// for `combinatorial_purged`. Default 5.
    pub folds: usize,
    /// The splitter: how the development sequences are cut. Default `kfold`.
    pub method: PartSetting,
    /// The splitter's parameter `test_groups`, likewise: how many of the groups are evaluated at a time. Default 2.
    pub test_groups: usize,
    /// The epochs each fold trains; also the length of the final fit's schedule. Default 60.
    pub epochs: u64,
    /// Refits scaler and class weights on each fold's training part, instead of the frozen ones. Default false.
    pub refit_preprocessing: bool,
    /// Makes a missing split or scaler an error instead of making it again with a warning. Default false.
    pub require_artifacts: bool,
    /// When candidates are given up before their last fold: a fold pruner with its parameters. Default `none`.
    pub pruner: PartSetting,
}

/// The built-in defaults, on which presets are laid: what a key has that neither file nor preset sets.
///
/// Run names, study keys and frozen plans hold only settings that differ from these. So a setting that is added with a
/// default that leaves results as they were changes none of them; the default of a setting that is there must never be
/// changed, or two different runs would have the same name.
impl Default for Config {
    fn default() -> Self {
        Self {
            name: "run".to_owned(),
            seed: 42,
            data: DataConfig::default(),
            features: FeatureConfig::default(),
            labels: LabelConfig::default(),
            split: SplitConfig::default(),
            scaler: ScalerConfig::default(),
            training: TrainingConfig::default(),
            checkpoints: CheckpointConfig::default(),
            tuner: TunerConfig::default(),
            extended: ExtendedConfig::default(),
        }
    }
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: PartSetting::named("sample"),
            files: Vec::new(),
            tickers: Vec::new(),
            period: "5y".to_owned(),
            alignment: Alignment::Intersection,
            max_forward_fill: 5,
            on_fault: OnFault::DropRow,
            unordered: Unordered::Error,
            adjust: true,
            synthetic: SyntheticConfig::default(),
        }
    }
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self { tickers: 4, rows: 1200, signal: true }
    }
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self { set: vec![PartSetting::named("ohlcv")] }
    }
}

impl Default for ScalerConfig {
    fn default() -> Self {
        Self { kind: PartSetting::named("standard"), per: ScalerScope::default() }
    }
}

fn is_standard(scaler: &PartSetting) -> bool {
    *scaler == PartSetting::named("standard")
}

impl Default for LabelConfig {
    fn default() -> Self {
        Self { rule: PartSetting::named("first_touch"), threshold: 0.02, permute: false }
    }
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self {
            rule: SplitRule::Calendar,
            train_test_split_ratio: 0.8,
            validation_ratio: 0.2,
            purge: Purge::Label,
            embargo: 0,
        }
    }
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            model: "transformer".into(),
            objective: "mcc".into(),
            focal_gamma: 2.0,
            class_weight_mix: 1.0,
            accumulation_steps: 1,
            gradient_clip: 1.0,
            warmup_fraction: 0.1,
            patience: 8,
            cost_bps: 5.0,
        }
    }
}

impl Default for TunerConfig {
    fn default() -> Self {
        let stage = |sampler: &str, trials, epochs| StageConfig {
            name: None,
            sampler: sampler.into(),
            trials,
            epochs,
        };
        Self {
            parallelism: 4,
            startup_trials: 10,
            stages: vec![stage("random", 25, 20), stage("tpe", 35, 30), stage("fine_tune", 15, 40)],
            pruner: "none".into(),
            search_space: SearchSpace::default(),
        }
    }
}

impl Default for ExtendedConfig {
    fn default() -> Self {
        Self {
            top_n: 5,
            folds: 5,
            method: PartSetting::named("kfold"),
            test_groups: 2,
            epochs: 60,
            refit_preprocessing: false,
            require_artifacts: false,
            pruner: "none".into(),
        }
    }
}

impl StageConfig {
    /// The stage's name: the given one, or the sampler's.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sampler.name)
    }
}

impl LabelConfig {
    /// What the target takes from keys beside its own.
    pub fn passed_on(&self) -> [PassedOn; 1] {
        [PassedOn::new("threshold", "labels.threshold", self.threshold)]
    }
}

impl ExtendedConfig {
    /// The largest number of fits of one configuration: more combinations than this are a slip of the pen.
    pub const MOST_FITS: usize = 10_000;

    /// What the splitter takes from keys beside its own.
    pub fn passed_on(&self) -> [PassedOn; 2] {
        [
            PassedOn::new("folds", "extended.folds", self.folds),
            PassedOn::new("test_groups", "extended.test_groups", self.test_groups),
        ]
    }
}

impl Config {
    /// The digest of everything that determines a study's suggestions and fits: the rows it sees, the engine, and all
    /// settings but the run's name, the source of the bars (the rows stand for it), checkpoints, the number of trials
    /// per stage, and phase 2. Settings at their default do not enter it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when a number is not finite.
    pub fn study_key(&self, development: SnapshotId, engine_version: u32) -> Result<Digest, Error> {
        let of_study = |config: &Config| Config { data: DataConfig::default(), ..config.without_budgets() };
        let settings = flat::differing(&of_study(self), &of_study(&Config::default()))?;
        Ok(Digest::of(&canonical_json(&(development, engine_version, settings))?))
    }

    /// The run's name: the configuration's name and the start of a digest of the settings that are not at their default,
    /// so that settings whose results cannot be compared get runs of their own. More trials, another cross-validation, or
    /// other paths to the files continue the same run.
    ///
    /// # Errors
    ///
    /// As [`Config::study_key`].
    pub fn run_name(&self) -> Result<String, Error> {
        let settings = flat::differing(&self.without_budgets(), &Config::default().without_budgets())?;
        let digest = Digest::of(&canonical_json(&settings)?);
        Ok(format!("{}-{}", self.name, &digest.short()[..8]))
    }

    /// Whether results of both configurations can stand in one run: all but names, paths of files, checkpoints, budgets
    /// and phase 2 agrees. What the files hold is in the run's seal.
    pub fn is_comparable_with(&self, other: &Config) -> bool {
        self.without_budgets() == other.without_budgets()
    }

    fn without_budgets(&self) -> Config {
        let mut config = Config {
            name: String::new(),
            checkpoints: CheckpointConfig::default(),
            extended: ExtendedConfig::default(),
            ..self.clone()
        };
        config.data.files.clear();
        for stage in &mut config.tuner.stages {
            stage.trials = 0;
        }
        config
    }
}
