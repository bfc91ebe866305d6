//! How much of a result is selection: pure formulas, no I/O.
//!
//! The best of many trials looks good even if none of them is. The deflated Sharpe ratio asks whether the best trial's
//! Sharpe ratio exceeds what luck over that many trials explains; the probability of backtest overfitting asks how
//! often the best trial in one half of the history is below the median in the other.
//!
//! | | source |
//! |---|---|
//! | [`deflated_sharpe_ratio`] | Bailey and Lopez de Prado, *The Deflated Sharpe Ratio*, Journal of Portfolio Management 40 (2014) |
//! | [`probability_of_overfitting`] | Bailey, Borwein, Lopez de Prado and Zhu, *The Probability of Backtest Overfitting*, Journal of Computational Finance 20 (2016) |
//!
//! Both are checked against the Python package purgedcv: see `tests/parity`.

mod deflated_sharpe;
mod moments;
mod normal;
mod overfitting;

pub use deflated_sharpe::{DeflatedSharpe, deflated_sharpe_ratio, sample_variance};
pub use moments::Moments;
pub use overfitting::{LEAST_FOR_BLOCKS, Overfitting, blocks_for, probability_of_overfitting};

/// Why a statistic is undefined.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Undefined {
    /// Too few returns.
    #[error("there are {found} returns; at least {least} are needed")]
    FewReturns {
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// All returns are equal.
    #[error("all {returns} returns are equal, so the Sharpe ratio is undefined")]
    NoVariance {
        /// How many there are.
        returns: usize,
    },
    /// A return is not finite.
    #[error("a return is {found}; expected finite numbers")]
    NotFinite {
        /// The return.
        found: f64,
    },
    /// The number of trials is 0.
    #[error("no trial was counted")]
    NoTrial,
    /// The variance of the trials' Sharpe ratios is unknown.
    #[error("fewer than two trials have a Sharpe ratio, so its variance across trials is unknown")]
    NoSpread,
    /// The estimator's variance is not positive.
    #[error(
        "skewness {skewness:.3} and kurtosis {kurtosis:.3} are too extreme: the estimator's variance is not positive"
    )]
    Extreme {
        /// The skewness.
        skewness: f64,
        /// The kurtosis.
        kurtosis: f64,
    },
    /// There are fewer than two candidates to choose from.
    #[error("a choice takes at least two candidates; found {found}")]
    FewCandidates {
        /// How many there are.
        found: usize,
    },
    /// The candidates have different numbers of returns.
    #[error("candidate {candidate} has {found} returns, but the first one has {expected}")]
    OtherRows {
        /// The candidate's index, from 0.
        candidate: usize,
        /// How many returns it has.
        found: usize,
        /// How many the first candidate has.
        expected: usize,
    },
    /// The number of blocks is odd or less than 2.
    #[error("{found} blocks cannot be halved; expected an even number, at least 2")]
    OddBlocks {
        /// The number.
        found: usize,
    },
}
