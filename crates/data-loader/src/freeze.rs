//! Freezing: from a source of bars to sealed snapshots.

use crate::account::Given;
use crate::features::{Feature, volume};
use crate::panel::{self, Aligned, Panel, PanelError};
use crate::parts::DataParts;
use crate::period::{InvalidPeriod, Period};
use crate::quality::{self, QualityError, QualityPolicy};
use crate::resample::{ResampleError, Steps, resample};
use crate::snapshot::freeze_panel;
use crate::sources::{RawBars, RawColumn, SourceBars, SourceError, SourceRequest, series};
use crate::splits::{SplitError, split_row};
use artifact_core::schema::{Account, Alignment, DataSource, Fault, GivenColumn, Seal, SealId, SourceFile};
use artifact_core::{Digest, Error, ObjectStore, producer, save};
use settings::part::Chosen;
use settings::{ColumnSetting, Config, ConfigError, SeriesSetting};

/// Why bars could not be frozen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// A setting is invalid, or does not fit the source.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bars could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bars are faulty, and the policy says to stop.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// The bars cannot be merged into longer ones.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// The bars do not form a panel.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// The period is invalid.
    #[error("data.period is invalid")]
    Period(#[from] InvalidPeriod),
    /// The rows could not be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The snapshots or the seal could not be stored.
    #[error("failed to store the frozen bars")]
    Artifact(#[from] Error),
}

/// The bars of a configuration as its source delivered them, read once for whatever is done with them.
#[derive(Debug, Clone)]
pub struct Input {
    digest: Digest,
    source: DataSource,
    bars: Vec<RawBars>,
    columns: Vec<RawColumn>,
}

impl Input {
    /// Reads the bars.
    ///
    /// # Errors
    ///
    /// [`FreezeError::Config`] if the source is unknown or a setting does not fit it, [`FreezeError::Source`] if it
    /// cannot be read.
    pub fn read(config: &Config, parts: &DataParts) -> Result<Self, FreezeError> {
        let data = &config.data;
        let Chosen { part, component, params } = parts.source(data)?;
        let request = SourceRequest {
            params: &params,
            files: &data.files,
            columns: &data.columns,
            date_format: data.date_format.as_deref(),
            seed: config.seed,
        };
        let setting = |key: &str, reason: String| FreezeError::Config(ConfigError::of(key, reason));
        let (SourceBars { bars, files }, mut columns) =
            part.read_with_columns(&request).map_err(|error| match error {
                SourceError::Setting { key, reason } => setting(key, reason),
                error => FreezeError::Source(error),
            })?;
        columns.retain(|raw| data.columns.own.iter().any(|column| column.name == raw.name));
        for (place, column) in data.columns.own.iter().enumerate() {
            if !columns.iter().any(|raw| raw.name == column.name) {
                let reason = format!("source {:?} gave no column {:?}", data.source.name, column.name);
                return Err(setting(&data.columns.key_of(place), reason));
            }
        }
        let mut own: Vec<GivenColumn> = data.columns.own.iter().map(given_column).collect();
        for one in &data.series {
            let (raw, file) = series::read(one, data.date_format.as_deref())?;
            columns.push(raw);
            own.push(given_series(one, file));
        }
        // Content counts, location does not: a moved data directory must not look like new bars.
        let settings = data.without_paths();
        let read: Vec<&SourceFile> =
            files.iter().chain(own.iter().filter_map(|column| column.file.as_ref())).collect();
        let ratio = config.split.train_test_split_ratio;
        let seed = part.reads_seed().then_some(config.seed);
        // Version 1 is left out, which keeps the digests from before sources had versions.
        let bytes = match component.version {
            1 => artifact_core::canonical_json(&(&settings, &read, ratio, seed))?,
            version => artifact_core::canonical_json(&(&settings, &read, ratio, seed, version))?,
        };
        // Only parameters set in `source` itself are recorded, not those from the older keys of `data`, so that the
        // seals of older configurations keep their bytes.
        let given = part.declaration().reference(&settings.source.params);
        let (kind, version, params) = (given.name, given.version, given.params);
        let source = DataSource { kind, version, params, period: data.period.clone(), files, columns: own };
        Ok(Self { digest: Digest::of(&bytes), source, bars, columns })
    }

    /// The columns of one's own, in stored order.
    pub fn columns(&self) -> &[GivenColumn] {
        &self.source.columns
    }

    /// The bars as the source delivered them, ticker by ticker: unchecked, in the order of its rows.
    pub fn bars(&self) -> &[RawBars] {
        &self.bars
    }

    /// The first ticker without a volume, if one of the features reads it.
    pub fn missing_volume(&self, features: &[Chosen<dyn Feature>]) -> Option<MissingVolume> {
        let without = self.bars.iter().find(|bars| bars.is_without_volume())?;
        let own: Vec<String> = self.source.columns.iter().map(|column| column.name.clone()).collect();
        let feature = volume::first_reader(features, &own)?.component.to_string();
        Some(MissingVolume { feature, ticker: without.ticker.clone(), origin: without.origin.clone() })
    }

    /// Refuses bars without a volume where a feature of the configuration, or market impact, reads it.
    ///
    /// # Errors
    ///
    /// [`FreezeError::Config`].
    pub fn check_volume(&self, config: &Config, parts: &DataParts) -> Result<(), FreezeError> {
        let wanted = &config.data.tickers;
        let chosen = |bars: &&RawBars| wanted.is_empty() || wanted.contains(&bars.ticker);
        let Some(without) = self.bars.iter().filter(chosen).find(|bars| bars.is_without_volume()) else {
            return Ok(());
        };
        let refused = |key: &str, reason: String| Err(ConfigError::of(key, reason).into());
        if let Some(missing) = self.missing_volume(&parts.recipe(config)?.features) {
            let remedy = "leave the feature out, choose features of prices, such as set = \"close\", or give a file with volumes";
            return refused("features.set", format!("{missing}; {remedy}"));
        }
        if config.training.impact.is_none() {
            return Ok(());
        }
        let reason = format!(
            "market impact reads the volume, but {} of {} has none; leave it out, or give a file with volumes",
            without.ticker, without.origin
        );
        refused("training.impact", reason)
    }

    /// The same without the bars and the columns of any other tickers.
    #[must_use]
    pub fn only(mut self, tickers: &[String]) -> Self {
        self.bars.retain(|bars| tickers.contains(&bars.ticker));
        self.columns.retain(|column| column.ticker.as_ref().is_none_or(|own| tickers.contains(own)));
        self
    }

    /// The digest of what was read, of the data settings, and of the ratio that sets the test boundary.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Checks and aligns the bars and cuts them to the configured period.
    ///
    /// # Errors
    ///
    /// [`FreezeError`]; [`FreezeError::Config`] also if tickers of different calendars are to be aligned by an alignment that
    /// nobody stated.
    pub fn panel(self, config: &Config) -> Result<Cleaned, FreezeError> {
        let data = &config.data;
        let period: Period = data.period.parse()?;
        let wanted = (!data.tickers.is_empty()).then_some(data.tickers.as_slice());
        let (mut raw, mut columns) = (panel::choose(self.bars, wanted)?, self.columns);
        columns.retain(|column| {
            column.ticker.as_ref().is_none_or(|ticker| raw.iter().any(|bars| bars.ticker == *ticker))
        });
        let given = Given::of(&raw);
        let policy = QualityPolicy::of(data);
        let mut faults = quality::check(&mut raw, &policy)?.faults;
        faults.extend(quality::check_columns(&mut columns, &raw, &policy)?);
        let merged = data
            .resample
            .map(|step| resample(&mut raw, &mut columns, step, data.session_start))
            .transpose()?;
        let (steps, sizes) = match merged {
            Some(merged) => {
                faults.extend(merged.remarks);
                (Some(merged.steps), Some(merged.sizes))
            }
            None => (None, None),
        };
        if !data.alignment.stated
            && let Some(fault) = panel::mixed_calendars(&raw)
        {
            let reason = format!("must be stated: {}", fault.detail);
            return Err(ConfigError::of("data.alignment", reason).into());
        }
        let sound = given.cleaned(&raw, sizes);
        let Aligned { panel, selected, requested, faults: gaps } =
            panel::align(raw, data.alignment.rule, data.max_forward_fill, period)?;
        let panel = panel::add_columns(panel, &self.source.columns, &columns)?;
        // Cut after aligning: a bar from just before the period may still be carried forward into it.
        let panel = panel::cut(&panel, selected);
        faults.retain(|fault| fault.last_date() >= requested.start && fault.date <= requested.until());
        faults.extend(gaps);
        policy.accept(&faults)?;
        let account = sound.account(&panel, requested, &faults);
        Ok(Cleaned { panel, faults, account: Some(account), steps })
    }

    /// Checks and aligns the bars, stores all rows and, separately, the rows before the test rows, and seals the
    /// boundary.
    ///
    /// # Errors
    ///
    /// [`FreezeError`]; nothing refers to what was stored before the error.
    pub fn freeze(self, store: &dyn ObjectStore, config: &Config) -> Result<(SealId, Seal), FreezeError> {
        let source = self.source.clone();
        let cleaned = self.panel(config)?;
        let ratio = config.split.train_test_split_ratio;
        seal_cleaned(store, cleaned, ratio, config.data.alignment.rule, source)
    }
}

/// Checked and aligned bars of the configured period.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// The bars.
    pub panel: Panel,
    /// What was found in them, and what was done about it. Every row and date that was left out is among them.
    pub faults: Vec<Fault>,
    /// What became of the rows that the source gave; absent for bars of the caller's own.
    pub account: Option<Account>,
    /// How bars were merged into longer ones; `None` if they were not.
    pub steps: Option<Steps>,
}

/// A ticker without a volume, and the feature that reads it: its values would be silently unknown in every row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the feature {feature} reads the volume, but {ticker} of {origin} has none")]
pub struct MissingVolume {
    /// The feature.
    pub feature: String,
    /// The ticker.
    pub ticker: String,
    /// Where its bars come from.
    pub origin: String,
}

fn given_column(column: &ColumnSetting) -> GivenColumn {
    GivenColumn {
        name: column.name.clone(),
        column: column.column.clone().filter(|header| *header != column.name),
        file: None,
        delay: column.delay,
        max_forward_fill: column.max_forward_fill,
    }
}

fn given_series(series: &SeriesSetting, file: SourceFile) -> GivenColumn {
    GivenColumn {
        name: series.name.clone(),
        column: Some(series.column.clone()).filter(|header| *header != series.name),
        file: Some(file),
        delay: series.delay,
        max_forward_fill: series.max_forward_fill,
    }
}

/// Reads, checks and aligns the bars of a configuration, stores all rows and, separately, the rows before the test
/// rows, and seals the boundary.
///
/// # Errors
///
/// [`FreezeError`]; nothing refers to what was stored before the error.
pub fn freeze(
    store: &dyn ObjectStore,
    config: &Config,
    parts: &DataParts,
) -> Result<(SealId, Seal), FreezeError> {
    let input = Input::read(config, parts)?;
    input.check_volume(config, parts)?;
    input.freeze(store, config)
}

/// Stores a panel of your own bars: all rows and, separately, the rows before the test rows; then seals the boundary at
/// `floor(rows * train_test_split_ratio)`. [`Dataset::development`](crate::Dataset) loads the development rows.
///
/// # Errors
///
/// [`FreezeError::Split`] if one of the two parts would be empty, [`FreezeError::Artifact`] if the store fails.
pub fn seal_panel(
    store: &dyn ObjectStore,
    panel: &Panel,
    train_test_split_ratio: f64,
    alignment: Alignment,
    source: DataSource,
    faults: Vec<Fault>,
) -> Result<(SealId, Seal), FreezeError> {
    let cleaned = Cleaned { panel: panel.clone(), faults, account: None, steps: None };
    seal_cleaned(store, cleaned, train_test_split_ratio, alignment, source)
}

fn seal_cleaned(
    store: &dyn ObjectStore,
    cleaned: Cleaned,
    train_test_split_ratio: f64,
    alignment: Alignment,
    mut source: DataSource,
) -> Result<(SealId, Seal), FreezeError> {
    let Cleaned { panel, faults, account, .. } = cleaned;
    // A panel of the caller's own may have columns that the caller says no more about: they are taken as they stand.
    let described = |name: &String| {
        let known = source.columns.iter().find(|column| column.name == *name).cloned();
        let column =
            || GivenColumn { name: name.clone(), column: None, file: None, delay: 0, max_forward_fill: 0 };
        known.unwrap_or_else(column)
    };
    source.columns = panel.own_columns().iter().map(described).collect();
    let split_row = split_row(panel.rows(), train_test_split_ratio)?;
    let snapshot = freeze_panel(store, &panel, producer!())?;
    // A snapshot of its own, with a last blob that ends at the split: loading it brings no test row into memory.
    let development = freeze_panel(store, &panel.slice_rows(0..split_row), producer!())?;
    let seal = Seal {
        snapshot,
        development,
        rows: panel.rows(),
        split_row,
        split_date: panel.dates[split_row],
        train_test_split_ratio,
        alignment,
        source,
        faults,
        account,
    };
    Ok((save(store, seal.clone(), producer!())?, seal))
}
