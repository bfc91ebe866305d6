//! Why a statistic is undefined.

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
    /// A value is not finite.
    #[error("a return is {found}; expected finite numbers")]
    NotFinite {
        /// The value.
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
    /// There are fewer candidates than a choice takes.
    #[error("a choice takes at least {least} candidates; found {found}")]
    FewCandidates {
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// The candidates have different numbers of returns.
    #[error("candidate {candidate} has {found} returns; expected {expected}")]
    OtherRows {
        /// The candidate's index, from 0.
        candidate: usize,
        /// How many returns it has.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// The number of blocks is odd or less than 2.
    #[error("{found} blocks cannot be halved; expected an even number, at least 2")]
    OddBlocks {
        /// The number.
        found: usize,
    },
    /// The mean length of blocks is not a number from 1 on.
    #[error("blocks of {found} rows on average cannot be drawn; expected a number from 1 on")]
    BlockLength {
        /// The length.
        found: f64,
    },
    /// A probability is outside the open interval from 0 to 1.
    #[error("{found} is no probability between 0 and 1, both excluded")]
    Probability {
        /// The number.
        found: f64,
    },
    /// Too few resamples.
    #[error("there are {found} resamples; at least {least} are needed")]
    FewResamples {
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// A figure is undefined on too many resamples.
    #[error("the figure is undefined on {undefined} of {resamples} resamples, too many for an interval")]
    Replicates {
        /// On how many it is undefined.
        undefined: usize,
        /// How many resamples there are.
        resamples: usize,
    },
}

impl Undefined {
    /// Fails for the first value that is not finite.
    pub(crate) fn unless_finite(values: &[f64]) -> Result<(), Self> {
        match values.iter().find(|value| !value.is_finite()) {
            Some(&found) => Err(Self::NotFinite { found }),
            None => Ok(()),
        }
    }

    /// Fails for a mean block that is not a number from 1 on.
    pub(crate) fn unless_block_length(found: f64) -> Result<(), Self> {
        if found >= 1.0 && found.is_finite() { Ok(()) } else { Err(Self::BlockLength { found }) }
    }

    /// Fails for the first candidate without this number of returns, or with one that is not finite.
    pub(crate) fn unless_aligned(candidates: &[&[f64]], rows: usize) -> Result<(), Self> {
        for (candidate, series) in candidates.iter().enumerate() {
            if series.len() != rows {
                return Err(Self::OtherRows { candidate, found: series.len(), expected: rows });
            }
            Self::unless_finite(series)?;
        }
        Ok(())
    }
}
