//! Row-wise softmax with dropout on its output, and its derivative.
//!
//! Rows start `stride` values apart. Only the first `columns` values of a row count; the rest are scratch, padding the
//! row to a multiple of [`ROW`] so that every loop runs over whole vectors.

use super::mask::Mask;
use super::real::Real;
use super::simd::{dot, max, sum, vectorised};

/// A row whose stride is a multiple of this consists of whole vectors on every machine.
pub(crate) const ROW: usize = 16;

/// Replaces each row of logits by its softmax, negated where `mask` drops the weight, and writes the weights after
/// dropout (0, or scaled) to `dropped`. The first row uses row `first` of the mask; `factors` is scratch of one stride.
///
/// A softmax is never negative, so its sign is free to record the mask: the backward pass needs neither a second matrix
/// nor a second hash.
pub(crate) fn softmax_dropout<R: Real>(
    weights: &mut [R],
    [columns, stride]: [usize; 2],
    mask: Mask<R>,
    first: usize,
    factors: &mut [R],
    dropped: &mut [R],
) {
    vectorised(
        #[inline(always)]
        || {
            // An inactive mask has the same factors in every row: this fills them once for all.
            mask.write(first, factors);
            let rows = weights.chunks_exact_mut(stride).zip(dropped.chunks_exact_mut(stride));
            for (row, (weights, dropped)) in rows.enumerate() {
                // The padding must neither win the maximum nor, below, add to the sum.
                weights[columns..].fill(R::LOWEST);
                let largest = max(weights);
                for value in weights.iter_mut() {
                    // Softmax does not change when all logits shift; without the shift `exp` would overflow.
                    *value = (*value - largest).exp();
                }
                weights[columns..].fill(R::ZERO);
                let inverse = R::ONE / sum(weights);
                if mask.is_active() {
                    mask.write(first + row, factors);
                }
                for ((weight, dropped), &factor) in weights.iter_mut().zip(dropped).zip(&*factors) {
                    let value = *weight * inverse;
                    *dropped = value * factor;
                    *weight = if factor > R::ZERO { value } else { -value };
                }
            }
        },
    );
}

/// Turns `d`, the gradient with respect to the weights after dropout, into `scale` times the gradient with respect to
/// the logits. `weights` are those that [`softmax_dropout`] left with the same `mask`; the weights after dropout are
/// written to `dropped` again.
pub(crate) fn softmax_dropout_backward<R: Real>(
    weights: &[R],
    [columns, stride]: [usize; 2],
    mask: Mask<R>,
    scale: R,
    d: &mut [R],
    dropped: &mut [R],
) {
    let kept = mask.scale();
    vectorised(
        #[inline(always)]
        || {
            let rows = d.chunks_exact_mut(stride).zip(dropped.chunks_exact_mut(stride));
            for ((d, dropped), weights) in rows.zip(weights.chunks_exact(stride)) {
                d[columns..].fill(R::ZERO);
                for ((d, dropped), &weight) in d.iter_mut().zip(dropped.iter_mut()).zip(weights) {
                    // A weight of 0 contributes nothing, whatever its sign.
                    *dropped = if weight > R::ZERO { weight * kept } else { R::ZERO };
                    *d = if weight > R::ZERO { *d * kept } else { R::ZERO };
                }
                // Where a weight was dropped `d` is 0, so its sign does not matter.
                let mean = dot(d, weights);
                for (d, &weight) in d.iter_mut().zip(weights) {
                    let weight = if weight > R::ZERO { weight } else { -weight };
                    *d = weight * (*d - mean) * scale;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::mask::{DropoutKey, Mode};

    #[test]
    fn softmax_is_safe_for_large_logits() {
        let mut x = [1e30f32, 1e30, -1e30, f32::NAN, 0.0, 0.0, 0.0, f32::NAN];
        let mut dropped = [f32::NAN; 8];
        softmax_dropout(&mut x, [3, 4], Mask::inactive(), 0, &mut [0.0; 4], &mut dropped);
        let third = 1.0 / 3.0;
        assert_eq!(x, dropped);
        for (found, expected) in x.into_iter().zip([0.5, 0.5, 0.0, 0.0, third, third, third, 0.0]) {
            assert!((found - expected).abs() < 1e-7, "{x:?}");
        }
    }

    #[test]
    fn the_sign_records_the_mask() {
        let mask = Mode::Train(DropoutKey::new(&[1; 32], 0)).mask::<f64>(0, 0.5);
        let (mut x, mut dropped, mut again) = ([0.0; 64], [0.0; 64], [0.0; 64]);
        softmax_dropout(&mut x, [30, 32], mask, 0, &mut [0.0; 32], &mut dropped);
        assert!(x.iter().any(|&weight| weight < 0.0) && x.iter().any(|&weight| weight > 0.0));
        softmax_dropout_backward(&x, [30, 32], mask, 1.0, &mut [1.0; 64], &mut again);
        assert_eq!(dropped, again);
    }
}
