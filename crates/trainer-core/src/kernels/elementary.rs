//! `f32` elementary functions made of fused multiply-adds and at most one division, without branches or table lookups,
//! so that loops over them vectorise.
//!
//! Every fused multiply-add is explicit and nothing depends on the vector width: every machine computes the same bits.

/// `1 / sqrt(2 pi)`, the standard normal density at 0.
pub(crate) const INV_SQRT_TAU: f64 = 0.398_942_280_401_432_7;

/// The Taylor coefficients of `exp` around 0, from `1/7!` down to `1/2!`, highest power first.
const TAYLOR: [f32; 6] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5];

/// Adding this to an `f32` of magnitude below `2^22` rounds it to an integer, ties to even, and leaves that integer in
/// the low mantissa bits of the sum.
const ROUNDER: f32 = 12_582_912.0; // 1.5 * 2^23

/// `e^x` with a relative error below 2.5e-7; arguments are clamped to `[-87, 88]`, where the result stays normal.
///
/// With `x = n ln 2 + r` and `|r| <= ln(2)/2`, the result is `2^n e^r`. The Taylor polynomial of degree 7 gives `e^r`
/// with a truncation error below 1e-8.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // `ln 2` as a sum of two parts: the first has so few bits that `n * LN2_HIGH` is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUNDER);
    let n = rounded - ROUNDER;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let polynomial = TAYLOR[1..].iter().fold(TAYLOR[0], |sum, &c| sum.mul_add(r, c));
    // The low mantissa bits of `rounded` hold `n`: it becomes the biased exponent of `2^n` without a conversion.
    let exponent = rounded.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127);
    (polynomial.mul_add(r * r, r) + 1.0) * f32::from_bits(exponent << 23)
}

/// The standard normal (cumulative probability, density) at `x`, each with an absolute error below 3e-7.
///
/// The error function is formula 7.1.26 of Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964). Its
/// exponential also gives the density, which the derivative of GELU needs.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    const P: f32 = 0.327_591_1;
    const A: [f32; 5] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6];
    let magnitude = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / P.mul_add(magnitude, 1.0);
    let gauss = exp(-magnitude * magnitude);
    // The formula holds for non-negative arguments; symmetry gives the others.
    let tail = 0.5 * A[1..].iter().fold(A[0], |sum, &a| sum.mul_add(t, a)) * t * gauss;
    let cumulative = if x >= 0.0 { 1.0 - tail } else { tail };
    (cumulative, gauss * INV_SQRT_TAU as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::real::Real;

    /// Evenly spaced arguments in `[low, high]`, including both ends.
    fn grid(low: f32, high: f32) -> impl Iterator<Item = f32> {
        const STEPS: usize = 200_000;
        (0..=STEPS).map(move |i| low + (high - low) * (i as f32 / STEPS as f32))
    }

    #[test]
    fn exp_keeps_its_stated_error() {
        let worst = grid(-87.0, 88.0)
            .chain(grid(-1.0, 1.0))
            .map(|x| (f64::from(exp(x)) / libm::exp(f64::from(x)) - 1.0).abs())
            .fold(0.0, f64::max);
        assert!(worst < 2.5e-7, "{worst:e}");
    }

    #[test]
    fn exp_is_exact_at_zero_and_clamped_at_the_ends() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1000.0), exp(-87.0));
        assert!(exp(f32::INFINITY).is_finite());
        assert!(exp(f32::NAN).is_nan(), "clamping must not hide a NaN");
    }

    #[test]
    fn normal_keeps_its_stated_error() {
        let (mut cumulative, mut density) = (0.0f64, 0.0f64);
        for x in grid(-12.0, 12.0) {
            let (found, expected) = (normal(x), f64::from(x).normal());
            cumulative = cumulative.max((f64::from(found.0) - expected.0).abs());
            density = density.max((f64::from(found.1) - expected.1).abs());
        }
        assert!(cumulative < 3e-7 && density < 3e-7, "{cumulative:e} {density:e}");
    }
}
