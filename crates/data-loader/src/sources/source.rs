//! What a source is, what it is asked for, and the bars it returns.

use super::SourceError;
use artifact_core::Moment;
use artifact_core::Params;
use artifact_core::schema::{Clock, Fault, SourceFile};
use settings::Columns;
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

    /// Reads the bars, and with them the columns of one's own that are asked for, [`SourceRequest::columns`]. By default a
    /// source has none besides the bars'; one that has them overrides this.
    ///
    /// # Errors
    ///
    /// As [`Source::read`]; [`SourceError::Setting`] by default if a column is asked for.
    fn read_with_columns(
        &self,
        request: &SourceRequest<'_>,
    ) -> Result<(SourceBars, Vec<RawColumn>), SourceError> {
        match request.columns.own.first() {
            None => Ok((self.read(request)?, Vec::new())),
            Some(column) => {
                let (source, name) = (self.declaration().name, &column.name);
                let reason = format!("source {source:?} has no columns besides the bars', so no {name:?}");
                Err(SourceError::Setting { key: "data.columns", reason })
            }
        }
    }

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
    /// Which columns are wanted: further ones of one's own, and what the bar's are called. What becomes of their delay and
    /// forward fill is not the source's concern.
    pub columns: &'a Columns,
    /// How dates are written, where the configuration says so.
    pub date_format: Option<&'a str>,
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
    /// The bars, as traded or as adjusted by the source.
    pub bars: Vec<RawBar>,
    /// What the source says about corporate actions.
    pub actions: Actions,
    /// Which clock the times of day of intraday bars are of; `None` for dates.
    pub clock: Option<Clock>,
    /// What is worth knowing about how the bars were read.
    pub remarks: Vec<Fault>,
}

/// What a source says about splits and dividends; every column that is there has one value per bar. By default it says
/// nothing. What is done with them is decided by [`quality`](crate::quality).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Actions {
    /// The close adjusted for later splits and dividends; an empty cell is NaN.
    pub adjusted: Option<Vec<f64>>,
    /// How many shares one share became on this date: 2 for a split of 2:1, 0.1 for a reverse split of 1:10. 0, 1 and NaN
    /// mean no split.
    pub splits: Option<Vec<f64>>,
    /// The dividend per share that was detached on this date, in the price's currency. 0 and NaN mean none.
    pub dividends: Option<Vec<f64>>,
}

impl RawBars {
    /// Bars about whose corporate actions nothing is said. `ticker` is in upper case; `origin` names the source in
    /// messages.
    pub fn new(ticker: impl Into<String>, origin: impl Into<String>, bars: Vec<RawBar>) -> Self {
        let (ticker, origin) = (ticker.into(), origin.into());
        Self { ticker, origin, bars, actions: Actions::default(), clock: None, remarks: Vec::new() }
    }

    /// Whether no row has a volume, as for a rate or an index: then no row needs one.
    pub fn is_without_volume(&self) -> bool {
        self.bars.iter().all(|bar| bar.volume.is_nan())
    }

    /// Takes the rows at these positions, in this order.
    pub(crate) fn take_rows(&mut self, rows: &[usize]) {
        let Actions { adjusted, splits, dividends } = &mut self.actions;
        for column in [adjusted, splits, dividends].into_iter().flatten() {
            *column = rows.iter().map(|&row| column.get(row).copied().unwrap_or(f64::NAN)).collect();
        }
        self.bars = rows.iter().map(|&row| self.bars[row]).collect();
    }
}

/// One bar as the source delivered it. An empty cell is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawBar {
    /// The session's date; for an intraday bar the moment at which it begins.
    pub date: Moment,
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

/// A column of one's own as the source delivered it: unchecked, with the dates to which its values belong. These need not
/// be dates of bars.
#[derive(Debug, Clone, PartialEq)]
pub struct RawColumn {
    /// The name, as asked for.
    pub name: String,
    /// The ticker, in upper case; `None` for a series that all tickers share.
    pub ticker: Option<String>,
    /// Where the values come from, such as a file name.
    pub origin: String,
    /// The values.
    pub cells: Vec<RawCell>,
}

/// A value of a column of one's own. An empty cell is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawCell {
    /// The date that the value belongs to. At the close of this date it counts as known, or so many rows later as the
    /// settings say.
    pub date: Moment,
    /// The line in the source, from 1.
    pub line: u64,
    /// The value.
    pub value: f64,
}

impl RawBar {
    /// The values in the order of [`COLUMNS`](artifact_core::schema::COLUMNS).
    pub fn values(&self) -> [f64; 5] {
        [self.open, self.high, self.low, self.close, self.volume]
    }
}
