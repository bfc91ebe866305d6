//! Matrices near that of second derivatives, which can be inverted.

use super::cholesky::Cholesky;
use super::gram::grams;
use super::loss::pairs;
use super::smooth::{Local, Smooth};
use super::symmetric::eigen;

/// The most numbers that factors take together.
const FACTOR_NUMBERS: usize = 1 << 26;

/// An approximate inverse of the matrix of second derivatives.
pub(super) enum Inverse {
    /// Of the matrix as it would be if every row's loss bent like the mean of all rows.
    Mean(Mean),
    /// Of the matrix itself.
    Own(Cholesky),
}

/// The Kronecker product of a small matrix, the mean curvature, and the columns' second moments, plus the ridge. The
/// eigenvectors of the small matrix split it into one matrix of columns for each output.
pub(super) struct Mean {
    outputs: usize,
    vectors: Vec<f64>,
    values: Vec<f64>,
    /// Of `gram + ridge / value`, one for `shared` neighbouring outputs.
    factors: Vec<Cholesky>,
    shared: usize,
}

impl Inverse {
    /// From the columns' second moments, weighted by the shares, and [`Smooth::mean_curvature`].
    pub(super) fn mean(smooth: &Smooth<'_>, gram: &[f64], curvature: Vec<f64>) -> Self {
        let outputs = smooth.loss.outputs();
        let side = smooth.rows.side();
        let largest = curvature.iter().step_by(outputs + 1).copied().fold(0.0, f64::max);
        let (mut values, vectors) = eigen(curvature, outputs);
        // A loss that nowhere bends leaves the ridge, and any positive number in place of 0.
        let least = if largest > 0.0 { 1e-12 * largest } else { 1.0 };
        values.iter_mut().for_each(|value| *value = value.max(least));
        let shared = outputs.div_ceil((FACTOR_NUMBERS / (side * side)).max(1));
        let factors = values
            .chunks(shared)
            .map(|values| {
                let value = values[values.len() / 2];
                let mut matrix = gram.to_vec();
                for (entry, ridge) in matrix.iter_mut().step_by(side + 1).zip(smooth.ridge) {
                    *entry += ridge / value;
                }
                Cholesky::new(&matrix, side)
            })
            .collect();
        Self::Mean(Mean { outputs, vectors, values, factors, shared })
    }

    /// From the second derivatives themselves: the `active` rows' second moments for each pair of outputs.
    pub(super) fn own(smooth: &Smooth<'_>, local: &Local, active: &[usize]) -> Self {
        let outputs = smooth.loss.outputs();
        let side = smooth.rows.side();
        let all = outputs * side;
        let blocks =
            grams(smooth.rows, active, pairs(outputs), |row, out| smooth.curvatures(local, row, out));
        let mut matrix = vec![0.0; all * all];
        for a in 0..outputs {
            for b in 0..=a {
                let block = &blocks[pairs(a) + b];
                for i in 0..side {
                    for j in 0..side {
                        let (low, high) = (i.min(j), i.max(j));
                        matrix[(a * side + i) * all + b * side + j] = block[high * side + low];
                    }
                }
            }
            for (i, ridge) in smooth.ridge[..side].iter().enumerate() {
                let place = a * side + i;
                matrix[place * all + place] += ridge;
            }
        }
        Self::Own(Cholesky::new(&matrix, all))
    }

    /// Whether this is the inverse itself, up to rounding.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::Own(factor) if factor.is_exact())
    }

    /// The inverse times a vector in the layout of weights.
    pub(super) fn times(&self, smooth: &Smooth<'_>, vector: &[f64]) -> Vec<f64> {
        let (side, stride) = (smooth.rows.side(), smooth.rows.stride());
        match self {
            Self::Own(factor) => {
                let mut dense: Vec<f64> =
                    vector.chunks_exact(stride).flat_map(|part| &part[..side]).copied().collect();
                factor.solve(&mut dense);
                let mut out = vec![0.0; vector.len()];
                for (out, dense) in out.chunks_exact_mut(stride).zip(dense.chunks_exact(side)) {
                    out[..side].copy_from_slice(dense);
                }
                out
            }
            Self::Mean(mean) => mean.times(side, stride, vector),
        }
    }
}

impl Mean {
    fn times(&self, side: usize, stride: usize, vector: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; vector.len()];
        let mut turned = vec![0.0; side];
        for (m, value) in self.values.iter().enumerate() {
            turned.fill(0.0);
            for (part, row) in vector.chunks_exact(stride).zip(self.vectors.chunks_exact(self.outputs)) {
                turned.iter_mut().zip(part).for_each(|(turned, number)| *turned += row[m] * number);
            }
            self.factors[m / self.shared].solve(&mut turned);
            for (out, row) in out.chunks_exact_mut(stride).zip(self.vectors.chunks_exact(self.outputs)) {
                out.iter_mut().zip(&turned).for_each(|(out, number)| *out += row[m] * number / value);
            }
        }
        out
    }
}
