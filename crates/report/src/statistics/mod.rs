//! How much of a result is selection: pure formulas, without any input or output.
//!
//! The best of many trials looks good even when none of them is. The deflated Sharpe ratio asks whether the best one's
//! Sharpe ratio is more than the luck of so many tries; the probability of backtest overfitting asks how often the best in
//! one half of the history is below the median in the other.
//!
//! | | from |
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

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Undefined {
    /// Too few returns.
    #[error("there are {found} returns, and it takes at least {least}")]
    FewReturns {
        /// How many there are.
        found: usize,
        /// How many it takes.
        least: usize,
    },
    /// All returns are equal.
    #[error("all {returns} returns are equal, so that the Sharpe ratio is undefined")]
    NoVariance {
        /// How many there are.
        returns: usize,
    },
    /// A return is no finite number.
    #[error("a return is {found}")]
    NotFinite {
        /// The return.
        found: f64,
    },
    /// No trial was counted.
    #[error("no trial was counted")]
    NoTrial,
    /// The spread of the trials' Sharpe ratios is not known.
    #[error("fewer than two trials have a Sharpe ratio, so that its spread among the trials is unknown")]
    NoSpread,
    /// The estimator's variance came out negative.
    #[error("skewness {skewness:.3} and kurtosis {kurtosis:.3} are too extreme for the estimator's variance")]
    Extreme {
        /// The skewness.
        skewness: f64,
        /// The kurtosis.
        kurtosis: f64,
    },
    /// There is no choice among fewer than two candidates.
    #[error("there is no choice among {found} candidates")]
    FewCandidates {
        /// How many there are.
        found: usize,
    },
    /// The candidates' returns are of different rows.
    #[error("candidate {candidate} has {found} returns, where the first one has {expected}")]
    OtherRows {
        /// The candidate, from 0.
        candidate: usize,
        /// Its returns.
        found: usize,
        /// The first one's.
        expected: usize,
    },
    /// The number of blocks is odd, or smaller than 2.
    #[error("{found} blocks cannot be halved: expected an even number from 2")]
    OddBlocks {
        /// The number.
        found: usize,
    },
}
