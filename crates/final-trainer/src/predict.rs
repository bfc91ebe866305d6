//! Predicts from the newest bars of the model's tickers, through the frozen preprocessing.

use crate::bundle::read_model;
use artifact_core::Error;
use artifact_core::schema::{CLASS_NAMES, CLASSES};
use chrono::NaiveDate;
use data_loader::{
    CsvOptions, DataParts, FeatureError, PanelError, QualityError, QualityPolicy, RawBars, ScalerError,
    SourceError, features, panel, quality, scalers, sources,
};
use ndarray::s;
use serde::Serialize;
use settings::DataConfig;
use settings::part::PartError;
use std::path::PathBuf;
use trainer_core::{ModelParts, Shape, Weights, WeightsError, predict_window, with_params};
use views::ModelDirectory;

/// The model's prediction for one ticker after its newest bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The ticker.
    pub ticker: String,
    /// The newest bar's date.
    pub date: NaiveDate,
    /// The probabilities of Hold, Up and Down, in this order.
    pub probabilities: [f32; CLASSES],
    /// The most probable class.
    pub class: &'static str,
}

/// Why there is no prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The model cannot be read.
    #[error("failed to read the final model")]
    Artifact(#[from] Error),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bars cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bars are faulty.
    #[error(transparent)]
    Quality(#[from] QualityError),
    /// The bars cannot be aligned to a panel.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// The model uses a part that this program does not know.
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
    /// The bars belong to other tickers, or come in another order.
    #[error(
        "the bars belong to {}, but the model was fitted on {}; give the same tickers in the same order",
        found.join(", "),
        expected.join(", ")
    )]
    Tickers {
        /// The tickers given.
        found: Vec<String>,
        /// The model's tickers.
        expected: Vec<String>,
    },
    /// There are too few bars.
    #[error(
        "{found} rows with a bar of every ticker are too few: the model reads {seq_length} rows, and the features of \
         the first one need the row before it; give at least {} rows",
        seq_length + 1
    )]
    TooFewRows {
        /// The rows given.
        found: usize,
        /// The rows the model reads.
        seq_length: usize,
    },
}

/// Predicts the classes after the newest row of `bars`, CSV files as for training.
///
/// # Errors
///
/// [`PredictError`]; wrong or reordered tickers are [`PredictError::Tickers`].
pub fn predict(
    model: &ModelDirectory,
    bars: &[PathBuf],
    data: &DataParts,
    models: &ModelParts,
) -> Result<Vec<Prediction>, PredictError> {
    let (config, preprocessing, weights) = read_model(model)?;
    let features = data.stored_features(&preprocessing)?;
    let weights = Weights::from_safetensors(&weights)?;
    let mut raw: Vec<RawBars> = sources::csv::read_files(bars, CsvOptions::default())?;
    let found: Vec<String> = raw.iter().map(|bars| bars.ticker.clone()).collect();
    // Order matters too: the model knows its tickers only by the position of their columns.
    if found != config.tickers {
        return Err(PredictError::Tickers { found, expected: config.tickers });
    }
    quality::check(&mut raw, &QualityPolicy::default())?;
    let fill = DataConfig::default().max_forward_fill;
    let (panel, _) = panel::align(raw, Some(&config.tickers), config.alignment, fill)?;
    let (rows, seq_length) = (panel.rows(), config.params.seq_length);
    // One row more than the model reads, since a feature may need the previous row.
    if rows <= seq_length {
        return Err(PredictError::TooFewRows { found: rows, seq_length });
    }
    let matrix = features::compute(&panel, &features)?;
    let scaled = scalers::transform(&preprocessing.scaler, matrix.values())?;
    let shape = Shape { seq_length, features: scaled.ncols(), tickers: config.tickers.len() };
    let model = with_params(&models.models.find(&config.model)?, &config.params.model)
        .map_err(trainer_core::SettingError::from)
        .map_err(trainer_core::PredictError::from)?;
    let window = scaled.slice(s![rows - seq_length.., ..]);
    let probabilities = predict_window(&model, shape, &weights, window)?;
    let date = panel.dates[rows - 1];
    let prediction = |(ticker, row): (&String, ndarray::ArrayView1<f32>)| {
        let probabilities = [row[0], row[1], row[2]];
        // A tie goes to the first class, as in the metrics.
        let class =
            (1..CLASSES).fold(0, |best, c| if probabilities[c] > probabilities[best] { c } else { best });
        Prediction { ticker: ticker.clone(), date, probabilities, class: CLASS_NAMES[class] }
    };
    Ok(config.tickers.iter().zip(probabilities.outer_iter()).map(prediction).collect())
}
