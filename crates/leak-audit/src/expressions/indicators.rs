//! Indicators over a window: each reads fixed rows, and has a value only if every cell that it reads has one.

use crate::expressions::panel::Panel;
use crate::expressions::statistics::{mean, mean_distance};

/// The cells of one ticker, seen from one row backwards.
pub(crate) struct Earlier<'p> {
    pub(crate) panel: &'p Panel,
    pub(crate) row: usize,
    pub(crate) ticker: usize,
}

/// The literal arguments of an indicator.
pub(crate) struct Arguments<'c> {
    /// The whole numbers, in their order.
    pub(crate) counts: &'c [usize],
    /// `k`, if the indicator takes it.
    pub(crate) number: f64,
}

impl Earlier<'_> {
    /// The cell some rows back; `None` if there is no such row, or if the cell is missing or infinite.
    fn at(&self, column: &str, back: usize) -> Option<f64> {
        let row = self.row.checked_sub(back)?;
        let value = self.panel.value(self.panel.column(column)?, row, self.ticker);
        value.is_finite().then_some(value)
    }

    /// The cells of the last `n` rows, the current one first.
    fn last(&self, column: &str, n: usize) -> Option<Vec<f64>> {
        (0..n).map(|back| self.at(column, back)).collect()
    }

    /// `(high + low + close) / 3`, some rows back.
    fn typical(&self, back: usize) -> Option<f64> {
        Some((self.at("high", back)? + self.at("low", back)? + self.at("close", back)?) / 3.0)
    }

    /// The same, seen from some rows earlier.
    fn back(&self, rows: usize) -> Option<Self> {
        Some(Self { panel: self.panel, row: self.row.checked_sub(rows)?, ticker: self.ticker })
    }
}

pub(crate) fn momentum(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    Some(rows.at("close", 0)? - rows.at("close", given.counts[0])?)
}

pub(crate) fn roc(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    Some(100.0 * (ratio(rows.at("close", 0)?, rows.at("close", given.counts[0])?)? - 1.0))
}

pub(crate) fn bollinger_middle(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    Some(mean(&rows.last("close", given.counts[0])?))
}

pub(crate) fn bollinger_upper(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    Some(bollinger_middle(rows, given)? + given.number * deviation(rows, given.counts[0])?)
}

pub(crate) fn bollinger_lower(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    Some(bollinger_middle(rows, given)? - given.number * deviation(rows, given.counts[0])?)
}

pub(crate) fn bollinger_percent(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (upper, lower) = (bollinger_upper(rows, given)?, bollinger_lower(rows, given)?);
    ratio(rows.at("close", 0)? - lower, upper - lower)
}

pub(crate) fn bollinger_width(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (upper, lower) = (bollinger_upper(rows, given)?, bollinger_lower(rows, given)?);
    ratio(upper - lower, bollinger_middle(rows, given)?)
}

pub(crate) fn stochastic_k(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (highest, lowest) = extremes(rows, given.counts[0])?;
    Some(100.0 * ratio(rows.at("close", 0)? - lowest, highest - lowest)?)
}

pub(crate) fn stochastic_d(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let values = (0..given.counts[1]).map(|back| stochastic_k(&rows.back(back)?, given));
    Some(mean(&values.collect::<Option<Vec<_>>>()?))
}

pub(crate) fn williams_r(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (highest, lowest) = extremes(rows, given.counts[0])?;
    Some(-100.0 * ratio(highest - rows.at("close", 0)?, highest - lowest)?)
}

pub(crate) fn cci(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let typical: Vec<f64> = (0..given.counts[0]).map(|back| rows.typical(back)).collect::<Option<_>>()?;
    ratio(typical[0] - mean(&typical), 0.015 * mean_distance(&typical))
}

pub(crate) fn mfi(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (mut positive, mut negative) = (0.0, 0.0);
    for back in 0..given.counts[0] {
        let (now, before) = (rows.typical(back)?, rows.typical(back + 1)?);
        let flow = now * rows.at("volume", back)?;
        if now > before {
            positive += flow;
        } else if now < before {
            negative += flow;
        }
    }
    Some(100.0 * ratio(positive, positive + negative)?)
}

pub(crate) fn cmf(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let (mut flow, mut volumes) = (0.0, 0.0);
    for back in 0..given.counts[0] {
        let [high, low] = [rows.at("high", back)?, rows.at("low", back)?];
        let [close, volume] = [rows.at("close", back)?, rows.at("volume", back)?];
        if high != low {
            flow += volume * ((close - low) - (high - close)) / (high - low);
        }
        volumes += volume;
    }
    ratio(flow, volumes)
}

pub(crate) fn aroon_up(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let highs = rows.last("high", given.counts[0] + 1)?;
    aroon(&highs, |high, latest| high > latest)
}

pub(crate) fn aroon_down(rows: &Earlier<'_>, given: &Arguments<'_>) -> Option<f64> {
    let lows = rows.last("low", given.counts[0] + 1)?;
    aroon(&lows, |low, latest| low < latest)
}

pub(crate) fn true_range(rows: &Earlier<'_>, _: &Arguments<'_>) -> Option<f64> {
    Some(range(rows.at("high", 0)?, rows.at("low", 0)?, rows.at("close", 1)?))
}

/// The true range of a bar, given the close before it.
pub(crate) fn range(high: f64, low: f64, close_before: f64) -> f64 {
    (high - low).max((high - close_before).abs()).max((low - close_before).abs())
}

/// A quotient; `None` if the denominator is 0.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then_some(numerator / denominator)
}

/// The population standard deviation of the last `n` closes.
fn deviation(rows: &Earlier<'_>, n: usize) -> Option<f64> {
    let closes = rows.last("close", n)?;
    let center = mean(&closes);
    let squares: f64 = closes.iter().map(|close| (close - center) * (close - center)).sum();
    Some((squares / n as f64).sqrt())
}

/// The largest high and the smallest low of the last `n` rows.
fn extremes(rows: &Earlier<'_>, n: usize) -> Option<(f64, f64)> {
    let highest = rows.last("high", n)?.into_iter().reduce(f64::max)?;
    let lowest = rows.last("low", n)?.into_iter().reduce(f64::min)?;
    Some((highest, lowest))
}

/// `100 (n - d) / n`, with `d` the place of the extreme among the `n + 1` values, the current one first.
fn aroon(values: &[f64], beyond: fn(f64, f64) -> bool) -> Option<f64> {
    let mut extreme = 0;
    for place in 1..values.len() {
        if beyond(values[place], values[extreme]) {
            extreme = place;
        }
    }
    let n = (values.len() - 1) as f64;
    Some(100.0 * (n - extreme as f64) / n)
}
