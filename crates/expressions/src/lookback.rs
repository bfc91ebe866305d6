//! How far back an expression reads.

use std::fmt;

use crate::function::Function;
use crate::node::{Call, Node};

/// The rows before the current one that an expression reads, as [`Expression::lookback`](crate::Expression::lookback)
/// returns them.
///
/// To evaluate an expression on the newest rows alone, give the evaluator as many rows before them: with fewer, the
/// values can differ from those over the whole history. The evaluator itself does not check this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookback {
    /// At most so many rows before the current one; 0 for the current row alone.
    Rows(usize),
    /// Every earlier row, as in a recursive average or a running total.
    Unbounded,
}

impl Lookback {
    fn further(self, rows: usize) -> Self {
        match self {
            Self::Rows(own) => Self::Rows(own.saturating_add(rows)),
            Self::Unbounded => Self::Unbounded,
        }
    }

    /// Returns the lookback of a tree.
    pub(crate) fn of(node: &Node) -> Self {
        let operands = node.children().into_iter().map(Self::of).max().unwrap_or(Self::Rows(0));
        let Node::Call(call) = node else { return operands };
        match reach(call) {
            Self::Rows(rows) => operands.further(rows),
            Self::Unbounded => Self::Unbounded,
        }
    }
}

impl fmt::Display for Lookback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(1) => f.write_str("1 row"),
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Unbounded => f.write_str("all earlier rows"),
        }
    }
}

/// Returns the rows that a function reads of its operands before the current one.
fn reach(call: &Call) -> Lookback {
    use Function as F;
    let rows = |place: usize| call.literals.get(place).map_or(0, |literal| literal.rows());
    Lookback::Rows(match call.signature.function {
        F::If | F::Abs | F::Sign | F::Sqrt | F::Exp | F::Log | F::Greater | F::Less | F::IsNan | F::Fill => 0,
        F::Rank | F::Demean | F::Zscore | F::Winsorize => 0,
        F::Ref | F::Delta | F::Momentum | F::Roc | F::Mfi | F::AroonUp | F::AroonDown => rows(0),
        F::TrueRange => 1,
        F::StochasticD => rows(0) + rows(1) - 2,
        F::Sum | F::Mean | F::Var | F::Std | F::Skew | F::Kurt | F::Min | F::Max | F::ArgMin | F::ArgMax => {
            rows(0) - 1
        }
        F::TimeRank | F::Median | F::Quantile | F::Mad | F::Count | F::Wma | F::Lwma => rows(0) - 1,
        F::Cov | F::Corr | F::Slope | F::Rsquare | F::Resi => rows(0) - 1,
        F::BollingerMiddle | F::BollingerUpper | F::BollingerLower => rows(0) - 1,
        F::BollingerPercent | F::BollingerWidth => rows(0) - 1,
        F::StochasticK | F::WilliamsR | F::Cci | F::Cmf => rows(0) - 1,
        F::Ema | F::Rsi | F::Atr | F::Natr | F::PlusDi | F::MinusDi | F::Adx => return Lookback::Unbounded,
        F::Macd | F::MacdSignal | F::MacdHist | F::Obv => return Lookback::Unbounded,
    })
}
