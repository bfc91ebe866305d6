//! Cholesky factors of matrices that may be nearly singular.

use super::kernels::{add_scaled, dot};
use rayon::prelude::*;

/// A pivot, relative to the diagonal, below which rounding leaves nothing of it.
const SMALLEST_PIVOT: f64 = 1e-12;

/// The jitter with which any matrix that is positive semidefinite but for rounding has a factor.
const LARGEST_JITTER: f64 = 1.0;

/// The columns that are factorised at a time.
const BLOCK: usize = 64;

/// The factor `L` of a symmetric matrix `S (L L' - jitter) S`, where `S` is diagonal and makes the diagonal 1.
#[derive(Debug)]
pub(super) struct Cholesky {
    side: usize,
    /// `L`, row by row.
    lower: Vec<f64>,
    /// The reciprocals of the diagonal of `S`.
    unscale: Vec<f64>,
    exact: bool,
}

impl Cholesky {
    /// Factorises a positive semidefinite matrix of `side` rows; only its lower triangle is read.
    ///
    /// Scaling to a unit diagonal makes the accuracy independent of the units of the columns. When a pivot vanishes, a
    /// jitter is added to the diagonal, ten times larger until none does; the factor then is one of a near matrix.
    pub(super) fn new(matrix: &[f64], side: usize) -> Self {
        let diagonal = matrix.iter().step_by(side + 1);
        let unscale: Vec<f64> =
            diagonal.map(|entry| if *entry > 0.0 { 1.0 / entry.sqrt() } else { 1.0 }).collect();
        let mut jitter = 0.0;
        loop {
            if let Some(lower) = factorise(matrix, &unscale, jitter) {
                return Self { side, lower, unscale, exact: jitter == 0.0 };
            }
            jitter = if jitter == 0.0 { SMALLEST_PIVOT } else { 10.0 * jitter };
        }
    }

    /// Whether no jitter was needed.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// Replaces `vector` by the inverse of the matrix times it.
    pub(super) fn solve(&self, vector: &mut [f64]) {
        for (number, unscale) in vector.iter_mut().zip(&self.unscale) {
            *number *= unscale;
        }
        for (i, row) in self.lower.chunks_exact(self.side).enumerate() {
            vector[i] = (vector[i] - dot(&row[..i], &vector[..i])) / row[i];
        }
        for (i, row) in self.lower.chunks_exact(self.side).enumerate().rev() {
            vector[i] /= row[i];
            let (before, rest) = vector.split_at_mut(i);
            add_scaled(before, -rest[0], &row[..i]);
        }
        for (number, unscale) in vector.iter_mut().zip(&self.unscale) {
            *number *= unscale;
        }
    }
}

/// `L`, a block of columns at a time: the rows of the block itself, then in parallel those below, for which the block's
/// rows stay in the cache.
fn factorise(matrix: &[f64], unscale: &[f64], jitter: f64) -> Option<Vec<f64>> {
    let side = unscale.len();
    let entry = |i: usize, j: usize| matrix[i * side + j] * unscale[i] * unscale[j];
    let mut lower = vec![0.0; side * side];
    for start in (0..side).step_by(BLOCK) {
        let end = side.min(start + BLOCK);
        let (done, below) = lower.split_at_mut(end * side);
        for i in start..end {
            let (above, row) = done.split_at_mut(i * side);
            for j in start..i {
                row[j] = next(entry(i, j), row, &above[j * side..(j + 1) * side], j);
            }
            let pivot = entry(i, i) + jitter - dot(&row[..i], &row[..i]);
            if pivot > SMALLEST_PIVOT.max(jitter / 2.0) {
                row[i] = pivot.sqrt();
            } else if jitter < LARGEST_JITTER {
                return None;
            } else {
                row[i] = 1.0;
            }
        }
        below.par_chunks_exact_mut(side).enumerate().for_each(|(place, row)| {
            for j in start..end {
                row[j] = next(entry(end + place, j), row, &done[j * side..(j + 1) * side], j);
            }
        });
    }
    Some(lower)
}

/// Entry `j` of a row of `L`, given those before and row `j`.
fn next(entry: f64, row: &[f64], other: &[f64], j: usize) -> f64 {
    (entry - dot(&row[..j], &other[..j])) / other[j]
}

#[cfg(test)]
mod tests {
    use super::Cholesky;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn solves_whatever_the_units(
            numbers in prop::collection::vec(-1.0..1.0f64, 25),
            units in prop::collection::vec(-30..30i32, 5),
        ) {
            let unit = |i: usize| 2.0_f64.powi(units[i]);
            let entry = |i: usize, j: usize| {
                let sum: f64 = (0..5).map(|k| numbers[i * 5 + k] * numbers[j * 5 + k]).sum();
                (sum + f64::from(u8::from(i == j))) * unit(i) * unit(j)
            };
            let matrix: Vec<f64> = (0..25).map(|ij| entry(ij / 5, ij % 5)).collect();
            let factor = Cholesky::new(&matrix, 5);
            prop_assert!(factor.is_exact());
            let mut solution: Vec<f64> = (0..5).map(|i| (0..5).map(|j| entry(i, j) / unit(j)).sum()).collect();
            factor.solve(&mut solution);
            for (i, number) in solution.into_iter().enumerate() {
                prop_assert!((number * unit(i) - 1.0).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn a_singular_matrix_gets_a_jitter() {
        let factor = Cholesky::new(&[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 3);
        assert!(!factor.is_exact());
        let mut solution = [2.0, 2.0, 0.0];
        factor.solve(&mut solution);
        assert!((solution[0] + solution[1] - 2.0).abs() < 1e-3 && solution[2] == 0.0, "{solution:?}");
    }
}
