//! What trading costs beyond a fixed cost per side, as it is stored: the bid-ask spread and market impact.

use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The quoted bid-ask spread of the tickers, in basis points of the mid price. A side pays half of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Spread {
    /// The same for all tickers.
    Same(f64),
    /// By ticker; the entry `default` is that of all tickers without one of their own.
    ByTicker(BTreeMap<String, f64>),
}

impl Spread {
    /// The name of the entry for all tickers without one of their own.
    pub const DEFAULT: &str = "default";

    /// No spread.
    pub const NONE: Spread = Spread::Same(0.0);

    /// Whether there is no spread for any ticker, so that nothing is charged.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// The spread of a ticker; `None` where a table has neither an entry of its own nor a default.
    pub fn of(&self, ticker: &str) -> Option<f64> {
        match self {
            Spread::Same(spread) => Some(*spread),
            Spread::ByTicker(table) => table.get(ticker).or_else(|| table.get(Self::DEFAULT)).copied(),
        }
    }

    /// All numbers in it, each with its key within `spread_bps`: empty, or a ticker with a dot before it.
    pub fn entries(&self) -> impl Iterator<Item = (String, f64)> + '_ {
        let (same, table) = match self {
            Spread::Same(spread) => (Some((String::new(), *spread)), None),
            Spread::ByTicker(table) => (None, Some(table)),
        };
        let by_ticker = table.into_iter().flatten().map(|(ticker, spread)| (format!(".{ticker}"), *spread));
        same.into_iter().chain(by_ticker)
    }

    /// Whether it is a table without entries, which says nothing of any ticker.
    pub fn is_empty(&self) -> bool {
        matches!(self, Spread::ByTicker(table) if table.is_empty())
    }

    /// Checks that every spread is a number from 0.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the first one that is not, or for an empty table.
    pub fn validate(&self) -> Result<(), Invalid> {
        ensure(!self.is_empty(), "spread_bps", "an empty table", "at least one spread")?;
        self.entries().try_for_each(|(key, spread)| {
            let valid = spread.is_finite() && spread >= 0.0;
            ensure(valid, &format!("spread_bps{key}"), spread, "a number from 0")
        })
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self::NONE
    }
}

/// Market impact by the square-root law: trading a value `Q` of a ticker costs `coefficient * sigma * sqrt(Q / V)` of it,
/// where `sigma` is the standard deviation of the ticker's returns from close to close, and `V` its mean traded value
/// (close times volume), both over the last `days` bars before the trade.
///
/// After Almgren, Thum, Hauptmann and Li (2005), "Direct Estimation of Equity Market Impact", and Toth et al. (2011),
/// "Anomalous Price Impact and the Critical Nature of Liquidity in Financial Markets".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Impact {
    /// The factor, from 0.
    pub coefficient: f64,
    /// The capital that is traded with, above 0, in the currency of the prices.
    pub capital: f64,
    /// The number of bars before a trade that deviation and traded value are taken from, at least 2.
    pub days: usize,
}

impl Impact {
    /// The fewest bars of a window: a deviation takes two returns.
    pub const LEAST_DAYS: usize = 2;

    /// Checks that all numbers are in their ranges.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the first one that is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let from_0 = self.coefficient.is_finite() && self.coefficient >= 0.0;
        ensure(from_0, "impact.coefficient", self.coefficient, "a number from 0")?;
        let above_0 = self.capital.is_finite() && self.capital > 0.0;
        ensure(above_0, "impact.capital", self.capital, "a number above 0")?;
        let expected = format!("at least {}", Self::LEAST_DAYS);
        ensure(self.days >= Self::LEAST_DAYS, "impact.days", self.days, expected)
    }
}

/// The minor version with [`CHANGE`], of every kind that holds figures of a strategy.
pub(super) const MINOR: u64 = 1;

/// What that version added.
pub(super) const CHANGE: &str = "Bid-ask spread and market impact, where they are charged.";
