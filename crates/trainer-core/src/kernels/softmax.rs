//! Row-wise softmax with dropout on its output, and its derivative.

use super::mask::Mask;
use super::real::Real;
use super::simd::{dot, max, sum, vectorised};

/// Replaces each row of `columns` logits by its softmax.
pub(crate) fn softmax_rows<R: Real>(x: &mut [R], columns: usize) {
    vectorised(
        #[inline(always)]
        || {
            for row in x.chunks_exact_mut(columns) {
                let largest = max(row);
                for value in row {
                    *value -= largest;
                }
            }
            // Over all rows at once: a row is too short to keep the vector units busy.
            for value in x.iter_mut() {
                *value = value.exp();
            }
            for row in x.chunks_exact_mut(columns) {
                let inverse = R::ONE / sum(row);
                for value in row {
                    *value *= inverse;
                }
            }
        },
    );
}

/// Writes `mask * x` to `y`; element 0 has the mask's index `first`.
pub(crate) fn apply_mask<R: Real>(x: &[R], mask: Mask<R>, first: usize, y: &mut [R]) {
    if !mask.is_active() {
        y.copy_from_slice(x);
        return;
    }
    vectorised(
        #[inline(always)]
        || {
            for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
                *y = x * mask.factor((first as u32).wrapping_add(i as u32));
            }
        },
    );
}

/// Turns `d`, the gradient of the dropped weights, into the logits' gradient, given the softmax's output `weights`.
pub(crate) fn softmax_backward<R: Real>(
    weights: &[R],
    mask: Mask<R>,
    first: usize,
    d: &mut [R],
    columns: usize,
) {
    vectorised(
        #[inline(always)]
        || {
            if mask.is_active() {
                for (i, d) in d.iter_mut().enumerate() {
                    *d *= mask.factor((first as u32).wrapping_add(i as u32));
                }
            }
            for (d, weights) in d.chunks_exact_mut(columns).zip(weights.chunks_exact(columns)) {
                let mean = dot(d, weights);
                for (d, &weight) in d.iter_mut().zip(weights) {
                    *d = weight * (*d - mean);
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_safe_for_large_logits() {
        let mut x = [1e30f32, 1e30, -1e30, 0.0, 0.0, 0.0];
        softmax_rows(&mut x, 3);
        let third = 1.0 / 3.0;
        for (found, expected) in x.into_iter().zip([0.5, 0.5, 0.0, third, third, third]) {
            assert!((found - expected).abs() < 1e-7, "{x:?}");
        }
    }
}
