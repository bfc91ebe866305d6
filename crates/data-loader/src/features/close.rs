//! The feature `close`.

use super::Feature;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use expressions::Lookback;
use settings::part::{Declaration, Part};

/// The plain closing price, for parity with older results.
pub(crate) struct Close;

impl Part for Close {
    fn declaration(&self) -> Declaration {
        Declaration::new("close", "The plain closing price, for parity with older results.")
    }
}

impl Feature for Close {
    fn columns(&self, _params: &Params) -> Vec<String> {
        vec!["close".to_owned()]
    }

    fn lookback(&self, _params: &Params) -> Lookback {
        Lookback::Rows(0)
    }

    fn compute(&self, bars: &TickerBars<'_>, _params: &Params) -> Vec<Vec<f64>> {
        vec![bars.close().to_vec()]
    }
}
