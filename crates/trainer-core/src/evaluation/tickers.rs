//! Figures ticker by ticker.

use super::classification::Confusion;
use super::{Contender, Scoring, independent, log_probability, numbers, predictor, strategy};
use crate::loss::class_of;
use artifact_core::schema::TickerFigures;
use data_loader::{SequenceSet, Subset};

/// The figures of a contender for each ticker, named `tickers` in column order. `scoring` gives base rates and costs.
///
/// # Panics
///
/// When `set` has more tickers than names.
pub fn ticker_figures<P: Subset>(
    contender: &Contender<'_>,
    set: &SequenceSet<'_, P>,
    tickers: &[String],
    scoring: &Scoring<'_>,
) -> Vec<TickerFigures> {
    let predictions = contender.predictions.view();
    let predict = predictor(predictions, set.task(), contender.decision);
    let followed = strategy(predictions, set, contender.decision, scoring.costs);
    let of_ticker = |ticker: usize| {
        let mut confusion = Confusion::default();
        let (mut loss, mut of_base_rates) = (0.0, 0.0);
        let mut pairs = Vec::new();
        for position in 0..set.len() {
            let Some(truth) = class_of(set.labels_of(position)[ticker]) else { continue };
            let predicted = predict(position, ticker);
            confusion.add(truth, predicted.class);
            loss -= log_probability(predicted.probabilities[truth]);
            let rates = scoring.base_rates.and_then(|rates| rates.of_ticker(ticker));
            of_base_rates -= log_probability(rates.map_or(1.0, |rates| rates[truth]));
            if let Some(values) = set.values_of(position) {
                let own = predictions.slice(ndarray::s![position, ticker, ..]);
                pairs.push((f64::from(own[own.len() / 2]), f64::from(values[ticker])));
            }
        }
        let own = followed.as_ref().map(|followed| followed.tickers()[ticker]);
        let labelled = |position: usize| class_of(set.labels_of(position)[ticker]).is_some();
        let classes = set.task().is_classes();
        TickerFigures {
            ticker: tickers[ticker].clone(),
            samples: confusion.samples(),
            independent_rows: independent(set, labelled),
            confusion: confusion.counts(),
            mcc: confusion.mcc_if_defined(),
            log_loss_skill: (classes && of_base_rates > 0.0).then(|| 1.0 - loss / of_base_rates),
            correlation: if classes { None } else { numbers::correlation(&pairs) },
            earned: followed.as_ref().map(|followed| followed.earned(ticker)),
            trades: own.map_or(0, |own| own.trades),
        }
    };
    (0..set.ticker_count()).map(of_ticker).collect()
}
