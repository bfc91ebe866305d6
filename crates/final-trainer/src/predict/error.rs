//! Why there is no prediction.

use artifact_core::Error;
use artifact_core::Moment;
use data_loader::{FeatureError, FreezeError, MissingVolume, ScalerError};
use settings::ConfigError;
use settings::part::PartError;
use trainer_core::WeightsError;

/// Why there is no prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The model cannot be read, or was changed.
    #[error(
        "failed to read the final model; if its run still exists, `holdfast artifact rebuild-views RUN` writes its files again"
    )]
    Artifact(#[from] Error),
    /// The model's bars were read by a rule that this program does not know.
    #[error("the model's own data rules cannot be followed")]
    Rules(#[source] ConfigError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bars cannot be read, are faulty, or do not form a panel.
    #[error(transparent)]
    Bars(#[from] FreezeError),
    /// A feature of the model reads a volume that the bars do not have.
    #[error("{0}; give a file with volumes")]
    Volume(#[from] MissingVolume),
    /// The model uses a part that this program does not know, or not in this version.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The features cannot be computed.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// The features do not match the scaler.
    #[error(transparent)]
    Scaler(#[from] ScalerError),
    /// The model cannot be applied.
    #[error(transparent)]
    Model(#[from] trainer_core::PredictError),
    /// A ticker has no usable bar on the newest date.
    #[error(
        "{ticker} has no bar on {date}, the newest date: {reason}; give its newest bars, {}or accept an answer from \
         older rows with --stale {behind}",
        if *joint { "" } else { "or leave it out with --other-tickers, " }
    )]
    NoNewestBar {
        /// The ticker.
        ticker: String,
        /// The newest date of any ticker.
        date: Moment,
        /// Why there is none: its row was dropped, or the files have none.
        reason: String,
        /// How many rows the newest usable one is behind.
        behind: usize,
        /// Whether the model needs all of its tickers.
        joint: bool,
    },
    /// The scaler has figures for each ticker, and this one is not among them.
    #[error(
        "the model was not fitted on {ticker}, and its scaler has figures of its own for each ticker; fit a model with \
         scaler.per = \"feature\" to predict other tickers"
    )]
    Unscaled {
        /// The ticker.
        ticker: String,
    },
    /// The files lack tickers of the model.
    #[error(
        "the bars belong to {}, but the model was fitted on {}; give all of its tickers{}",
        found.join(", "),
        expected.join(", "),
        if *joint { ": it reads them together" } else { ", or --other-tickers" }
    )]
    Tickers {
        /// The tickers given.
        found: Vec<String>,
        /// The model's tickers.
        expected: Vec<String>,
        /// Whether the model reads all of its tickers together.
        joint: bool,
    },
    /// A series that the model reads is not given.
    #[error(
        "the model reads the series {name}, column `{column}` of {file} when it was fitted; give its newest values with \
         --series {name}=FILE"
    )]
    MissingSeries {
        /// The series.
        name: String,
        /// The header of its values.
        column: String,
        /// The name of the file when the model was fitted.
        file: String,
    },
    /// A series has no value for the row that is predicted from.
    #[error(
        "the series {name} has no value for {date}, the newest date, though up to {max_forward_fill} rows are filled \
         forward; give its newest values"
    )]
    StaleSeries {
        /// The series.
        name: String,
        /// The row's date.
        date: Moment,
        /// How many rows without a value of their own are filled.
        max_forward_fill: usize,
    },
    /// A series is given that the model does not read, or is given twice.
    #[error(
        "{name} is {}; the model reads {}",
        if *twice { "given twice" } else { "no series of the model" },
        list(expected)
    )]
    Series {
        /// The series.
        name: String,
        /// Whether it was given twice.
        twice: bool,
        /// The series of the model.
        expected: Vec<String>,
    },
    /// The model's answer is no number.
    #[error(
        "the model's answer for {ticker} after {date} is not a finite number, which is no prediction: its weights or these \
         bars are out of all proportion; check the bars, and write the model's files again with \
         `holdfast artifact rebuild-views RUN`"
    )]
    NotFinite {
        /// The ticker.
        ticker: String,
        /// The row's date.
        date: Moment,
    },
    /// There are too few bars.
    #[error(
        "{found} rows are too few: the model reads {seq_length} rows, and the features of the first one read {lookback} \
         rows before it; give at least {} rows",
        seq_length + lookback
    )]
    TooFewRows {
        /// The rows given.
        found: usize,
        /// The rows the model reads.
        seq_length: usize,
        /// The rows before them that the features read, with the longest delay of a column of one's own.
        lookback: usize,
    },
    /// No row of the range can be predicted from.
    #[error(
        "no row from {} to {} can be predicted from; the bars allow rows from {first} to {last}: give other dates, or \
         files that reach further",
        date(*from, "the first"),
        date(*to, "the last")
    )]
    NoRows {
        /// The first date wanted; `None` for the first there is.
        from: Option<Moment>,
        /// The last date wanted; `None` for the last there is.
        to: Option<Moment>,
        /// The first row with enough rows before it.
        first: Moment,
        /// The last row.
        last: Moment,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn date(given: Option<Moment>, otherwise: &str) -> String {
    given.map_or_else(|| otherwise.to_owned(), |date| date.to_string())
}
