//! What acting on predictions would have earned.

use crate::error::{Invalid, ensure, ensure_close};
use serde::{Deserialize, Serialize};

/// What acting on the predictions would have earned, bar by bar.
///
/// The capital is cut into `K W` equal parts, `W` (the label window) for each of `K` tickers. Every decision for Up or Down
/// invests one part in the target's trade, for Hold none; parts overlap, and are marked to market at every bar. Cost is per
/// side, on changes of a ticker's net position: what a new decision continues is neither sold nor bought. Profits are not
/// invested again, and capital that is not invested earns nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StrategyFigures {
    /// The cost per side, in basis points of the value bought or sold.
    pub cost_bps: f64,
    /// The number of returns: the bars in which a decision of the block can be invested.
    pub bars: u64,
    /// The bars of a year by the calendar's own dates, by which figures are annualised.
    pub bars_per_year: f64,
    /// The mean return per bar after cost; a fraction of the capital, not percent.
    pub mean_return: f64,
    /// The sample standard deviation (n - 1) of the returns per bar; 0 for a single bar.
    pub volatility: f64,
    /// The annualised Sharpe ratio, without a risk-free rate: the mean over the standard deviation, times the root of the bars
    /// of a year. Null where returns do not vary.
    pub sharpe: Option<f64>,
    /// The largest fall of the compounded returns from their peak, a fraction from 0 to 1.
    pub max_drawdown: f64,
    /// What is bought and sold per bar, a fraction of the capital: twice what is turned over.
    pub turnover: f64,
    /// The number of decisions for Up or Down.
    pub trades: u64,
    /// The share of trades that earned something before cost, 0 to 1. Null without a trade.
    pub hit_rate: Option<f64>,
    /// What is paid for the bid-ask spread and market impact per bar, a fraction of the capital; left out where neither is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slippage: Option<f64>,
    /// The largest share of a ticker's mean traded value that is bought and sold of it within one bar, which may be above 1; left
    /// out where no market impact is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participation: Option<f64>,
}

/// What earlier versions reported instead of [`StrategyFigures`]: `+r` on Up, `-r` on Down, 0 on Hold, less the cost of every
/// decision; the last three from decisions whose label windows do not overlap, of which there are `W` choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradingFigures {
    /// The cost of one decision to trade, in basis points of the position.
    pub cost_bps: f64,
    /// The mean return per decision after cost, over all samples, Hold included; a fraction, not percent.
    pub mean_return: f64,
    /// The share of Up and Down decisions that earned more than their cost, 0 to 1; 0 without such decisions.
    pub hit_rate: f64,
    /// The number of non-overlapping decision rows behind the figures below.
    pub decisions: u64,
    /// The Sharpe ratio of the equal-weight portfolio on non-overlapping decisions, annualised as if a year had 252 bars.
    pub sharpe: f64,
    /// The largest fall of the compounded equity from its peak, a fraction from 0 to 1.
    pub max_drawdown: f64,
    /// The mean absolute change of position per ticker and decision, 0 to 2.
    pub turnover: f64,
}

impl StrategyFigures {
    /// Whether it has figures of slippage.
    pub(super) fn has_slippage(&self) -> bool {
        self.slippage.is_some() || self.participation.is_some()
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        for (name, value, high) in [
            ("strategy.cost_bps", self.cost_bps, f64::MAX),
            ("strategy.bars_per_year", self.bars_per_year, f64::MAX),
            ("strategy.volatility", self.volatility, f64::MAX),
            ("strategy.max_drawdown", self.max_drawdown, 1.0),
            ("strategy.turnover", self.turnover, f64::MAX),
            ("strategy.hit_rate", self.hit_rate.unwrap_or_default(), 1.0),
            ("strategy.slippage", self.slippage.unwrap_or_default(), f64::MAX),
            ("strategy.participation", self.participation.unwrap_or_default(), f64::MAX),
        ] {
            in_range(name, value, high)?;
        }
        ensure(self.bars > 0, "strategy.bars", self.bars, "at least 1")?;
        ensure(self.bars_per_year > 0.0, "strategy.bars_per_year", self.bars_per_year, "a number above 0")?;
        let (found, expected) = (self.hit_rate.is_some(), self.trades > 0);
        ensure(found == expected, "strategy.hit_rate", presence(found), presence(expected))?;
        let Some(sharpe) = self.sharpe else { return Ok(()) };
        let ratio = self.mean_return / self.volatility * self.bars_per_year.sqrt();
        ensure_close(sharpe, ratio, "strategy.sharpe", "the mean return and the volatility")
    }
}

impl TradingFigures {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        for (name, value, high) in [
            ("trading.cost_bps", self.cost_bps, f64::MAX),
            ("trading.hit_rate", self.hit_rate, 1.0),
            ("trading.max_drawdown", self.max_drawdown, 1.0),
            ("trading.turnover", self.turnover, 2.0),
        ] {
            in_range(name, value, high)?;
        }
        ensure(self.decisions > 0, "trading.decisions", self.decisions, "at least 1")
    }
}

fn presence(present: bool) -> &'static str {
    if present { "a share" } else { "null" }
}

/// Checks that a figure is from 0 to `high`.
fn in_range(name: &str, value: f64, high: f64) -> Result<(), Invalid> {
    let bound = if high == f64::MAX { String::new() } else { format!(" to {high}") };
    ensure((0.0..=high).contains(&value), name, value, format!("a number from 0{bound}"))
}
