//! How many of the trials were independent.

use crate::Undefined;
use crate::sums::{mean, product};

/// The number of groups of trials whose returns go together; at most the number of trials.
///
/// The trials are clustered by average linkage at the distance `sqrt((1 - r) / 2)` of Lopez de Prado (2016), where `r` is the
/// correlation of two trials' returns on the same rows, and groups are joined while their mean distance is at most that of
/// `r = 0.5`. Trials without any relation each count, and copies of one trial count once.
///
/// The number is for display and for the deflated Sharpe ratio beside the raw number of trials. Choosing the number of
/// clusters by silhouettes instead, as Lopez de Prado and Lewis (2019) do, finds 2 to 19 groups among 32 unrelated trials
/// (500 returns, four draws), which makes luck look smaller than it is.
///
/// Returns that are all equal have no correlation: such trials are alike among themselves, and unlike all others. The time
/// grows with the square of the number of trials, times the number of returns.
///
/// # Errors
///
/// [`Undefined`] for no trials, fewer than two returns, trials with different numbers of returns, or returns that are not
/// finite.
pub fn clustered_trials(returns: &[&[f64]]) -> Result<usize, Undefined> {
    const LEAST: usize = 2;
    let first = returns.first().ok_or(Undefined::NoTrial)?;
    if first.len() < LEAST {
        return Err(Undefined::FewReturns { found: first.len(), least: LEAST });
    }
    Undefined::unless_aligned(returns, first.len())?;
    let directions: Vec<Option<Vec<f64>>> = returns.iter().map(|own| direction(own)).collect();
    let distance = |left: &Option<Vec<f64>>, right: &Option<Vec<f64>>| {
        let correlation = match (left, right) {
            (Some(left), Some(right)) => product(left, right),
            (None, None) => 1.0,
            _ => 0.0,
        };
        distance_of(correlation)
    };
    let distances: Vec<Vec<f64>> = (0..directions.len())
        .map(|own| (0..own).map(|other| distance(&directions[own], &directions[other])).collect())
        .collect();
    let joined = heights(distances).into_iter().filter(|height| *height <= distance_of(0.5)).count();
    Ok(returns.len() - joined)
}

/// The distance of two trials whose returns correlate so: 0 for 1, 1 for -1.
fn distance_of(correlation: f64) -> f64 {
    // A sum of products of nearly equal vectors can exceed 1 by rounding.
    ((1.0 - correlation) / 2.0).max(0.0).sqrt()
}

/// The values less their mean, scaled to length 1; `None` if they are all equal.
fn direction(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().all(|value| *value == values[0]) {
        return None;
    }
    // Scaled first, so that no square overflows or vanishes.
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let scaled: Vec<f64> = values.iter().map(|value| value / largest).collect();
    let mean = mean(&scaled);
    let centred: Vec<f64> = scaled.iter().map(|value| value - mean).collect();
    let length = product(&centred, &centred).sqrt();
    (length > 0.0).then(|| centred.iter().map(|value| value / length).collect())
}

/// The distances at which average linkage joins clusters, in no order: found along chains of nearest neighbours (Murtagh
/// 1983), which join the same clusters as a search for the nearest pair. `distances[i][j]` is that of `i` and `j < i`.
fn heights(mut distances: Vec<Vec<f64>>) -> Vec<f64> {
    let count = distances.len();
    let mut sizes = vec![1.0; count];
    let mut active: Vec<usize> = (0..count).collect();
    let (mut heights, mut chain): (Vec<f64>, Vec<usize>) = (Vec::with_capacity(count), Vec::new());
    while active.len() > 1 {
        let tip = *chain.last().unwrap_or(&active[0]);
        if chain.is_empty() {
            chain.push(tip);
        }
        // The one before in the chain comes first, so that equal distances end the chain.
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        let others = before.into_iter().chain(active.iter().copied().filter(|own| *own != tip));
        let Some((nearest, height)) =
            others.map(|own| (own, between(&distances, tip, own))).min_by(|a, b| a.1.total_cmp(&b.1))
        else {
            break;
        };
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        heights.push(height);
        // The joined cluster takes the place of the nearest; its distances are means over the members.
        let (left, right) = (sizes[tip], sizes[nearest]);
        active.retain(|own| *own != tip);
        for &other in active.iter().filter(|own| **own != nearest) {
            let joined = (left * between(&distances, tip, other)
                + right * between(&distances, nearest, other))
                / (left + right);
            distances[nearest.max(other)][nearest.min(other)] = joined;
        }
        sizes[nearest] = left + right;
    }
    heights
}

fn between(distances: &[Vec<f64>], left: usize, right: usize) -> f64 {
    distances[left.max(right)][left.min(right)]
}

/// The number of trials that would be as informative if each were independent of those before it, from the scores in the
/// order of the trials: `n / (1 + 2 (r1 + r2 + ...))`, rounded, with autocorrelations up to the first that is not positive
/// (Geyer 1992).
///
/// A sampler that learns draws trials near the good ones before them, so that their scores go together. At most the number
/// of scores; fewer than three all count, and scores that are all equal count once.
///
/// # Errors
///
/// [`Undefined`] for no scores, or one that is not finite.
pub fn uncorrelated_trials(scores: &[f64]) -> Result<usize, Undefined> {
    Undefined::unless_finite(scores)?;
    let count = scores.len();
    if count == 0 {
        return Err(Undefined::NoTrial);
    }
    if count < 3 {
        return Ok(count);
    }
    let Some(direction) = direction(scores) else { return Ok(1) };
    let autocorrelation = |lag: usize| product(&direction, &direction[lag..]);
    let later: f64 = (1..count).map(autocorrelation).take_while(|own| *own > 0.0).sum();
    let effective = (count as f64 / (1.0 + 2.0 * later)).round_ties_even();
    Ok((effective as usize).clamp(1, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::noise;
    use proptest::prelude::*;

    fn clusters(returns: &[Vec<f64>]) -> usize {
        clustered_trials(&returns.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn copies_count_once_and_strangers_each() {
        let strangers: Vec<Vec<f64>> = (1..=32).map(|start| noise(300, start)).collect();
        assert_eq!(clusters(&strangers), 32);
        let near = |own: &[f64], start| -> Vec<f64> {
            own.iter().zip(noise(300, start)).map(|(own, other)| own + 0.3 * other).collect()
        };
        let groups: Vec<Vec<f64>> =
            (0..32_u8).map(|number| near(&strangers[usize::from(number % 4)], 100 + number)).collect();
        assert_eq!(clusters(&groups), 4);
        assert_eq!(clusters(&vec![strangers[0].clone(); 9]), 1);
        let opposite: Vec<f64> = strangers[0].iter().map(|own| -own).collect();
        assert_eq!(clusters(&[strangers[0].clone(), opposite]), 2);
    }

    #[test]
    fn trials_that_never_trade_are_alike() {
        assert_eq!(clusters(&[vec![0.0; 50], vec![0.0; 50], noise(50, 3)]), 2);
        assert_eq!(clusters(&[vec![0.0; 50]]), 1);
    }

    proptest! {
        #[test]
        fn chains_join_what_a_search_for_the_nearest_pair_joins(
            points in prop::collection::vec(prop::collection::vec(-1.0..1.0, 6), 1..14)
        ) {
            let distance = |a: &Vec<f64>, b: &Vec<f64>| -> f64 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() };
            let lower = (0..points.len()).map(|i| (0..i).map(|j| distance(&points[i], &points[j])).collect()).collect();
            let mut found = heights(lower);
            found.sort_by(f64::total_cmp);
            // By definition: join the two clusters with the least mean distance, again and again.
            let mut clusters: Vec<Vec<usize>> = (0..points.len()).map(|own| vec![own]).collect();
            let mut expected = Vec::new();
            while clusters.len() > 1 {
                let mean = |a: &[usize], b: &[usize]| {
                    let all = a.iter().flat_map(|i| b.iter().map(|j| distance(&points[*i], &points[*j])));
                    all.sum::<f64>() / (a.len() * b.len()) as f64
                };
                let pairs = (0..clusters.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
                let (i, j) = pairs.min_by(|a, b| mean(&clusters[a.0], &clusters[a.1]).total_cmp(&mean(&clusters[b.0], &clusters[b.1]))).unwrap();
                expected.push(mean(&clusters[i], &clusters[j]));
                let joined = clusters.remove(i);
                clusters[j].extend(joined);
            }
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
            prop_assert_eq!(found.len(), expected.len());
        }
    }

    #[test]
    fn scores_that_go_together_count_less() {
        let free = noise(200, 5);
        let mut sum = 0.0;
        let drift: Vec<f64> = free
            .iter()
            .map(|step| {
                sum += step;
                sum
            })
            .collect();
        let (free, drift) = (uncorrelated_trials(&free).unwrap(), uncorrelated_trials(&drift).unwrap());
        assert!(free > 100 && drift < 20, "{free} {drift}");
        assert_eq!(uncorrelated_trials(&[0.3; 40]), Ok(1));
        assert_eq!(uncorrelated_trials(&[0.3, 0.1]), Ok(2));
        assert_eq!(uncorrelated_trials(&[]), Err(Undefined::NoTrial));
        assert!(matches!(uncorrelated_trials(&[0.1, f64::NAN]), Err(Undefined::NotFinite { .. })));
    }

    #[test]
    fn undefined_numbers_are_errors() {
        assert_eq!(clustered_trials(&[]), Err(Undefined::NoTrial));
        assert_eq!(clustered_trials(&[&[0.1]]), Err(Undefined::FewReturns { found: 1, least: 2 }));
        let uneven = clustered_trials(&[&[0.1, 0.2], &[0.1]]);
        assert_eq!(uneven, Err(Undefined::OtherRows { candidate: 1, found: 1, expected: 2 }));
    }
}
