//! The settings of a run: one TOML file for all phases.
//!
//! Every key has a default, [`Config::default`]. A preset overrides the defaults, and a file overrides the preset.
//! Unknown keys are errors that point at their line. The types here define what a configuration file may contain; the
//! types of `artifact_core` define what is stored. This crate converts between the two.

#[cfg(feature = "cli")]
mod alignment;
pub mod cli;
mod columns;
mod costs;
mod domains;
mod entry;
mod error;
mod flat;
mod headers;
mod load;
pub mod part;
#[cfg(feature = "cli")]
mod printing;
mod rules;
mod search_space;
mod secrets;
mod source_paths;
mod step;
mod stored;
#[cfg(feature = "cli")]
mod threads;

pub use alignment::AlignmentSetting;
pub use columns::{ColumnSetting, SeriesSetting};
pub use costs::ImpactSetting;
pub use entry::Entry;
pub use error::ConfigError;
pub use headers::{BAR_COLUMNS, Columns};
pub use load::{Preset, read_text};
pub use search_space::{DomainSetting, SearchSpace, task_parameters};
pub use step::{InvalidSessionStart, InvalidStep, SessionStart, Step};

use artifact_core::schema::{
    Alignment, Calibrator, DecisionRule, Purge, ScalerScope, Scope, SnapshotId, SplitRule, Spread,
};
use artifact_core::{Digest, Error, canonical_json};
use part::{PartSetting, PassedOn, one_or_list};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// All settings of all phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The first part of the run's name. Default `run`; every preset sets its own name.
    pub name: String,
    /// The root of every random stream. Default 42.
    pub seed: u64,
    /// The bars.
    pub data: DataConfig,
    /// The features.
    pub features: FeatureConfig,
    /// The labels.
    pub labels: LabelConfig,
    /// How rows are split into training, validation and test.
    pub split: SplitConfig,
    /// How features are scaled.
    pub scaler: ScalerConfig,
    /// How models are trained and scored.
    pub training: TrainingConfig,
    /// How often a running fit is checkpointed.
    pub checkpoints: CheckpointConfig,
    /// Phase 1, tuning.
    pub tuner: TunerConfig,
    /// Phase 2, cross-validation.
    pub extended: ExtendedConfig,
}

/// The bars: where they come from and how they are cleaned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Where bars come from. Default: the embedded sample.
    pub source: PartSetting,
    /// The input files, for a source that reads files: files, folders, patterns such as `"bars/*.csv"`, or `"-"` for standard
    /// input. For `source = "csv"`: one per ticker, or one long file with a ticker column. Relative paths are resolved against
    /// the configuration file's directory.
    pub files: Vec<PathBuf>,
    /// Which columns of the files are read: further ones, such as a score of each ticker's news, and what the bar's own are
    /// called where their headers are unusual or missing. Default: the bar's, found by their headers.
    // None of these is serialized at its default, so that runs keep the names and digests they had before.
    #[serde(skip_serializing_if = "Columns::is_default")]
    pub columns: Columns,
    /// How dates are written, such as `"D/M/YYYY"` or `"%d.%m.%y"`. Default: what all dates of a file allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// Series that all tickers share, such as the level of an index, each from a file of its own. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesSetting>,
    /// The tickers, in the order of the panel's columns. Default: all of them, sorted by name.
    pub tickers: Vec<String>,
    /// `"max"`, or a length of time that ends at the newest bar, such as `"5y"`, `"18m"`, `"90d"`. Default `"5y"`.
    pub period: String,
    /// How the tickers' dates are aligned. Default `union`: a ticker that was listed late, or lacks a bar, costs the
    /// others nothing. It must be stated where some tickers trade on weekends and others do not.
    pub alignment: AlignmentSetting,
    /// With `alignment = "union"`: the longest gap, in rows, that is forward-filled. Default 5.
    pub max_forward_fill: usize,
    /// What happens to a faulty bar. Default `drop_row`.
    pub on_fault: OnFault,
    /// What happens to rows that are not in date order. Default `error`.
    pub unordered: Unordered,
    /// What happens to rows for the same date that differ. Default `error`.
    // Not serialized at its default, so that runs keep the names and digests they had before there was a choice.
    #[serde(skip_serializing_if = "Duplicates::is_default")]
    pub duplicates: Duplicates,
    /// Whether prices and volume are adjusted for splits and dividends, as far as the source knows them. Default true.
    pub adjust: bool,
    /// The step to which the bars of each ticker are merged, such as `"1h"` or `"1d"`. Default: as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resample: Option<Step>,
    /// The time of day from which on a bar belongs to the next day's session, such as `"18:00"`, where bars are merged to
    /// days, weeks or months. Default: midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_start: Option<SessionStart>,
    /// The parameters of the source `synthetic`, used only if `source` names it.
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

/// What happens to rows that are not in date order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unordered {
    /// The run stops (default).
    #[default]
    Error,
    /// The ticker's rows are sorted by date, and the fault is noted.
    Sort,
}

/// What happens to rows for the same date that differ. Of equal rows one is always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// The run stops (default).
    #[default]
    Error,
    /// The row that comes first in the source is kept.
    First,
    /// The row that comes last in the source is kept: the correction of an earlier one.
    Last,
}

impl Duplicates {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The generated panel of the source `synthetic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyntheticConfig {
    /// The number of tickers. Default 4.
    pub tickers: usize,
    /// The number of rows. Default 1200.
    pub rows: usize,
    /// Whether the prices carry a signal that can be learned; if not, they are random walks. Default true.
    pub signal: bool,
}

/// The features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureConfig {
    /// One feature, or a list of them whose columns are concatenated. Default `ohlcv`.
    #[serde(with = "one_or_list")]
    pub set: Vec<PartSetting>,
    /// Whether each row that a model reads has one further column per ticker, 1 for the ticker that it is of and 0 for the
    /// others, so that one model for all tickers can tell them apart. Only with `training.scope = "shared"`. Default false.
    pub ticker_embedding: bool,
}

/// The labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelConfig {
    /// The target. Default `barrier`.
    pub rule: PartSetting,
    /// The target's parameter `entry`, if it has one and `rule` does not set it: where the trade behind a label enters.
    /// Default `next_open`.
    pub entry: Entry,
    /// The target's parameter `threshold`, if it has one and `rule` does not set it: the distance of the barriers as a
    /// fraction of the entry price, between 0 and 1. Default 0.02.
    pub threshold: f64,
    /// The number of rows that a label reads, unless `tuner.search_space.time_window` is set; 0 leaves it to the study to
    /// search, whose objective then has to be comparable between tasks. Default 5.
    pub time_window: usize,
    /// Negative control: permutes the labels, so that nothing can be learned. Default false.
    pub permute: bool,
}

/// How rows are split into training, validation and test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// The rule. Default `calendar`.
    pub rule: SplitRule,
    /// The fraction of rows before the test rows, between 0 and 1. Default 0.8.
    pub train_test_split_ratio: f64,
    /// The fraction of development rows held out for validation, between 0 and 1. Default 0.2.
    pub validation_ratio: f64,
    /// Which training sequences around an evaluated block are purged. Default `label`.
    pub purge: Purge,
    /// The embargo: how many extra rows training skips after an evaluated block. Default 0.
    pub embargo: usize,
}

/// How features are scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScalerConfig {
    /// The scaler. Default `standard`.
    // Not serialized at its default, so that runs keep the names they had before there was a choice.
    #[serde(skip_serializing_if = "is_standard")]
    pub kind: PartSetting,
    /// What the scaler pools its statistics over. Default `feature`.
    pub per: ScalerScope,
}

/// How models are trained and scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// The model, or a list of distinct ones among which the study searches: a name, or a table with parameters, which
    /// are then fixed and not searched. Default `transformer`.
    #[serde(with = "one_or_list")]
    pub model: Vec<PartSetting>,
    /// What one input of the model holds: the columns of one ticker, so that one set of weights serves all of them
    /// (`shared`, default), or the columns of all tickers side by side (`joint`).
    pub scope: Scope,
    /// The metric that is maximised. Default `mcc`.
    pub objective: PartSetting,
    /// The exponent of the focal loss, 0 or more; 0 is plain weighted cross-entropy. Default 2.
    pub focal_gamma: f64,
    /// How far the loss weights classes by inverse frequency, from 0 to 1: 1 fully, 0 not at all; see
    /// [`ClassWeights::mixed`](artifact_core::schema::ClassWeights::mixed). Default 1.
    pub class_weight_mix: f64,
    /// The number of batches whose gradients are accumulated for one optimizer step, at least 1. Default 1.
    pub accumulation_steps: usize,
    /// The global gradient norm above which gradients are clipped, above 0. Default 1.
    pub gradient_clip: f64,
    /// The fraction of all steps over which the learning rate warms up, from 0 to 1. Default 0.1.
    pub warmup_fraction: f64,
    /// The number of epochs without improvement after which a tuning fit stops, at least 1. Default 8.
    pub patience: usize,
    /// The most samples that one epoch draws, at least 1; 0, the default, draws all. For panels so large that an epoch
    /// over all of them takes too long between two looks at the validation set.
    pub samples_per_epoch: usize,
    /// Whether a training sample weighs as much as its label is its own: its average uniqueness among the labels of its
    /// ticker that span the same rows. Default false: all weigh alike.
    pub uniqueness: bool,
    /// What the oldest training sample weighs, of what the newest weighs: 1, the default, for all alike; less for a weight
    /// that falls linearly towards the past, down to 0; below 0, the oldest share of that size weighs nothing.
    pub time_decay: f64,
    /// How many models with different seeds every fit fits and averages, from 1 to 100. Default 1.
    pub seeds: usize,
    /// How a class follows from its probability: `most_probable` (default), or `tuned`, where cross-validation chooses how
    /// much the frequency of a class counts.
    pub decision: DecisionRule,
    /// Whether predicted probabilities are scaled by a temperature that cross-validation fits (`temperature`), or stay as the
    /// model says them (`none`, default).
    // Not serialized at its default, so that records of runs keep the bytes they had before there was a choice.
    #[serde(skip_serializing_if = "Calibrator::is_default")]
    pub calibration: Calibrator,
    /// The cost per side of what is bought and sold, in basis points, 0 or more. Default 5.
    pub cost_bps: f64,
    /// The quoted bid-ask spread in basis points of the mid price, 0 or more, of which a side pays half besides `cost_bps`: a
    /// number for all tickers, or a table by ticker in which `default` is that of all others. Default 0.
    // Not serialized at its default, so that records of runs keep the bytes they had before there was a choice.
    #[serde(deserialize_with = "costs::spread", skip_serializing_if = "Spread::is_none")]
    pub spread_bps: Spread,
    /// Market impact, charged besides. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<ImpactSetting>,
}

/// How often a running fit is checkpointed. No result depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// The number of epochs between checkpoints, from which an interrupted fit resumes. Default 0: none are written.
    pub epochs: usize,
}

/// Phase 1, tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TunerConfig {
    /// Trial `n` is suggested from the results of trials `0 ..= n - parallelism`, whatever the number of threads; at
    /// most this many fits can run at once. At least 1. Default 4.
    pub parallelism: usize,
    /// The number of scored trials, complete or pruned, that must be known before a sampler takes over from random draws.
    /// Default 10.
    pub startup_trials: usize,
    /// The stages, in order.
    pub stages: Vec<StageConfig>,
    /// When trials are stopped early: a pruner with its parameters. Default `none`.
    pub pruner: PartSetting,
    /// The search space: overrides the domains that the model declares.
    pub search_space: SearchSpace,
}

/// One stage of tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// The stage's name, also shown in results. Default: the sampler's name.
    #[serde(default)]
    pub name: Option<String>,
    /// How trials are suggested: a sampler with its parameters.
    pub sampler: PartSetting,
    /// The number of trials, at least 1.
    pub trials: u64,
    /// The largest number of epochs per trial, at least 1.
    pub epochs: u64,
}

/// Phase 2, cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtendedConfig {
    /// How many of the best trials are cross-validated. Default 5.
    pub top_n: usize,
    /// The splitter's parameter `folds`, if it has one and `method` does not set it: the number of folds, or of groups
    /// for `combinatorial_purged`. At least 2. Default 5.
    pub folds: usize,
    /// The splitter: how the development sequences are divided into folds. Default `kfold`.
    pub method: PartSetting,
    /// The splitter's parameter `test_groups`, under the same conditions: how many groups are evaluated at a time.
    /// Default 2.
    pub test_groups: usize,
    /// The number of epochs that each fold trains; also the length of the final fit's schedule. Default 60.
    pub epochs: u64,
    /// Refits scaler and class weights on each fold's training rows instead of using the frozen ones. Default false.
    pub refit_preprocessing: bool,
    /// Treats a missing split or scaler as an error instead of recomputing it with a warning. Default false.
    pub require_artifacts: bool,
    /// When candidates are pruned before their last fold: a fold pruner with its parameters. Default `none`.
    pub pruner: PartSetting,
}

/// The built-in defaults: the value of every key that neither the file nor the preset sets.
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
            columns: Columns::default(),
            date_format: None,
            series: Vec::new(),
            tickers: Vec::new(),
            period: "5y".to_owned(),
            alignment: AlignmentSetting::default(),
            max_forward_fill: 5,
            on_fault: OnFault::DropRow,
            unordered: Unordered::Error,
            duplicates: Duplicates::Error,
            adjust: true,
            resample: None,
            session_start: None,
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
        Self { set: vec![PartSetting::named("ohlcv")], ticker_embedding: false }
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
        Self {
            rule: PartSetting::named("barrier"),
            entry: Entry::NextOpen,
            threshold: 0.02,
            time_window: 5,
            permute: false,
        }
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
            model: vec!["transformer".into()],
            scope: Scope::Shared,
            objective: "mcc".into(),
            focal_gamma: 2.0,
            class_weight_mix: 1.0,
            accumulation_steps: 1,
            gradient_clip: 1.0,
            warmup_fraction: 0.1,
            patience: 8,
            samples_per_epoch: 0,
            uniqueness: false,
            time_decay: 1.0,
            seeds: 1,
            decision: DecisionRule::MostProbable,
            calibration: Calibrator::None,
            cost_bps: 5.0,
            spread_bps: Spread::NONE,
            impact: None,
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

impl DataConfig {
    /// The same settings without the paths of files, on which no result depends: the files' contents count instead.
    #[must_use]
    pub fn without_paths(&self) -> DataConfig {
        let mut data = self.clone();
        data.files.clear();
        data.series.iter_mut().for_each(|series| series.file.clear());
        source_paths::clear(&mut data.source);
        data
    }

    /// The paths of the input files and of series, each with its key.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = self.files.iter().map(|file| ("data.files", file.as_path()));
        files.chain(self.series.iter().map(|series| ("data.series", series.file.as_path())))
    }

    /// The names of the columns of one's own, in stored order: those of `columns`, then those of `series`.
    pub fn own_columns(&self) -> Vec<String> {
        let series = self.series.iter().map(|series| series.name.clone());
        self.columns.own.iter().map(|column| column.name.clone()).chain(series).collect()
    }
}

impl LabelConfig {
    /// The target's parameters that are set by keys outside its own table.
    pub fn passed_on(&self) -> [PassedOn; 2] {
        [
            PassedOn::new("threshold", "labels.threshold", self.threshold),
            PassedOn::new("entry", "labels.entry", self.entry.name()),
        ]
    }
}

impl ExtendedConfig {
    /// The largest number of fits per configuration: more combinations are almost certainly a typo.
    pub const MOST_FITS: usize = 10_000;

    /// The splitter's parameters that are set by keys outside its own table.
    pub fn passed_on(&self) -> [PassedOn; 2] {
        [
            PassedOn::new("folds", "extended.folds", self.folds),
            PassedOn::new("test_groups", "extended.test_groups", self.test_groups),
        ]
    }
}

impl Config {
    /// The values that run names, study keys and frozen plans leave out: the defaults of the time when a key was added.
    ///
    /// A default may change, since a key at its new default is then written out. A value here may not: two different
    /// runs would then have the same name. A new key starts with the value that keeps the behaviour before it.
    pub fn unwritten() -> Self {
        let mut config = Config::default();
        config.data.alignment = Alignment::Intersection.into();
        config.training.scope = Scope::Joint;
        config.labels.time_window = 0;
        config.labels.rule = PartSetting::named("first_touch");
        config.labels.entry = Entry::Close;
        config
    }

    /// The digest of everything that determines a study's suggestions and fits: the rows it sees, the engine, and all
    /// settings except the run's name, the `data` section (the rows already identify the bars), checkpoints, the number
    /// of trials per stage, and phase 2. Settings at the values of
    /// [`Config::unwritten`] do not enter it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if a number is not finite.
    pub fn study_key(&self, development: SnapshotId, engine_version: u32) -> Result<Digest, Error> {
        // Both sides lose the same fields: a field cleared on one side only would count as a difference itself.
        let of_study = |config: &Config| Config { data: DataConfig::default(), ..config.without_budgets() };
        let settings = flat::differing(&of_study(self), &of_study(&Config::unwritten()))?;
        Ok(Digest::of(&canonical_json(&(development, engine_version, settings))?))
    }

    /// The run's name: the configuration's name and the first digits of a digest of the settings that differ from
    /// [`Config::unwritten`], so that settings whose results are not comparable get separate runs. More trials, another
    /// cross-validation, or other paths to the files continue the same run.
    ///
    /// # Errors
    ///
    /// As [`Config::study_key`].
    pub fn run_name(&self) -> Result<String, Error> {
        // A name is needed before any bar is read, so here the `data` section has to identify the bars.
        let settings = flat::differing(&self.without_budgets(), &Config::unwritten().without_budgets())?;
        let digest = Digest::of(&canonical_json(&settings)?);
        Ok(format!("{}-{}", self.name, &digest.short()[..8]))
    }

    /// Whether results of both configurations can belong to one run: everything agrees except names, paths of files,
    /// checkpoints, numbers of trials, and phase 2. The files' contents are in the run's seal.
    pub fn is_comparable_with(&self, other: &Config) -> bool {
        self.without_budgets() == other.without_budgets()
    }

    /// The configuration without everything that may change within a run.
    fn without_budgets(&self) -> Config {
        let mut config = Config {
            name: String::new(),
            checkpoints: CheckpointConfig::default(),
            extended: ExtendedConfig::default(),
            data: self.data.without_paths(),
            ..self.clone()
        };
        for stage in &mut config.tuner.stages {
            // A stage's epochs stay: they change the result of every trial in it.
            stage.trials = 0;
        }
        config
    }
}
