//! What buying and selling costs: a fixed cost per side, half the bid-ask spread, and market impact.

use crate::setting_error::SettingError;
use artifact_core::Invalid;
use artifact_core::schema::{Impact, Spread, TrainingSettings};
use data_loader::{Market, Panel, Subset};
use settings::ConfigError;

/// The largest share of its mean traded value that a trade is charged for. The square-root law is measured on shares well
/// below; from here on a trade costs as if all of the market's volume were taken, `coefficient * sigma` of its value.
const LARGEST_SHARE: f64 = 1.0;

/// The standard deviation of returns that is assumed where none is known of any ticker, in the first two rows of a panel.
const UNKNOWN_DEVIATION: f64 = 0.02;

/// The tickers that an error lists before it only counts them.
const LISTED: usize = 10;

/// What buying and selling costs, the same for trials, folds, the final model and everything that it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// The cost per side in basis points of the value bought or sold, from 0; one that is not finite counts as 0.
    pub per_side_bps: f64,
    /// The quoted bid-ask spread, of which a side pays half.
    pub spread_bps: Spread,
    /// Market impact, where it is charged.
    pub impact: Option<Impact>,
}

impl Costs {
    /// No costs.
    pub const FREE: &'static Costs = &Costs { per_side_bps: 0.0, spread_bps: Spread::NONE, impact: None };

    /// A cost per side in basis points, and nothing else.
    pub fn per_side(per_side_bps: f64) -> Self {
        Self { per_side_bps, ..Self::FREE.clone() }
    }

    /// Whether anything is charged besides the cost per side.
    pub fn has_slippage(&self) -> bool {
        !self.spread_bps.is_none() || self.impact.is_some()
    }

    /// The cost per side that counts, in basis points.
    pub(super) fn counted_bps(&self) -> f64 {
        if self.per_side_bps.is_finite() { self.per_side_bps } else { 0.0 }
    }

    /// Checks the ranges of all numbers.
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let valid = self.per_side_bps.is_finite() && self.per_side_bps >= 0.0;
        SettingError::require(valid, "cost_bps", self.per_side_bps, "a finite number of at least 0")?;
        let refused =
            |Invalid { field, found, expected }| SettingError { field: field.into(), found, expected };
        self.spread_bps.validate().map_err(refused)?;
        self.impact.as_ref().map_or(Ok(()), Impact::validate).map_err(refused)
    }

    /// Checks that all tickers of a panel can be charged: that a table of spreads is of its tickers and names all of them
    /// or has a default, and that every ticker with bars has some volume where impact is charged.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.spread_bps` or `training.impact`.
    pub fn check_panel<P: Subset>(&self, panel: &Panel<P>) -> Result<(), ConfigError> {
        let tickers = &panel.tickers;
        if let Spread::ByTicker(table) = &self.spread_bps {
            let unknown = |name: &&String| *name != Spread::DEFAULT && !tickers.contains(name);
            if let Some(name) = table.keys().find(unknown) {
                let reason = format!(
                    "the data has no ticker {name}, but {}; correct the name or remove it",
                    listed(tickers)
                );
                return Err(ConfigError::of(format!("training.spread_bps.{name}"), reason));
            }
            let without = |ticker: &&String| self.spread_bps.of(ticker).is_none();
            let missing: Vec<&String> = tickers.iter().filter(without).collect();
            if !missing.is_empty() {
                let (missing, default) = (listed(&missing), Spread::DEFAULT);
                let reason =
                    format!("has no spread for {missing}; add one for each, or `{default}` for all others");
                return Err(ConfigError::of("training.spread_bps", reason));
            }
        }
        if self.impact.is_some() {
            let market = Market::of(panel);
            let rows = || 0..market.close.nrows();
            let without = |ticker: usize| {
                let traded = |row| traded_value(&market, row, ticker);
                rows().any(|row| traded(row).is_some()) && !rows().any(|row| traded(row) > Some(0.0))
            };
            let missing: Vec<&String> =
                (0..tickers.len()).filter(|&ticker| without(ticker)).map(|ticker| &tickers[ticker]).collect();
            if !missing.is_empty() {
                let reason = format!(
                    "the bars of {} have no volume before the test rows, and market impact follows from it; use bars with \
                     volume, leave these tickers out, or remove training.impact",
                    listed(&missing)
                );
                return Err(ConfigError::of("training.impact", reason));
            }
        }
        Ok(())
    }
}

impl From<&TrainingSettings> for Costs {
    fn from(settings: &TrainingSettings) -> Self {
        let TrainingSettings { cost_bps, spread_bps, impact, .. } = settings;
        Self { per_side_bps: *cost_bps, spread_bps: spread_bps.clone(), impact: *impact }
    }
}

/// Names for an error.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let first: Vec<&str> = names.iter().take(LISTED).map(AsRef::as_ref).collect();
    let more = names.len() - first.len();
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{end}", first.join(", "))
}

/// What is charged besides the cost per side on one market.
pub(super) struct Slippage<'a, 'd> {
    market: &'a Market<'d>,
    /// Half the spread as a fraction of the price, by ticker.
    half_spreads: Vec<f64>,
    impact: Option<&'a Impact>,
}

/// What a trade is charged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Charge {
    /// As a fraction of the capital, from 0.
    pub cost: f64,
    /// What is traded as a share of the ticker's mean traded value; 1 where that is unknown, 0 where no impact is charged.
    pub participation: f64,
}

impl<'a, 'd> Slippage<'a, 'd> {
    /// What `costs` charge on a market; `None` if nothing.
    ///
    /// A ticker that a table of spreads lacks, which [`Costs::check_panel`] refuses, has the largest spread of the table.
    pub(super) fn of(costs: &'a Costs, market: &'a Market<'d>) -> Option<Self> {
        if !costs.has_slippage() {
            return None;
        }
        let entries = costs.spread_bps.entries();
        let largest = entries.map(|(_, spread)| spread).fold(0.0, f64::max);
        let half = |ticker: &String| costs.spread_bps.of(ticker).unwrap_or(largest) / 2.0 / 1e4;
        let half_spreads = market.tickers.iter().map(half).collect();
        Some(Self { market, half_spreads, impact: costs.impact.as_ref() })
    }

    /// What it costs to buy and sell `traded` of a ticker, a fraction of the capital, in a row. All that is traded of a
    /// ticker within a row is one order to its market.
    ///
    /// Deviation and traded value are those of the rows before `row`. Where they are unknown, the latest ones known before
    /// count; where there are none, the largest deviation of any ticker, and all of the traded value.
    pub(super) fn charge(&self, row: usize, ticker: usize, traded: f64) -> Charge {
        let spread = self.half_spreads[ticker] * traded;
        let Some(Impact { coefficient, capital, days }) = self.impact else {
            return Charge { cost: spread, participation: 0.0 };
        };
        if traded == 0.0 {
            return Charge::default();
        }
        let value = latest(row, |end| self.mean_traded_value(end, *days, ticker));
        let participation = value.map_or(LARGEST_SHARE, |value| traded * capital / value);
        let deviation = |ticker: usize| latest(row, |end| self.deviation(end, *days, ticker));
        let of_any = || {
            let all = (0..self.half_spreads.len()).filter_map(deviation);
            all.reduce(f64::max).unwrap_or(UNKNOWN_DEVIATION)
        };
        let deviation = deviation(ticker).unwrap_or_else(of_any);
        let impact = coefficient * deviation * participation.min(LARGEST_SHARE).sqrt();
        Charge { cost: spread + impact * traded, participation }
    }

    /// The mean of close times volume over the `days` rows before `end`, of those with a bar; `None` if nothing was traded.
    fn mean_traded_value(&self, end: usize, days: usize, ticker: usize) -> Option<f64> {
        let rows = end.saturating_sub(days)..end;
        let (sum, count) = rows
            .filter_map(|row| traded_value(self.market, row, ticker))
            .fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
        Some(sum / f64::from(count)).filter(|mean| mean.is_finite() && *mean > 0.0)
    }

    /// The sample standard deviation of the last `days` returns from one close to the next before `end`, of those with a
    /// bar; `None` with fewer than two returns, or if they do not vary.
    fn deviation(&self, end: usize, days: usize, ticker: usize) -> Option<f64> {
        let closes = (end.saturating_sub(days.saturating_add(1))..end)
            .filter_map(|row| close(self.market, row, ticker));
        let mut last = None;
        let returns: Vec<f64> =
            closes.filter_map(|now| last.replace(now).map(|before: f64| now / before - 1.0)).collect();
        let count = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / count;
        let squares: f64 = returns.iter().map(|own| (own - mean) * (own - mean)).sum();
        // The mean of equal returns may differ from them by rounding.
        let varies = returns.iter().any(|own| *own != returns[0]);
        Some((squares / (count - 1.0)).sqrt()).filter(|found| varies && found.is_finite() && *found > 0.0)
    }
}

/// The value before `row` or, where there is none, before the latest earlier row that has one.
fn latest(row: usize, before: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    (1..=row).rev().find_map(before)
}

/// A known close.
fn close(market: &Market<'_>, row: usize, ticker: usize) -> Option<f64> {
    let close = market.close.get([row, ticker]).copied()?;
    (close.is_finite() && close > 0.0).then_some(close)
}

/// Close times volume in a row; `None` without a bar.
fn traded_value(market: &Market<'_>, row: usize, ticker: usize) -> Option<f64> {
    let value = close(market, row, ticker)? * market.volume.get([row, ticker]).copied()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

#[cfg(test)]
mod tests;
