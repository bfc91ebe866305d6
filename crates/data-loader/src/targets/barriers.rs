//! What targets with two barriers around the entry price share.

use super::prices::is_price;
use super::target::{Class, Exit};
use super::volatility::{VOLATILITY_ROWS, volatility, volatility_rows};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Parameter;

/// The parameter that gives the built-in targets their threshold.
pub(crate) const THRESHOLD: &str = "threshold";

const VOLATILITY_MULTIPLE: &str = "volatility_multiple";
const TOUCH: &str = "touch";
const CLOSE: &str = "close";
const HIGH_LOW: &str = "high_low";

/// Declares the parameter that says how far away the barriers are.
pub(super) fn threshold(name: &'static str) -> Parameter {
    let doc = "The barriers' distance as a fraction of the entry price, above 0 and below 1.";
    // A range includes its bounds, so these are the smallest normal number and the largest one below 1.
    Parameter::float(name, doc).range(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0).default(0.02)
}

/// Declares how far away the barriers are, and what touches them.
pub(super) fn barrier_parameters() -> [Parameter; 4] {
    [
        threshold(THRESHOLD),
        Parameter::float(
            VOLATILITY_MULTIPLE,
            "The barriers' distance in standard deviations of the return over the horizon, as past rows show it; 0 leaves \
             it to the threshold.",
        )
        .range(0.0, 100.0)
        .default(0.0),
        volatility_rows(),
        Parameter::choice(TOUCH, "What touches a barrier: the close, or the high and the low.", &[CLOSE, HIGH_LOW])
            .default(CLOSE),
    ]
}

/// The barriers above and below an entry price, at the fixed threshold.
pub(super) fn barriers(entry: f64, params: &Params) -> (f64, f64) {
    around(entry, params.float(THRESHOLD).unwrap_or(f64::NAN))
}

fn around(entry: f64, width: f64) -> (f64, f64) {
    (entry * (1.0 + width), entry * (1.0 - width))
}

/// How a trade between two barriers ends.
pub(super) struct Touched {
    /// Up or Down by the barrier that is touched first; `None` if none is.
    pub(super) class: Option<Class>,
    /// Where the trade ends.
    pub(super) exit: Exit,
}

/// Follows a trade that enters at `entry` in the rows `first ..= row + horizon`, which it is in the market.
///
/// Touched by closes, it ends at the first close at or beyond a barrier. Touched by high and low, it ends at the barrier,
/// or at the open of a row that opens beyond one; where a row reaches both, the one that is nearer to its open counts as
/// the first. Untouched, it ends at the last close. All bars from `row` on must be known: if it stopped looking once a
/// barrier is touched, gaps would mask Hold more often than the other classes.
pub(super) fn touched(
    bars: &TickerBars<'_>,
    (row, first, horizon): (usize, usize, usize),
    entry: f64,
    params: &Params,
) -> Option<Touched> {
    let multiple = params.float(VOLATILITY_MULTIPLE).unwrap_or(0.0);
    let width = if multiple > 0.0 {
        multiple * volatility(bars, row, horizon, params)?
    } else {
        params.float(THRESHOLD)?
    };
    let (upper, lower) = around(entry, width);
    let last = row.checked_add(horizon)?;
    let future = first..last.checked_add(1)?;
    let by_close = params.text(TOUCH) != Some(HIGH_LOW);
    let close = bars.close().get(future.clone())?;
    if !close.iter().all(|&close| is_price(close)) {
        return None;
    }
    let mut found = None;
    if by_close {
        for (place, &close) in close.iter().enumerate() {
            if let Some(class) = Class::of(close >= upper, close <= lower) {
                found = Some((class, place, close));
                break;
            }
        }
    } else {
        let (open, high, low) =
            (bars.open().get(future.clone())?, bars.high().get(future.clone())?, bars.low().get(future)?);
        if [open, high, low].into_iter().flatten().any(|&price| !is_price(price)) {
            return None;
        }
        for place in 0..open.len() {
            let (open, high, low) = (open[place], high[place], low[place]);
            if let Some(class) = Class::of(open >= upper, open <= lower) {
                found = Some((class, place, open));
                break;
            }
            let up_first = low > lower || upper - open <= open - lower;
            let class = Class::of(high >= upper && up_first, low <= lower);
            if let Some(class) = class {
                found = Some((class, place, if class == Class::Up { upper } else { lower }));
                break;
            }
        }
    }
    Some(match found {
        Some((class, place, price)) => {
            Touched { class: Some(class), exit: Exit { rows: first + place - row, price } }
        }
        None => Touched { class: None, exit: Exit { rows: horizon, price: *close.last()? } },
    })
}

/// The rows before the decision row that the barriers' distance depends on.
pub(super) fn barrier_lookback(params: &Params) -> usize {
    let by_volatility = params.float(VOLATILITY_MULTIPLE).is_some_and(|multiple| multiple > 0.0);
    if by_volatility { params.size(VOLATILITY_ROWS).unwrap_or(0) } else { 0 }
}
