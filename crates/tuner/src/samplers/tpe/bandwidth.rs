//! The widths of the kernels of one dimension.

/// The standard deviations of kernels at these positions on an axis from 0 to 1: the distance to the farther neighbour
/// (Bergstra et al. 2011), within bounds.
///
/// The lower bound is `1 / min(100, 2 + n / 3)` for `n` known trials, good and bad. It keeps kernels wide while little
/// is known; otherwise the search would circle around the first few good trials.
pub(super) fn bandwidths(positions: &[f64], known: usize) -> Vec<f64> {
    let count = positions.len();
    let least = 1.0 / (2.0 + known as f64 / 3.0).min(100.0);
    let mut order: Vec<usize> = (0..count).collect();
    // A stable sort, so that equal positions stay in the order of their trials: only the outermost of them have another
    // position as neighbour, and which trials these are must not change.
    order.sort_by(|&left, &right| positions[left].total_cmp(&positions[right]));
    let mut deviations = vec![0.0; count];
    for (rank, &place) in order.iter().enumerate() {
        let here = positions[place];
        let below = rank.checked_sub(1).map(|rank| here - positions[order[rank]]);
        let above = order.get(rank + 1).map(|&next| positions[next] - here);
        // Only a kernel without neighbours is measured against the ends of the axis.
        let distance = match (below, above) {
            (None, None) => here.max(1.0 - here),
            (below, above) => below.unwrap_or(0.0).max(above.unwrap_or(0.0)),
        };
        deviations[place] = distance.clamp(least, 1.0);
    }
    deviations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_reach_to_their_farther_neighbour() {
        let check = |positions: &[f64], known: usize, expected: &[f64]| {
            let found = bandwidths(positions, known);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        check(&[0.2], 9, &[0.8]);
        check(&[0.9, 0.1], 9, &[0.8, 0.8]);
        check(&[0.0, 1.0, 0.6], 9, &[0.6, 0.4, 0.6]);
        check(&[0.5; 3], 9, &[0.2; 3]);
        check(&[0.5; 3], 1000, &[0.01; 3]);
        check(&[], 9, &[]);
    }
}
