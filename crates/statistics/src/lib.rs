//! How far figures of returns can be trusted: pure formulas, no input or output.
//!
//! | | question | source |
//! |---|---|---|
//! | [`Resamples`], [`Estimate`], [`Interval`] | how far does chance move a figure? | Politis and Romano, *The Stationary Bootstrap*, Journal of the American Statistical Association 89 (1994) |
//! | [`block_length`] | over how many rows are returns dependent? | Politis and White, Econometric Reviews 23 (2004), corrected by Patton, Politis and White, 28 (2009) |
//! | [`probabilistic_sharpe_ratio`], [`minimum_track_record`] | is the true Sharpe ratio above a benchmark, and how many returns would show it? | Bailey and Lopez de Prado, *The Sharpe Ratio Efficient Frontier*, Journal of Risk 15 (2012) |
//! | [`deflated_sharpe_ratio`] | does the best of many trials exceed what luck explains? | Bailey and Lopez de Prado, *The Deflated Sharpe Ratio*, Journal of Portfolio Management 40 (2014) |
//! | [`clustered_trials`], [`uncorrelated_trials`] | how many of the trials were independent? | see there |
//! | [`probability_of_overfitting`] | how often is the best in one half of the history below the median in the other? | Bailey, Borwein, Lopez de Prado and Zhu, *The Probability of Backtest Overfitting*, Journal of Computational Finance 20 (2016) |
//! | [`superior_predictive_ability`] | is any of several candidates better than a benchmark? | Hansen, *A Test for Superior Predictive Ability*, Journal of Business and Economic Statistics 23 (2005) |
//! | [`signed_rank::worse`] | is one of two paired samples worse? | Wilcoxon, *Individual Comparisons by Ranking Methods*, Biometrics Bulletin 1 (1945) |
//!
//! The formulas are checked against Python packages, see `tests/parity`; the intervals by how often they hold the truth.

mod block_length;
mod bootstrap;
mod deflated_sharpe;
mod effective_trials;
mod estimate;
mod interval;
mod moments;
#[cfg(test)]
mod noise;
mod normal;
mod overfitting;
mod sharpe;
pub mod signed_rank;
mod sums;
mod superior;
mod undefined;

pub use block_length::block_length;
pub use bootstrap::Resamples;
pub use deflated_sharpe::{DeflatedSharpe, deflated_sharpe_ratio, sample_variance};
pub use effective_trials::{clustered_trials, uncorrelated_trials};
pub use estimate::Estimate;
pub use interval::Interval;
pub use moments::Moments;
pub use overfitting::{LEAST_FOR_BLOCKS, Overfitting, blocks_for, probability_of_overfitting};
pub use sharpe::{minimum_track_record, probabilistic_sharpe_ratio};
pub use superior::{SuperiorAbility, superior_predictive_ability};
pub use undefined::Undefined;
