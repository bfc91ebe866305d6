//! What a source is, what it is asked for, and the bars it returns.

use super::SourceError;
use artifact_core::Params;
use artifact_core::schema::SourceFile;
use chrono::NaiveDate;
use settings::part::Part;
use std::path::PathBuf;

/// Where bars come from.
pub trait Source: Part {
    /// Reads the bars.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; [`SourceError::Setting`] if a setting does not fit the source.
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError>;

    /// Whether the bars depend on the seed (default: yes). If they do not, a run with another seed keeps the same bars.
    fn reads_seed(&self) -> bool {
        true
    }
}

/// What a source is asked to read.
#[derive(Debug, Clone, Copy)]
pub struct SourceRequest<'a> {
    /// The parameters, with defaults filled in.
    pub params: &'a Params,
    /// The files named in the configuration.
    pub files: &'a [PathBuf],
    /// Whether to adjust prices, if the source can.
    pub adjust: bool,
    /// The root of every random stream.
    pub seed: u64,
}

/// What a source returns.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceBars {
    /// The bars, one entry per ticker.
    pub bars: Vec<RawBars>,
    /// The files that were read, each with the digest of exactly the bytes that were parsed.
    pub files: Vec<SourceFile>,
}

impl SourceRequest<'_> {
    /// Refuses a configuration that names files, for sources that read none; `name` is the source's name.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setting`].
    pub fn without_files(&self, name: &str) -> Result<(), SourceError> {
        if self.files.is_empty() {
            return Ok(());
        }
        let reason = format!("source {name:?} reads no files; to read them, set source = \"csv\"");
        Err(SourceError::Setting { key: "data.files", reason })
    }
}

/// The bars of one ticker as the source delivered them: unchecked, and in the source's order.
#[derive(Debug, Clone, PartialEq)]
pub struct RawBars {
    /// The ticker, in upper case.
    pub ticker: String,
    /// Where the bars come from: a file name, `sample` or `synthetic`.
    pub origin: String,
    /// The bars.
    pub bars: Vec<RawBar>,
}

/// One bar as the source delivered it. An empty cell is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawBar {
    /// The session's date.
    pub date: NaiveDate,
    /// The line in the source, from 1.
    pub line: u64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// The number of shares traded.
    pub volume: f64,
}

impl RawBar {
    /// The values in the order of [`COLUMNS`](artifact_core::schema::COLUMNS).
    pub fn values(&self) -> [f64; 5] {
        [self.open, self.high, self.low, self.close, self.volume]
    }
}
