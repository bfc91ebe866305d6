//! Vector instructions chosen at run time, and reductions whose order is the same on every machine.

use super::real::Real;

/// The number of partial sums in a reduction.
///
/// Floating-point addition is not associative, so this must not follow the register width. It is as wide as the widest
/// vector unit (16 `f32` in AVX-512); narrower ones hold the lanes in several registers and give the same bits.
const LANES: usize = 16;

/// Runs `body`, compiled for this machine's best vector instructions.
///
/// The body must consist of loops over slices and `#[inline(always)]` functions: only code inlined into it is compiled
/// with those instructions. Rust never reorders floating-point operations, and rounds `a * b + c` twice and
/// [`Real::mul_add`] once on every machine, so the choice affects the speed but never the result.
#[inline(always)]
pub(crate) fn vectorised<T>(body: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(body)
}

/// Reduces the indices `0..length` in a fixed order. Every lane starts at zero; `step(total, i)` adds element `i` to
/// the total of lane `i % LANES`, and the lanes are added together at the end.
#[inline(always)]
fn reduce<R: Real>(length: usize, step: impl Fn(R, usize) -> R) -> R {
    let mut lanes = [R::ZERO; LANES];
    let whole = length / LANES * LANES;
    let mut start = 0;
    while start < whole {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total = step(*total, start + lane);
        }
        start += LANES;
    }
    for (lane, total) in lanes[..length - whole].iter_mut().enumerate() {
        *total = step(*total, whole + lane);
    }
    fold_lanes(lanes, |a, b| a + b)
}

/// Folds the lanes as a tree: the upper half onto the lower one, until one lane is left.
#[inline(always)]
fn fold_lanes<R: Real>(mut lanes: [R; LANES], join: impl Fn(R, R) -> R) -> R {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The sum of `x`.
#[inline(always)]
pub(crate) fn sum<R: Real>(x: &[R]) -> R {
    reduce(x.len(), |total, i| total + x[i])
}

/// The inner product of `x` and `y`, which have the same length, in fused multiply-adds.
#[inline(always)]
pub(crate) fn dot<R: Real>(x: &[R], y: &[R]) -> R {
    // With the lengths known to be equal, the compiler can drop the bounds checks on `y` inside the loop.
    let y = &y[..x.len()];
    reduce(x.len(), |total, i| x[i].mul_add(y[i], total))
}

/// The sum of squares of `x`, computed in `f64`.
#[inline(always)]
pub(crate) fn sum_of_squares<R: Real>(x: &[R]) -> f64 {
    reduce(x.len(), |total: f64, i| x[i].to_f64().mul_add(x[i].to_f64(), total))
}

/// The largest value of `x`; [`Real::LOWEST`] if it is empty. NaNs are ignored.
#[inline(always)]
pub(crate) fn max<R: Real>(x: &[R]) -> R {
    let larger = |a: R, b: R| if b > a { b } else { a };
    let mut lanes = [R::LOWEST; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = larger(*lane, value);
    }
    fold_lanes(lanes, larger)
}

/// Adds the rows of `x`, `(rows, width)`, to `total`, `(width,)`, in order.
pub(crate) fn add_column_sums<R: Real>(total: &mut [R], x: &[R]) {
    vectorised(
        #[inline(always)]
        || {
            for row in x.chunks_exact(total.len()) {
                add(total, row);
            }
        },
    );
}

/// Adds `y` to `x` elementwise.
#[inline(always)]
pub(crate) fn add<R: Real>(x: &mut [R], y: &[R]) {
    for (x, &y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// Like [`add`], for use outside [`vectorised`].
pub(crate) fn add_to<R: Real>(x: &mut [R], y: &[R]) {
    vectorised(
        #[inline(always)]
        || add(x, y),
    );
}

/// Multiplies `x` by `y` elementwise.
pub(crate) fn multiply_by<R: Real>(x: &mut [R], y: &[R]) {
    vectorised(
        #[inline(always)]
        || {
            for (x, &y) in x.iter_mut().zip(y) {
                *x *= y;
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reductions_equal_plain_loops(x in prop::collection::vec(-8i32..8, 0..100)) {
            // Small integers add exactly in any order.
            let x: Vec<f32> = x.into_iter().map(|v| v as f32).collect();
            prop_assert_eq!(sum(&x), x.iter().sum::<f32>());
            prop_assert_eq!(dot(&x, &x), x.iter().map(|v| v * v).sum::<f32>());
            prop_assert_eq!(sum_of_squares(&x), x.iter().map(|v| f64::from(v * v)).sum::<f64>());
            prop_assert_eq!(max(&x), x.iter().copied().fold(f32::MIN, f32::max));
        }

        #[test]
        fn dispatched_and_plain_code_give_the_same_bits(x in prop::collection::vec(-3.0f32..3.0, 0..100)) {
            let dispatched = vectorised(#[inline(always)] || (sum(&x), dot(&x, &x)));
            prop_assert_eq!(dispatched, (sum(&x), dot(&x, &x)));
        }
    }
}
