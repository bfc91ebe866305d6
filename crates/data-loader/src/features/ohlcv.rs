//! The feature `ohlcv`: four log changes per bar.

use super::Feature;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use expressions::Lookback;
use settings::part::{Declaration, Part};

/// Log return, log(high/low), log(open/previous close), log-volume change.
///
/// Row 0 has no previous row: columns that need one are 0 there. Everywhere else a NaN, a price that is not positive or
/// a negative volume makes every column that needs it NaN.
pub(crate) struct Ohlcv;

impl Part for Ohlcv {
    fn declaration(&self) -> Declaration {
        let doc = "Log return, log(high/low), log(open/previous close) and log-volume change.";
        Declaration::new("ohlcv", doc)
    }
}

impl Feature for Ohlcv {
    fn columns(&self, _params: &Params) -> Vec<String> {
        ["log_return", "log_high_low", "log_open_gap", "log_volume_change"].map(str::to_owned).into()
    }

    fn lookback(&self, _params: &Params) -> Lookback {
        Lookback::Rows(1)
    }

    fn compute(&self, bars: &TickerBars<'_>, _params: &Params) -> Vec<Vec<f64>> {
        let (open, high, low) = (bars.open(), bars.high(), bars.low());
        let (close, volume) = (bars.close(), bars.volume());
        let since_previous = |change: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..bars.rows()).map(|row| row.checked_sub(1).map_or(0.0, |before| change(row, before))).collect()
        };
        vec![
            since_previous(&|now, before| log_ratio(close[now], close[before])),
            (0..bars.rows()).map(|row| log_ratio(high[row], low[row])).collect(),
            since_previous(&|now, before| log_ratio(open[now], close[before])),
            since_previous(&|now, before| log_volume(volume[now]) - log_volume(volume[before])),
        ]
    }
}

/// `ln(a / b)`, NaN unless both are positive.
fn log_ratio(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 { libm::log(a / b) } else { f64::NAN }
}

/// `ln(1 + volume)`, NaN unless the volume is 0 or more: a bar without trades is no gap in the data.
fn log_volume(volume: f64) -> f64 {
    if volume >= 0.0 { libm::log1p(volume) } else { f64::NAN }
}
