//! Predicts from the newest bars of the model's tickers, through the frozen preprocessing.

use crate::bundle::read_model;
use crate::refit::of_stored;
use artifact_core::Error;
use artifact_core::schema::{
    CLASS_NAMES, CLASSES, COLUMNS, FittedScaler, GivenColumn, Preprocessing, ScalerScope, Scope,
};
use chrono::NaiveDate;
use data_loader::{
    DataParts, Feature, FeatureError, FileOptions, FilesRead, Inputs, Lookback, Panel, Period, PanelError, QualityError,
    QualityPolicy, RawBars, RawColumn, ScalerError, SourceError, Task, features, panel, quality, scalers,
    sources,
};
use ndarray::{ArrayView2, Axis};
use serde::Serialize;
use settings::part::{Chosen, PartError};
use settings::{ColumnSetting, DataConfig, SeriesSetting};
use std::path::PathBuf;
use trainer_core::{
    Decision, ModelParts, Output, Shape, Weights, WeightsError, predict_window, with_params, with_seeds,
};
use views::ModelDirectory;

/// The model's prediction for one ticker after its newest bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The ticker.
    pub ticker: String,
    /// The newest bar's date.
    pub date: NaiveDate,
    /// What is predicted.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// The most probable class, or what the predicted number's sign says.
    pub class: &'static str,
}

/// What a model predicts, by its target's task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Forecast {
    /// Classes.
    Classes {
        /// The probabilities of Hold, Up and Down, in this order.
        probabilities: [f32; CLASSES],
    },
    /// A number.
    Value {
        /// The expected value, in the target's unit.
        value: f64,
    },
    /// Quantiles of a number.
    Quantiles {
        /// The quantiles, by ascending level.
        quantiles: Vec<Quantile>,
    },
}

/// A predicted quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    /// Its level, above 0 and below 1.
    pub level: f64,
    /// The number, in the target's unit.
    pub value: f64,
}

impl Forecast {
    /// The forecast of a model's output, whose numbers are in units of `scale`.
    fn of(task: &Task, output: &[f32], scale: f64) -> Self {
        let number = |value: f32| f64::from(value) * scale;
        match task {
            Task::Classes => {
                let place = |class: usize| output.get(class).copied().unwrap_or(f32::NAN);
                Forecast::Classes { probabilities: std::array::from_fn(place) }
            }
            Task::Value => Forecast::Value { value: output.first().copied().map_or(f64::NAN, number) },
            Task::Quantiles(levels) => {
                let quantiles = levels
                    .iter()
                    .zip(output)
                    .map(|(&level, &value)| Quantile { level, value: number(value) });
                Forecast::Quantiles { quantiles: quantiles.collect() }
            }
        }
    }
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
    /// The bars belong to other tickers, or come in another order, and the model knows tickers by their order.
    #[error(
        "the bars belong to {}, but the model was fitted on {}; give the same tickers in the same order",
        found.join(", "),
        expected.join(", ")
    )]
    Order {
        /// The tickers given.
        found: Vec<String>,
        /// The model's tickers.
        expected: Vec<String>,
    },
    /// A ticker has no bar on the newest date.
    #[error(
        "{ticker} has no bar on {date}, the newest date, nor a recent one; give its newest bars, or leave it out"
    )]
    NoNewestBar {
        /// The ticker.
        ticker: String,
        /// The newest date of any ticker.
        date: NaiveDate,
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
    /// The bars belong to other tickers.
    #[error(
        "the bars belong to {}, but the model was fitted on {}; give the same tickers, or --other-tickers",
        found.join(", "),
        expected.join(", ")
    )]
    Tickers {
        /// The tickers given.
        found: Vec<String>,
        /// The model's tickers.
        expected: Vec<String>,
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
    /// A series has no value for the newest row.
    #[error(
        "the series {name} has no value for {date}, the newest date, though up to {max_forward_fill} rows are filled \
         forward; give its newest values"
    )]
    StaleSeries {
        /// The series.
        name: String,
        /// The newest date of any ticker.
        date: NaiveDate,
        /// How many rows without a value of their own are filled.
        max_forward_fill: usize,
    },
    /// A series is given that the model does not read, or is given twice.
    #[error("{name} is {}; the model reads {}", if *twice { "given twice" } else { "no series of the model" }, list(expected))]
    Series {
        /// The series.
        name: String,
        /// Whether it was given twice.
        twice: bool,
        /// The series of the model.
        expected: Vec<String>,
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
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Predicts what follows the newest row of `bars`, CSV files as for training.
///
/// A model that was fitted with columns of one's own reads them from the same files, and every series from the file that
/// `series` gives for its name.
///
/// A model of [`Scope::Joint`] needs all its tickers in their order. One of [`Scope::Shared`] takes them in any order,
/// and, with `other_tickers`, any tickers at all: also some that it was not fitted on. Where the model is told which ticker
/// it sees, it is told that such a one is none of its own. A feature that compares tickers, such as `rank(close)`, compares
/// those of the files.
///
/// The bars must reach as far back as the features read. Those of a feature that reads all earlier rows, such as `ema`, are
/// those of training only from the same first bar on; this is logged as a warning.
///
/// # Errors
///
/// [`PredictError`]; other tickers than the model's are [`PredictError::Tickers`].
pub fn predict(
    model: &ModelDirectory,
    bars: &[PathBuf],
    series: &[(String, PathBuf)],
    other_tickers: bool,
    data: &DataParts,
    models: &ModelParts,
) -> Result<Vec<Prediction>, PredictError> {
    let (config, mut preprocessing, weights) = read_model(model)?;
    let features = data.stored_features(&preprocessing)?;
    let target = data.targets.find(&preprocessing.labels.rule)?;
    let task = target.part.task(&target.params);
    let scale = preprocessing.target_scale.unwrap_or(1.0);
    let scaler = data.scalers.find(&preprocessing.scaler.kind)?;
    let within = scalers::within_window(&scaler, &features::column_names(&features)?)?;
    let weights = Weights::from_safetensors(&weights)?;
    let (raw, mut columns) = read_bars(&config.columns, bars, series)?;
    let found: Vec<String> = raw.iter().map(|bars| bars.ticker.clone()).collect();
    let tickers = chosen(&config.tickers, found, preprocessing.scope, other_tickers)?;
    preprocessing.scaler = of_tickers(&preprocessing, &tickers)?;
    let policy = QualityPolicy::default();
    let mut raw = panel::choose(raw, Some(&tickers))?;
    quality::check(&mut raw, &policy)?;
    quality::check_columns(&mut columns, &raw, &policy)?;
    let fill = DataConfig::default().max_forward_fill;
    let aligned = panel::align(raw, config.alignment, fill, Period::Max)?;
    let panel = panel::add_columns(aligned.panel, &config.columns, &columns)?;
    let (rows, seq_length) = (panel.rows(), config.params.seq_length);
    let delay = config.columns.iter().map(|column| column.delay).max().unwrap_or(0);
    let lookback = known_lookback(&features) + delay;
    if rows < seq_length + lookback {
        return Err(PredictError::TooFewRows { found: rows, seq_length, lookback });
    }
    let date = panel.dates[rows - 1];
    // Without its newest bar a ticker's features would be centres, and the answer nonsense.
    let newest = panel.close().row(rows - 1).to_vec();
    if let Some((ticker, _)) = tickers.iter().zip(newest).find(|(_, close)| close.is_nan()) {
        return Err(PredictError::NoNewestBar { ticker: ticker.clone(), date });
    }
    if let Some(stale) = stale_series(&config.columns, &panel) {
        let (name, max_forward_fill) = (stale.name.clone(), stale.max_forward_fill);
        return Err(PredictError::StaleSeries { name, date, max_forward_fill });
    }
    let matrix = features::compute(&panel, &features)?;
    let inputs = Inputs::new(&preprocessing, matrix.values(), &tickers, within)?;
    let shape = Shape {
        seq_length,
        features: inputs.columns(),
        ticker_columns: inputs.ticker_columns(),
        tickers: tickers.len() / inputs.blocks(),
        output: Output::of(&task),
    };
    let model = with_params(&models.models.find(&config.model)?, &config.params.model)
        .map_err(trainer_core::SettingError::from)
        .map_err(trainer_core::PredictError::from)?;
    let model = with_seeds(&model, config.training.seeds);
    let temperature = of_stored(config.temperature);
    let decision = Decision::balanced(config.decision_balance, preprocessing.class_weights.counts);
    let decision = decision.tempered(temperature);
    let mut predictions = Vec::with_capacity(tickers.len());
    for block in 0..inputs.blocks() {
        let window = inputs.window(block, rows - seq_length..rows);
        let window = ArrayView2::from_shape((seq_length, inputs.columns()), &window)
            .expect("a window has as many rows and columns");
        let mut values = predict_window(&model, shape, &weights, window)?.insert_axis(Axis(0));
        temperature.apply(&mut values);
        for row in values.index_axis(Axis(0), 0).outer_iter() {
            let output = row.to_vec();
            let class = CLASS_NAMES[decision.class_of(&task, &output)];
            let ticker = tickers[predictions.len()].clone();
            let forecast = Forecast::of(&task, &output, scale);
            predictions.push(Prediction { ticker, date, forecast, class });
        }
    }
    Ok(predictions)
}

/// The rows before the model's window that its features read; of one that reads all earlier rows, the row before alone. Warns
/// of such features.
fn known_lookback(features: &[Chosen<dyn Feature>]) -> usize {
    let own = features.iter().map(|feature| match feature.part.lookback(&feature.params) {
        Lookback::Rows(rows) => rows,
        Lookback::Unbounded => {
            tracing::warn!(
                "the feature {} reads all earlier rows: its values are those of training only if these bars begin \
                 where the bars of the run do",
                feature.component
            );
            1
        }
    });
    own.max().unwrap_or(0)
}

/// The first series that has no value in the newest row; all tickers have the same values of it. Columns of single tickers
/// may be empty, as a score of the news is on a day without news.
fn stale_series<'a>(given: &'a [GivenColumn], panel: &Panel) -> Option<&'a GivenColumn> {
    let newest = panel.values().index_axis_move(Axis(0), panel.rows() - 1);
    let columns = given.iter().enumerate().filter(|(_, column)| column.file.is_some());
    let mut stale =
        columns.filter(|(place, _)| newest.column(COLUMNS.len() + place).iter().all(|cell| cell.is_nan()));
    stale.next().map(|(_, column)| column)
}

/// Reads the bars with the columns that the model was fitted with.
fn read_bars(
    given: &[GivenColumn],
    bars: &[PathBuf],
    series: &[(String, PathBuf)],
) -> Result<(Vec<RawBars>, Vec<RawColumn>), PredictError> {
    for (place, (name, _)) in series.iter().enumerate() {
        let known = given.iter().any(|column| column.file.is_some() && column.name == *name);
        let twice = series[..place].iter().any(|(other, _)| other == name);
        if !known || twice {
            let series = given.iter().filter(|column| column.file.is_some());
            let expected = series.map(|column| column.name.clone()).collect();
            return Err(PredictError::Series { name: name.clone(), twice: known, expected });
        }
    }
    let of_bars = given.iter().filter(|column| column.file.is_none());
    let of_bars = of_bars.map(|column| ColumnSetting {
        column: column.column.clone(),
        ..ColumnSetting::named(column.name.as_str())
    });
    let of_bars: Vec<ColumnSetting> = of_bars.collect();
    let options = FileOptions::new(&of_bars.into(), None)?;
    let FilesRead { bars: raw, mut columns, .. } = sources::files::read_files(bars, &options)?;
    for column in given {
        let Some(fitted) = &column.file else { continue };
        let Some((_, file)) = series.iter().find(|(name, _)| *name == column.name) else {
            return Err(PredictError::MissingSeries {
                name: column.name.clone(),
                column: column.header().to_owned(),
                file: fitted.name.clone(),
            });
        };
        let (delay, max_forward_fill) = (column.delay, column.max_forward_fill);
        let (name, file, column) = (column.name.clone(), file.clone(), column.header().to_owned());
        let (values, _) =
            sources::series::read(&SeriesSetting { name, file, column, delay, max_forward_fill }, None)?;
        columns.push(values);
    }
    Ok((raw, columns))
}

/// The tickers to predict, in the order of the model's inputs.
fn chosen(
    own: &[String],
    found: Vec<String>,
    scope: Scope,
    other_tickers: bool,
) -> Result<Vec<String>, PredictError> {
    let sorted = |tickers: &[String]| {
        let mut tickers = tickers.to_vec();
        tickers.sort();
        tickers
    };
    let fits = match scope {
        // Order matters: the model knows its tickers only by the position of their columns.
        Scope::Joint => found == own,
        Scope::Shared => other_tickers || sorted(&found) == sorted(own),
    };
    match (fits, scope) {
        (true, Scope::Shared) if other_tickers => Ok(found),
        (true, _) => Ok(own.to_vec()),
        (false, Scope::Joint) => Err(PredictError::Order { found, expected: own.to_vec() }),
        (false, Scope::Shared) => Err(PredictError::Tickers { found, expected: own.to_vec() }),
    }
}

/// The scaler's figures for these tickers. A ticker that it was not fitted on gets those that all tickers share.
fn of_tickers(preprocessing: &Preprocessing, tickers: &[String]) -> Result<FittedScaler, PredictError> {
    let (own, scaler) = (&preprocessing.tickers, &preprocessing.scaler);
    let columns = scaler.mean.len().checked_div(own.len()).unwrap_or(0);
    let mut fitted = FittedScaler { mean: Vec::new(), std: Vec::new(), ..scaler.clone() };
    for ticker in tickers {
        let place = match own.iter().position(|known| known == ticker) {
            Some(place) => place,
            None if scaler.per == ScalerScope::Feature => 0,
            None => return Err(PredictError::Unscaled { ticker: ticker.clone() }),
        };
        let figures = place * columns..(place + 1) * columns;
        fitted.mean.extend(scaler.mean.get(figures.clone()).unwrap_or_default());
        fitted.std.extend(scaler.std.get(figures).unwrap_or_default());
    }
    Ok(fitted)
}
