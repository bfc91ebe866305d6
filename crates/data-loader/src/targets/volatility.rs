//! How much a price has moved before a decision.

use super::prices::simple_return;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Parameter;

/// The parameter that says how many rows volatility is measured over.
pub(super) const VOLATILITY_ROWS: &str = "volatility_rows";

/// Declares it.
pub(super) fn volatility_rows() -> Parameter {
    Parameter::int(
        VOLATILITY_ROWS,
        "The returns before the decision that volatility is measured over.",
        2,
        10_000,
    )
    .default(20)
}

/// The standard deviation of the return over `horizon` rows, as past rows show it: that of the last `volatility_rows`
/// returns from close to close (divisor `n - 1`), times the square root of the horizon. `None` if a close is unknown, or
/// the price did not move.
pub(super) fn volatility(bars: &TickerBars<'_>, row: usize, horizon: usize, params: &Params) -> Option<f64> {
    let count = params.size(VOLATILITY_ROWS)?;
    let closes = bars.close().get(row.checked_sub(count)?..=row)?;
    let returns: Vec<f64> =
        closes.windows(2).map(|pair| simple_return(pair[0], pair[1])).collect::<Option<_>>()?;
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let squares: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = (squares / (returns.len() - 1) as f64).sqrt() * (horizon as f64).sqrt();
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}
