//! The probability of backtest overfitting, by combinatorially symmetric cross-validation.

use crate::Undefined;
use artifact_core::schema::{binomial, combinations, group_bounds};

/// How often the candidate that is best in sample is below the median out of sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overfitting {
    /// The share of combinations in which the candidate with the best Sharpe ratio in one half of the blocks ranks
    /// below the median in the other: 0 to 1, about one half if selection is no better than chance.
    pub probability: f64,
    /// The least-squares slope, over the combinations, of the chosen candidate's out-of-sample Sharpe ratio against its
    /// in-sample one; `None` if the latter does not vary.
    pub slope: Option<f64>,
    /// The share of combinations in which the chosen candidate's out-of-sample Sharpe ratio is below 0.
    pub loss: f64,
    /// The number of candidates.
    pub candidates: usize,
    /// The number of blocks.
    pub blocks: usize,
    /// The number of combinations, `C(blocks, blocks / 2)`.
    pub combinations: usize,
    /// The number of returns of each candidate.
    pub returns: usize,
}

/// The most blocks, which is also their usual number.
const MOST_BLOCKS: usize = 16;
/// The fewest returns per block; a Sharpe ratio of fewer says too little.
const LEAST_RETURNS: usize = 5;
/// The fewest blocks; fewer can be halved in too few ways.
const LEAST_BLOCKS: usize = 4;
/// The fewest returns that can be cut into blocks.
pub const LEAST_FOR_BLOCKS: usize = LEAST_BLOCKS * LEAST_RETURNS;
/// The most scores, candidates times combinations, that are computed; this bounds the running time.
const MOST_SCORES: usize = 4_000_000;

/// The number of blocks for this many returns and candidates: the largest even number, at most 16, that leaves at least
/// five returns per block and does not take too long; `None` if fewer than four blocks would remain.
pub fn blocks_for(returns: usize, candidates: usize) -> Option<usize> {
    let scores = |blocks: usize| binomial(blocks, blocks / 2).and_then(|count| count.checked_mul(candidates));
    let fits = |blocks: &usize| {
        returns / blocks >= LEAST_RETURNS && scores(*blocks).is_some_and(|scores| scores <= MOST_SCORES)
    };
    (LEAST_BLOCKS..=MOST_BLOCKS).rev().step_by(2).find(fits)
}

/// The probability of backtest overfitting when choosing among `candidates`, each given by its returns on the same
/// rows, which are cut into `blocks` contiguous blocks (CSCV; Bailey, Borwein, Lopez de Prado and Zhu 2016, section 3).
///
/// A candidate's score is its Sharpe ratio (mean over sample standard deviation; 0 if all returns are equal). Every
/// combination of half the blocks is the out-of-sample half once: the candidate with the best score on the other half
/// is ranked among all candidates on it. Of equal best scores the first wins, and tied scores share their mean rank.
/// The relative rank is the rank over the number of candidates plus one; the choice failed if it is below one half (a
/// negative logit).
///
/// # Errors
///
/// [`Undefined`] for fewer than two candidates, different numbers of returns, fewer returns than blocks, an odd number
/// of blocks, or returns that are not finite.
pub fn probability_of_overfitting(candidates: &[&[f64]], blocks: usize) -> Result<Overfitting, Undefined> {
    check(candidates, blocks)?;
    let returns = candidates[0].len();
    // Contiguous, so that neighbouring returns, which depend on each other, mostly fall into the same half.
    let bounds = group_bounds(returns, blocks);
    // Each block is summarised once and halves are merged from the summaries; with 16 blocks there are 12,870 halves,
    // and going through the returns for each would be far slower.
    let parts: Vec<Vec<Part>> = candidates
        .iter()
        .map(|series| bounds.iter().map(|rows| Part::of(&series[rows.clone()])).collect())
        .collect();
    let chosen = combinations(blocks, blocks / 2);
    let scores = |half: &[usize]| -> Vec<f64> {
        let score = |parts: &Vec<Part>| {
            half.iter().fold(Part::default(), |sum, &block| sum.and(parts[block])).score()
        };
        parts.iter().map(score).collect()
    };
    let (mut failed, mut lost, mut pairs) = (0_usize, 0_usize, Vec::with_capacity(chosen.len()));
    for outside in &chosen {
        let inside: Vec<usize> = (0..blocks).filter(|block| !outside.contains(block)).collect();
        let (inside, outside) = (scores(&inside), scores(outside));
        let best =
            (1..inside.len()).fold(0, |best, other| if inside[other] > inside[best] { other } else { best });
        failed += usize::from(is_below_median(&outside, best));
        lost += usize::from(outside[best] < 0.0);
        pairs.push((inside[best], outside[best]));
    }
    let share = |count: usize| count as f64 / pairs.len() as f64;
    Ok(Overfitting {
        probability: share(failed),
        slope: slope(&pairs),
        loss: share(lost),
        candidates: candidates.len(),
        blocks,
        combinations: pairs.len(),
        returns,
    })
}

fn check(candidates: &[&[f64]], blocks: usize) -> Result<(), Undefined> {
    if candidates.len() < 2 {
        return Err(Undefined::FewCandidates { found: candidates.len(), least: 2 });
    }
    if blocks < 2 || !blocks.is_multiple_of(2) {
        return Err(Undefined::OddBlocks { found: blocks });
    }
    let rows = candidates[0].len();
    Undefined::unless_aligned(candidates, rows)?;
    if rows < blocks {
        return Err(Undefined::FewReturns { found: rows, least: blocks });
    }
    Ok(())
}

/// Whether the rank of a score, counted from 1 for the lowest, is below the middle.
fn is_below_median(scores: &[f64], place: usize) -> bool {
    let lower = scores.iter().filter(|&&score| score < scores[place]).count();
    let equal = scores.iter().filter(|&&score| score == scores[place]).count();
    // The mean rank is lower + (equal + 1) / 2; doubling both sides keeps the comparison with (n + 1) / 2 in integers.
    2 * lower + equal + 1 < scores.len() + 1
}

/// The least-squares slope of the second values against the first.
fn slope(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
    let spread: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.0 - x)).sum();
    let common: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    (pairs.len() > 1 && spread > 0.0).then(|| common / spread)
}

/// The summary of a block of returns that a Sharpe ratio needs; summaries of blocks merge into those of halves.
#[derive(Debug, Clone, Copy)]
struct Part {
    count: f64,
    mean: f64,
    /// The sum of squared distances from the mean.
    squares: f64,
    /// The smallest and largest return: equal ones mean no variance, exactly and in spite of rounding.
    least: f64,
    most: f64,
}

impl Default for Part {
    fn default() -> Self {
        Self { count: 0.0, mean: 0.0, squares: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY }
    }
}

impl Part {
    fn of(returns: &[f64]) -> Self {
        let count = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / count;
        Self {
            count,
            mean,
            squares: returns.iter().map(|value| (value - mean) * (value - mean)).sum(),
            least: returns.iter().copied().fold(f64::INFINITY, f64::min),
            most: returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// The summary of both together (Chan, Golub and LeVeque 1983).
    fn and(self, other: Self) -> Self {
        // Squared distances are merged, not sums of squares: the difference of two large sums would cancel.
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + distance * other.count / count,
            squares: self.squares + other.squares + distance * distance * self.count * other.count / count,
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }

    /// The mean over the sample standard deviation; 0 if undefined.
    fn score(self) -> f64 {
        let deviation = (self.squares / (self.count - 1.0)).sqrt();
        let defined = self.count > 1.0 && self.least < self.most && deviation > 0.0 && deviation.is_finite();
        // 0 ranks a candidate that never traded between those that gained and those that lost.
        if defined { self.mean / deviation } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skill_persists_out_of_sample_and_alternating_luck_does_not() {
        let wave: Vec<f64> = (0..80).map(|row| if row % 2 == 0 { 0.01 } else { -0.01 }).collect();
        let skilled: Vec<f64> = wave.iter().map(|value| value + 0.005).collect();
        let found = probability_of_overfitting(&[&wave, &skilled, &wave], 8).unwrap();
        assert_eq!((found.probability, found.loss, found.combinations), (0.0, 0.0, 70));
        // Each candidate wins in its own half of the history and loses as much in the other.
        let halves = |sign: f64| -> Vec<f64> {
            let skill = |row| if row < 40 { 0.004 * sign } else { -0.004 * sign };
            (0..80).map(|row| wave[row] + skill(row)).collect()
        };
        let (first, second) = (halves(1.0), halves(-1.0));
        let found = probability_of_overfitting(&[&first, &second], 2).unwrap();
        assert_eq!((found.probability, found.loss), (1.0, 1.0));
    }

    #[test]
    fn tied_scores_share_their_mean_rank() {
        assert!(!is_below_median(&[1.0, 1.0, 1.0], 0));
        assert!(is_below_median(&[1.0, 1.0, 2.0, 3.0], 0));
        assert!(!is_below_median(&[1.0, 2.0, 3.0], 1));
        assert!(is_below_median(&[1.0, 2.0], 0));
    }

    #[test]
    fn block_count_follows_returns_and_candidates() {
        assert_eq!(blocks_for(200, 75), Some(16));
        assert_eq!(blocks_for(60, 75), Some(12));
        assert_eq!(blocks_for(200, 5_000), Some(10));
        assert_eq!(blocks_for(20, 2), Some(4));
        assert_eq!(blocks_for(19, 2), None);
        assert_eq!(blocks_for(200, usize::MAX), None);
    }

    #[test]
    fn undefined_probabilities_are_errors() {
        let (series, short) = (vec![0.5; 9], vec![0.5; 8]);
        let of = |candidates: &[&[f64]], blocks| probability_of_overfitting(candidates, blocks).unwrap_err();
        assert_eq!(of(&[&series], 4), Undefined::FewCandidates { found: 1, least: 2 });
        assert_eq!(of(&[&series, &short], 4), Undefined::OtherRows { candidate: 1, found: 8, expected: 9 });
        assert_eq!(of(&[&series, &series], 3), Undefined::OddBlocks { found: 3 });
        assert_eq!(of(&[&series, &series], 10), Undefined::FewReturns { found: 9, least: 10 });
        assert!(matches!(of(&[&series, &[f64::NAN; 9]], 4), Undefined::NotFinite { .. }));
        // Candidates that never trade all score 0: none is below the median, and there is no slope.
        let found = probability_of_overfitting(&[&series, &series], 4).unwrap();
        assert_eq!((found.probability, found.slope), (0.0, None));
    }
}
