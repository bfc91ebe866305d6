//! What a prediction is asked for.

use artifact_core::Moment;
use std::path::PathBuf;

/// What to predict from.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// CSV files as for training: one per ticker, or one long file.
    pub bars: &'a [PathBuf],
    /// The file of each series that the model reads, by the series' name.
    pub series: &'a [(String, PathBuf)],
    /// Whether all tickers of the files are predicted, also some that the model was not fitted on. A model that reads its
    /// tickers together always needs exactly its own.
    pub other_tickers: bool,
    /// The rows to predict from.
    pub rows: Rows,
}

/// The rows to predict from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The newest row of the files. A ticker without a usable bar there is an error, unless its newest one is at most
    /// `stale` rows behind: the prediction then is that of the older bar, and says so.
    Newest {
        /// How many rows a prediction may be behind; 0 for none.
        stale: usize,
    },
    /// Every row of a range of dates that has enough rows before it; a ticker without a bar of that date is left out there.
    Between {
        /// The first date; `None` for the first there is.
        from: Option<Moment>,
        /// The last date; `None` for the last there is.
        to: Option<Moment>,
    },
}
