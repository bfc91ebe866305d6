//! Predicts from bars of the model's tickers, through the frozen preprocessing: after their newest rows, or after every
//! row of a history.

mod answers;
mod applied;
mod bars;
mod error;
mod forecast;
mod freshness;
mod request;

pub use error::PredictError;
pub use forecast::{Forecast, Prediction, Quantile, Stale};
pub use request::{Request, Rows};

use crate::bundle::read_model;
use answers::{Answer, Answers};
use applied::Applied;
use artifact_core::schema::{FittedScaler, Preprocessing, ScalerScope, Scope};
use data_loader::{DataParts, Feature, Lookback};
use settings::part::Chosen;
use trainer_core::ModelParts;
use views::ModelDirectory;

/// Predicts what follows rows of bars, which are read, cleaned and aligned as those of the model's run were.
///
/// A model that was fitted with columns of one's own reads them from the same files, and every series from the file that
/// the request gives for its name. Files may hold more tickers than the model's, in any order: those are left out. A model
/// of [`Scope::Shared`] can predict them too, if `other_tickers` asks for it. Where the model is told which ticker it sees,
/// it is told that such a one is none of its own. A feature that compares tickers, such as `rank(close)`, compares those
/// that are predicted.
///
/// The bars must reach as far back as the features read. Those of a feature that reads all earlier rows, such as `ema`, are
/// those of training only from the same first bar on; this is logged as a warning.
///
/// A history has, for every row, the prediction that files ending there would give, bit for bit.
///
/// # Errors
///
/// [`PredictError`].
pub fn predict(
    model: &ModelDirectory,
    request: &Request<'_>,
    data: &DataParts,
    models: &ModelParts,
) -> Result<Vec<Prediction>, PredictError> {
    let (config, mut preprocessing, weights) = read_model(model)?;
    let features = data.stored_features(&preprocessing)?;
    let bars = bars::read(&config, preprocessing.scope, request, &features, data)?;
    preprocessing.scaler = of_tickers(&preprocessing, &bars.tickers)?;
    let seq_length = config.params.seq_length;
    let delay = config.columns.iter().map(|column| column.delay).max().unwrap_or(0);
    let lookback = known_lookback(&features) + delay;
    let answers = Answers {
        bars: &bars,
        columns: &config.columns,
        joint: preprocessing.scope == Scope::Joint,
        seq_length,
        lookback,
    };
    let wanted = match request.rows {
        Rows::Newest { stale } => answers.newest(stale)?,
        Rows::Between { from, to } => answers.between(from, to)?,
    };
    let applied = Applied::new(&config, &preprocessing, (&features, &weights), &bars, (data, models))?;
    let mut predictions = Vec::new();
    for Answer { row, tickers, stale } in wanted {
        let date = bars.panel.dates[row];
        for (place, forecast, class) in applied.at(row, &tickers)? {
            let ticker = bars.tickers[place].clone();
            if !forecast.is_finite() {
                return Err(PredictError::NotFinite { ticker, date });
            }
            predictions.push(Prediction { ticker, date, stale, forecast, class });
        }
    }
    if matches!(request.rows, Rows::Newest { .. }) {
        // Tickers of different rows were answered row by row.
        let place = |it: &Prediction| bars.tickers.iter().position(|ticker| *ticker == it.ticker);
        predictions.sort_by_key(place);
    }
    Ok(predictions)
}

/// The rows before the model's window that its features read; of one that reads all earlier rows, the row before alone.
/// Warns of such features.
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
