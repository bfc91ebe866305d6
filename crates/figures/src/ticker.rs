//! The figures of a single ticker.

use crate::figure::Better;
use crate::shown::{Shown, too_few_of};
use crate::unit::Unit;
use artifact_core::schema::{Evaluation, TickerFigures};

/// A figure of a ticker's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickerFigure {
    /// The Matthews correlation.
    Mcc,
    /// The log loss against that of the frequencies of its training labels.
    LogLossSkill,
    /// The correlation of predicted and true numbers.
    Correlation,
    /// What its positions earned after cost.
    Earned,
    /// The number of decisions for Up or Down.
    Trades,
}

impl TickerFigure {
    /// The figures in the order in which they are presented.
    pub const ALL: [TickerFigure; 5] = [
        TickerFigure::Mcc,
        TickerFigure::LogLossSkill,
        TickerFigure::Correlation,
        TickerFigure::Earned,
        TickerFigure::Trades,
    ];

    /// Its written name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            TickerFigure::Mcc => "mcc",
            TickerFigure::LogLossSkill => "log_loss_skill",
            TickerFigure::Correlation => "correlation",
            TickerFigure::Earned => "earned",
            TickerFigure::Trades => "trades",
        }
    }

    /// Its title for people.
    pub fn title(self) -> &'static str {
        match self {
            TickerFigure::Mcc => "Matthews correlation",
            TickerFigure::LogLossSkill => "Log loss skill against training frequencies",
            TickerFigure::Correlation => "Correlation",
            TickerFigure::Earned => "Earned after cost, share of the whole capital",
            TickerFigure::Trades => "Trades",
        }
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        match self {
            TickerFigure::Mcc | TickerFigure::Correlation => Unit::Number { decimals: 3 },
            TickerFigure::LogLossSkill => Unit::Number { decimals: 4 },
            TickerFigure::Earned => Unit::Percent { of: "fraction of capital" },
            TickerFigure::Trades => Unit::Count,
        }
    }

    /// Which of its values are better.
    pub fn better(self) -> Better {
        if self == TickerFigure::Trades { Better::Neither } else { Better::Higher }
    }

    /// Whether it means something next to the figures of a model: no correlation where classes are predicted, no log loss
    /// where numbers are.
    pub fn applies_to(self, model: &Evaluation) -> bool {
        match self {
            TickerFigure::LogLossSkill => model.numbers.is_none(),
            TickerFigure::Correlation => model.numbers.is_some(),
            _ => true,
        }
    }

    /// What may be printed of a ticker's figure, from the ticker's own samples and independent rows; `model` holds the
    /// figures over all tickers.
    pub fn shown(self, ticker: &TickerFigures, model: &Evaluation) -> Shown {
        let (value, missing) = match self {
            TickerFigure::Mcc => (ticker.mcc, "only one class is true"),
            TickerFigure::LogLossSkill if model.numbers.is_some() => (None, "numbers are predicted"),
            TickerFigure::LogLossSkill => {
                (ticker.log_loss_skill, "the training frequencies leave no loss to improve on")
            }
            TickerFigure::Correlation if model.numbers.is_none() => (None, "classes are predicted"),
            TickerFigure::Correlation => {
                (ticker.correlation, "the predicted or the true numbers do not vary")
            }
            TickerFigure::Earned => (ticker.earned, "no sample has a return"),
            // A count needs no minimum.
            TickerFigure::Trades => return Shown::Value(ticker.trades as f64),
        };
        let too_few = if self.applies_to(model) {
            too_few_of(ticker.samples, Some(ticker.independent_rows))
        } else {
            None
        };
        too_few.map_or_else(|| Shown::or_reason(value, || missing.to_owned()), Shown::NotShown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::TickerFigures;

    fn model() -> Evaluation {
        Evaluation {
            samples: 100,
            independent_rows: Some(50),
            confusion: [[0; 3]; 3],
            accuracy: 0.0,
            majority_accuracy: 0.0,
            balanced_accuracy: 0.0,
            mcc: None,
            mcc_pooled: 0.0,
            macro_f1: 0.0,
            log_loss: 0.0,
            log_loss_skill: None,
            numbers: None,
            strategy: None,
            trading: None,
        }
    }

    fn ticker(independent_rows: u64) -> TickerFigures {
        TickerFigures {
            ticker: "AAPL".to_owned(),
            samples: 50,
            independent_rows,
            confusion: [[0; 3]; 3],
            mcc: Some(0.1),
            log_loss_skill: None,
            correlation: None,
            earned: None,
            trades: 7,
        }
    }

    #[test]
    fn a_ticker_is_judged_by_its_own_rows() {
        let shown = |figure: TickerFigure, rows| figure.shown(&ticker(rows), &model());
        assert_eq!(shown(TickerFigure::Mcc, 10), Shown::Value(0.1));
        let few = "50 samples of 9 independent rows; at least 10 independent rows are needed";
        assert_eq!(shown(TickerFigure::Mcc, 9).why_not(), Some(few));
        assert_eq!(shown(TickerFigure::Earned, 9).why_not(), Some(few));
        assert_eq!(shown(TickerFigure::Earned, 10).why_not(), Some("no sample has a return"));
        assert_eq!(shown(TickerFigure::Trades, 0), Shown::Value(7.0));
        assert_eq!(shown(TickerFigure::Correlation, 0).why_not(), Some("classes are predicted"));
    }
}
