//! Wilcoxon's signed-rank test (1945), exact.

/// The one-sided p-value, from 0 to 1: if neither of two paired samples is better, the probability that the first does
/// as badly as it does, or worse. Small if it is worse in nearly every pair; 1 if no pair differs.
///
/// Pairs without a difference are dropped; tied differences share the mean of their ranks. The null distribution over
/// all signs is computed exactly, in time cubic in the number of pairs: meant for folds, not for large samples.
pub fn worse(first: &[f64], second: &[f64]) -> f64 {
    let mut differences: Vec<f64> =
        first.iter().zip(second).map(|(first, second)| first - second).filter(|d| *d != 0.0).collect();
    differences.sort_by(|left, right| left.abs().total_cmp(&right.abs()));
    let ranks = doubled_ranks(&differences);
    let positive: usize = differences
        .iter()
        .zip(&ranks)
        .filter(|(difference, _)| **difference > 0.0)
        .map(|(_, rank)| rank)
        .sum();
    let shares = sign_distribution(&ranks);
    shares[..=positive].iter().sum::<f64>().min(1.0)
}

/// Twice the rank of each difference, so that shared ranks are whole numbers. `differences` are sorted by size.
fn doubled_ranks(differences: &[f64]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(differences.len());
    for tied in differences.chunk_by(|left, right| left.abs() == right.abs()) {
        // The ranks first + 1 ..= first + tied have the mean first + (tied + 1) / 2.
        let first = ranks.len();
        ranks.extend(tied.iter().map(|_| 2 * first + tied.len() + 1));
    }
    ranks
}

/// The fraction of all assignments of signs in which the positive ranks sum to 0, 1, 2, ...
fn sign_distribution(ranks: &[usize]) -> Vec<f64> {
    let mut shares = vec![0.0; ranks.iter().sum::<usize>() + 1];
    shares[0] = 1.0;
    for &rank in ranks {
        // Downwards, so that `shares[sum - rank]` does not include this rank yet.
        for sum in (0..shares.len()).rev() {
            let with = sum.checked_sub(rank).map_or(0.0, |rest| shares[rest]);
            shares[sum] = (shares[sum] + with) / 2.0;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(differences: &[f64], expected: f64) {
        let found = worse(differences, &vec![0.0; differences.len()]);
        assert!((found - expected).abs() < 1e-12, "{differences:?}: {found}");
    }

    /// Without ties and zeros: the values of `scipy.stats.wilcoxon(d, alternative="less", mode="exact")`.
    #[test]
    fn probabilities_are_exact() {
        check(&[-1.0, -2.0, -3.0, -4.0, -5.0], 1.0 / 32.0);
        check(&[-1.0, -2.0, -3.0, -4.0], 1.0 / 16.0);
        check(&[1.0, -2.0, -3.0, -4.0, -5.0], 2.0 / 32.0);
        check(&[1.0, 2.0, 3.0], 1.0);
        check(&[-0.2, 0.4, -0.7, -1.1, 0.1, -1.3, -0.9, 1.9], 0.230_468_75);
    }

    #[test]
    fn zeros_are_dropped_and_ties_share_their_rank() {
        check(&[], 1.0);
        check(&[0.0, 0.0], 1.0);
        check(&[0.0, -1.0, -2.0, -3.0, -4.0], 1.0 / 16.0);
        // Ranks 1.5, 1.5, 3: sums 0 and 1.5 (twice) of eight are at most 1.5.
        check(&[1.0, -1.0, -2.0], 3.0 / 8.0);
    }

    #[test]
    fn the_two_sides_agree() {
        let (a, b) = ([0.3, 0.1, 0.5, 0.2, 0.9], [0.4, 0.15, 0.3, 0.8, 1.0]);
        // Both tails include the observed sum.
        assert!(worse(&a, &b) + worse(&b, &a) > 1.0);
        assert!(worse(&a, &b) < worse(&b, &a));
    }
}
