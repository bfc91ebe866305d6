//! Metrics of what the decisions would have earned; 0 for an evaluation without returns.

use crate::{Metric, Unit};
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::{Declaration, Part};

/// The annualised Sharpe ratio.
pub(crate) struct Sharpe;

/// The mean return per decision after cost.
pub(crate) struct MeanReturn;

impl Part for Sharpe {
    fn declaration(&self) -> Declaration {
        Declaration::new("sharpe", "The annualised Sharpe ratio on non-overlapping decisions.")
    }
}

impl Metric for Sharpe {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        // 0 instead of NaN: a metric has to be finite, and never trading scores 0 as well.
        evaluation.trading.as_ref().map_or(0.0, |trading| trading.sharpe)
    }

    fn title(&self) -> String {
        "Sharpe".to_owned()
    }

    fn unit(&self) -> Unit {
        Unit::Number { decimals: 2 }
    }
}

impl Part for MeanReturn {
    fn declaration(&self) -> Declaration {
        Declaration::new("mean_return", "The mean return per decision after cost.")
    }
}

impl Metric for MeanReturn {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.mean_return()
    }

    fn title(&self) -> String {
        "mean return (bps)".to_owned()
    }

    fn unit(&self) -> Unit {
        Unit::BasisPoints
    }
}
