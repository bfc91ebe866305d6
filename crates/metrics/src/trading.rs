//! Metrics of what the strategy would have earned; 0 for an evaluation without returns.
//!
//! The first versions of both were of the trading figures of earlier results; they stay known, so that these can be shown and
//! audited.

use crate::{AcrossTasks, Metric, Unit};
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::{Declaration, Part};

/// Which figures of an evaluation a metric reads.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Figures {
    /// Those of the strategy.
    Strategy,
    /// The trading figures of earlier results.
    Trading,
}

impl Figures {
    /// The version of the metrics that read them.
    fn version(self) -> u32 {
        match self {
            Figures::Trading => 1,
            Figures::Strategy => 2,
        }
    }
}

/// The annualised Sharpe ratio.
pub(crate) struct Sharpe(pub(crate) Figures);

/// The mean return.
pub(crate) struct MeanReturn(pub(crate) Figures);

impl Part for Sharpe {
    fn declaration(&self) -> Declaration {
        let doc = match self.0 {
            Figures::Strategy => {
                "The annualised Sharpe ratio of the strategy's returns, bar by bar and after cost."
            }
            Figures::Trading => "The annualised Sharpe ratio on non-overlapping decisions.",
        };
        Declaration::new("sharpe", doc).version(self.0.version())
    }
}

impl Metric for Sharpe {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        // 0 instead of NaN: a metric has to be finite, and never trading scores 0 as well.
        match self.0 {
            Figures::Strategy => evaluation.strategy.as_ref().and_then(|own| own.sharpe).unwrap_or(0.0),
            Figures::Trading => evaluation.trading.as_ref().map_or(0.0, |own| own.sharpe),
        }
    }

    fn title(&self) -> String {
        "Sharpe".to_owned()
    }

    fn unit(&self) -> Unit {
        Unit::Number { decimals: 2 }
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
    }
}

impl Part for MeanReturn {
    fn declaration(&self) -> Declaration {
        let doc = match self.0 {
            Figures::Strategy => "The strategy's mean return per bar after cost.",
            Figures::Trading => "The mean return per decision after cost.",
        };
        Declaration::new("mean_return", doc).version(self.0.version())
    }
}

impl Metric for MeanReturn {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        match self.0 {
            Figures::Strategy => evaluation.strategy.as_ref().map_or(0.0, |own| own.mean_return),
            Figures::Trading => evaluation.trading.as_ref().map_or(0.0, |own| own.mean_return),
        }
    }

    fn title(&self) -> String {
        match self.0 {
            Figures::Strategy => "mean return per bar (bps)".to_owned(),
            Figures::Trading => "mean return (bps)".to_owned(),
        }
    }

    fn unit(&self) -> Unit {
        Unit::BasisPoints
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
    }
}
