//! The test for superior predictive ability.

use crate::estimate::long_run_variance;
use crate::sums::mean;
use crate::{Resamples, Undefined};

/// Whether the best of several candidates is better than the benchmark, or only the luckiest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuperiorAbility {
    /// The probability that the best candidate does as well as it does, or better, if none is better than the benchmark.
    pub p_value: f64,
    /// The same if candidates that do worse than the benchmark are left aside: too low if they do so by chance.
    pub lower: f64,
    /// The same if all candidates are as good as the benchmark: too high if some are far worse. This is the reality check of
    /// White (2000), with studentised differences.
    pub upper: f64,
    /// The candidate with the largest studentised difference, counted from 0.
    pub best: usize,
    /// Its mean difference from the benchmark, over the standard error.
    pub statistic: f64,
}

/// Tests whether any of the candidates is better than the benchmark: Hansen (2005).
///
/// `differences` has the scores of each candidate less those of the benchmark on the same rows, higher being better. A
/// candidate's mean difference is divided by its standard deviation, estimated for means over blocks of `mean_block` rows;
/// the largest of the candidates' is compared with the largest on each resample, where the differences are shifted to the
/// null hypothesis that no candidate is better. A candidate that does worse than `sqrt(2 log log n)` standard errors is not
/// shifted to 0, so that hopeless candidates do not hide a good one. A difference that never varies counts as none.
///
/// `resamples` must have been drawn with the same `mean_block`.
///
/// # Errors
///
/// [`Undefined`] for no candidates, fewer than three rows, other numbers of rows than the resamples have, differences that
/// are not finite, no resamples, or a mean block below 1.
pub fn superior_predictive_ability(
    differences: &[&[f64]],
    resamples: &Resamples,
    mean_block: f64,
) -> Result<SuperiorAbility, Undefined> {
    /// From this number of rows on, the logarithm of the logarithm of the number is positive.
    const LEAST: usize = 3;
    let rows = resamples.rows();
    if differences.is_empty() {
        return Err(Undefined::FewCandidates { found: 0, least: 1 });
    }
    if resamples.count() == 0 {
        return Err(Undefined::FewResamples { found: 0, least: 1 });
    }
    if rows < LEAST {
        return Err(Undefined::FewReturns { found: rows, least: LEAST });
    }
    Undefined::unless_block_length(mean_block)?;
    Undefined::unless_aligned(differences, rows)?;
    let candidates: Vec<Candidate<'_>> =
        differences.iter().map(|own| Candidate::of(own, mean_block)).collect();
    let n = rows as f64;
    let (mut best, mut statistic) = (0, f64::NEG_INFINITY);
    for (number, own) in candidates.iter().enumerate() {
        if own.studentised > statistic {
            (best, statistic) = (number, own.studentised);
        }
    }
    // How far the largest difference may be moved by chance under each of the three hypotheses.
    let bound = -(2.0 * libm::log(libm::log(n))).sqrt();
    let shifts: Vec<[f64; 3]> = candidates
        .iter()
        .map(|own| {
            let consistent = if own.studentised >= bound { own.studentised } else { 0.0 };
            [own.studentised.max(0.0), consistent, own.studentised]
        })
        .collect();
    let mut larger = [0_usize; 3];
    for picks in resamples.iter() {
        let mut largest = [f64::NEG_INFINITY; 3];
        for (own, shifts) in candidates.iter().zip(&shifts) {
            let resampled = own.studentised_on(picks);
            for (largest, shift) in largest.iter_mut().zip(shifts) {
                *largest = largest.max(resampled - shift);
            }
        }
        for (count, largest) in larger.iter_mut().zip(largest) {
            *count += usize::from(largest >= statistic);
        }
    }
    let [lower, p_value, upper] = larger.map(|count| count as f64 / resamples.count() as f64);
    Ok(SuperiorAbility { p_value, lower, upper, best, statistic })
}

/// A candidate's differences from the benchmark.
struct Candidate<'a> {
    differences: &'a [f64],
    /// What turns a mean into a studentised one; 0 if the differences never vary.
    scale: f64,
    /// The mean over its standard error.
    studentised: f64,
}

impl<'a> Candidate<'a> {
    fn of(differences: &'a [f64], mean_block: f64) -> Self {
        let n = differences.len() as f64;
        let variance = long_run_variance(differences, mean_block);
        let scale = if variance > 0.0 { (n / variance).sqrt() } else { 0.0 };
        Self { differences, scale, studentised: mean(differences) * scale }
    }

    fn studentised_on(&self, picks: &[usize]) -> f64 {
        let sum: f64 = picks.iter().map(|&row| self.differences[row]).sum();
        sum / picks.len() as f64 * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::noise;

    fn test(differences: &[Vec<f64>]) -> SuperiorAbility {
        let rows = differences[0].len();
        let resamples = Resamples::stationary(rows, 2.0, 500, [3; 32]).unwrap();
        let differences: Vec<&[f64]> = differences.iter().map(Vec::as_slice).collect();
        superior_predictive_ability(&differences, &resamples, 2.0).unwrap()
    }

    #[test]
    fn one_good_candidate_is_found_among_bad_ones() {
        let mut all: Vec<Vec<f64>> = (1..=10).map(|start| noise(200, start)).collect();
        let chance = test(&all);
        assert!(chance.p_value > 0.1, "{chance:?}");
        all[3].iter_mut().for_each(|own| *own += 0.12);
        let found = test(&all);
        assert!(found.best == 3 && found.p_value < 0.01, "{found:?}");
        assert!(found.lower <= found.p_value && found.p_value <= found.upper, "{found:?}");
        // A hopeless candidate with large swings changes nothing, but for the upper bound.
        all.push(noise(200, 5).iter().map(|own| 50.0 * own - 40.0).collect());
        assert_eq!(test(&all).p_value, found.p_value);
    }

    #[test]
    fn a_candidate_that_is_the_benchmark_is_not_better() {
        let found = test(&[vec![0.0; 50]]);
        assert_eq!((found.p_value, found.statistic), (1.0, 0.0));
    }

    #[test]
    fn undefined_tests_are_errors() {
        let resamples = |rows| Resamples::stationary(rows, 1.0, 2, [0; 32]).unwrap();
        let of = |differences: &[&[f64]], rows, block| {
            superior_predictive_ability(differences, &resamples(rows), block).unwrap_err()
        };
        assert_eq!(of(&[], 9, 1.0), Undefined::FewCandidates { found: 0, least: 1 });
        assert_eq!(of(&[&[0.1; 2]], 2, 1.0), Undefined::FewReturns { found: 2, least: 3 });
        assert_eq!(of(&[&[0.1; 8]], 9, 1.0), Undefined::OtherRows { candidate: 0, found: 8, expected: 9 });
        assert_eq!(of(&[&[0.1; 9]], 9, 0.0), Undefined::BlockLength { found: 0.0 });
        let none = Resamples::stationary(9, 1.0, 0, [0; 32]).unwrap();
        assert_eq!(
            superior_predictive_ability(&[&[0.1; 9]], &none, 1.0),
            Err(Undefined::FewResamples { found: 0, least: 1 })
        );
    }
}
