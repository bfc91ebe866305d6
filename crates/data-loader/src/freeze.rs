//! Freezing: from a source of bars to sealed snapshots.

use crate::panel::{self, Panel, PanelError};
use crate::period::{InvalidPeriod, Period};
use crate::quality::{self, QualityError, QualityPolicy};
use crate::snapshot::freeze_panel;
use crate::source::csv::{self, CsvOptions};
use crate::source::synthetic::{SyntheticSpec, synthetic};
use crate::source::{RawBars, SourceError, sample};
use crate::splits::{SplitError, split_row};
use artifact_core::schema::{Alignment, DataSource, Fault, Seal, SealId, SourceFile};
use artifact_core::{Digest, Error, ObjectStore, producer, save};
use settings::{Config, DataConfig, SourceKind};

/// Why bars cannot be frozen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// The bars cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bars are faulty, and the policy says to stop.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// The bars do not form a panel.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// The period is invalid.
    #[error("data.period is invalid")]
    Period(#[from] InvalidPeriod),
    /// The rows cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The snapshots or the seal cannot be stored.
    #[error("failed to store the frozen bars")]
    Artifact(#[from] Error),
}

/// The digest of what [`freeze`] would read: the settings of the data and of the split's boundary, and every file.
///
/// # Errors
///
/// [`FreezeError::Source`] when a file cannot be read.
pub fn input_digest(config: &Config) -> Result<Digest, FreezeError> {
    let files = source_files(&config.data)?;
    // Content counts, location does not: a moved data directory must not look like new bars.
    let settings = DataConfig { files: Vec::new(), ..config.data.clone() };
    let ratio = config.split.train_test_split_ratio;
    let seed = (config.data.source == SourceKind::Synthetic).then_some(config.seed);
    Ok(Digest::of(&artifact_core::canonical_json(&(settings, files, ratio, seed))?))
}

/// Reads, checks and aligns the bars of a configuration, stores all rows and, apart, the rows before the test rows,
/// and seals the boundary.
///
/// # Errors
///
/// [`FreezeError`]. The run then refers to nothing that was stored.
pub fn freeze(store: &dyn ObjectStore, config: &Config) -> Result<(SealId, Seal), FreezeError> {
    let data = &config.data;
    let (panel, faults) = source_panel(config)?;
    let source = DataSource {
        kind: data.source.name().to_owned(),
        period: data.period.clone(),
        files: source_files(data)?,
    };
    seal_panel(store, &panel, config.split.train_test_split_ratio, data.alignment, source, faults)
}

/// Reads, checks and aligns the bars of a configuration, and cuts them to its period; also the faults among them.
///
/// # Errors
///
/// [`FreezeError`].
pub fn source_panel(config: &Config) -> Result<(Panel, Vec<Fault>), FreezeError> {
    let data = &config.data;
    let period: Period = data.period.parse()?;
    let mut raw = read(config)?;
    let policy = QualityPolicy { on_fault: data.on_fault, unordered: data.unordered };
    let mut faults = quality::check(&mut raw, &policy)?.faults;
    let wanted = (!data.tickers.is_empty()).then_some(data.tickers.as_slice());
    let (panel, gaps) = panel::align(raw, wanted, data.alignment, data.max_forward_fill)?;
    let (panel, dates) = panel::select_period(&panel, period)?;
    faults.extend(gaps);
    let kept = |fault: &Fault| dates.contains(fault.date) && panel.tickers.contains(&fault.ticker);
    faults.retain(kept);
    Ok((panel, faults))
}

/// Stores a panel, for bars of your own: all rows and, apart, the rows before the test rows; and seals the boundary at
/// `floor(rows * train_test_split_ratio)`. [`Dataset::development`](crate::Dataset) gives the development rows.
///
/// # Errors
///
/// [`FreezeError::Split`] when one of the two parts would be empty, [`FreezeError::Artifact`] when the store refuses.
pub fn seal_panel(
    store: &dyn ObjectStore,
    panel: &Panel,
    train_test_split_ratio: f64,
    alignment: Alignment,
    source: DataSource,
    faults: Vec<Fault>,
) -> Result<(SealId, Seal), FreezeError> {
    let split_row = split_row(panel.rows(), train_test_split_ratio)?;
    let snapshot = freeze_panel(store, panel, producer!())?;
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
    };
    Ok((save(store, seal.clone(), producer!())?, seal))
}

fn read(config: &Config) -> Result<Vec<RawBars>, FreezeError> {
    let data = &config.data;
    let options = CsvOptions { adjust: data.adjust };
    Ok(match data.source {
        SourceKind::Sample => sample::sample(options)?,
        SourceKind::Csv => csv::read_files(&data.files, options)?,
        SourceKind::Synthetic => {
            let spec = SyntheticSpec {
                tickers: data.synthetic.tickers,
                rows: data.synthetic.rows,
                signal: data.synthetic.signal,
                ..SyntheticSpec::default()
            };
            synthetic(&spec, config.seed)
        }
    })
}

fn source_files(data: &DataConfig) -> Result<Vec<SourceFile>, FreezeError> {
    let file = |name: String, bytes: &[u8]| SourceFile { name, sha256: Digest::of(bytes) };
    Ok(match data.source {
        SourceKind::Sample => {
            sample::FILES.iter().map(|(name, text)| file((*name).into(), text.as_bytes())).collect()
        }
        SourceKind::Synthetic => Vec::new(),
        SourceKind::Csv => data
            .files
            .iter()
            .map(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let bytes = std::fs::read(path)
                    .map_err(|source| SourceError::Unreadable { path: path.clone(), source })?;
                Ok(file(name, &bytes))
            })
            .collect::<Result<_, SourceError>>()?,
    })
}
