//! The two number types of the engine.

use super::elementary;
use super::lanes::Lanes;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number type the layers run in: `f32` for fits, `f64` for gradient checks.
///
/// Sealed: the matrix product knows only these two types.
pub trait Real:
    Lanes
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + Send
    + Sync
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The lowest finite value.
    const LOWEST: Self;

    /// `x`, rounded to the nearest value.
    fn from_f64(x: f64) -> Self;
    /// The value as `f64`; exact.
    fn to_f64(self) -> f64;
    /// The correctly rounded square root.
    fn sqrt(self) -> Self;
    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// The exponential. For `f32` an approximation with a relative error below 2.5e-7, clamped to `[e^-87, e^88]`.
    fn exp(self) -> Self;
    /// The standard normal distribution at `self`: (cumulative probability, density). For `f32` an approximation with
    /// absolute errors below 3e-7.
    fn normal(self) -> (Self, Self);
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f32::MIN;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        f32::mul_add(self, factor, addend)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        elementary::exp(self)
    }
    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        elementary::normal(self)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f64::MIN;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        f64::mul_add(self, factor, addend)
    }
    // `libm` instead of `std`: the standard library's `exp` may differ between platforms.
    fn exp(self) -> Self {
        libm::exp(self)
    }
    fn normal(self) -> (Self, Self) {
        // `erfc` keeps the digits of the lower tail, which would cancel in `1 + erf`.
        let cumulative = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        (cumulative, libm::exp(-0.5 * self * self) * elementary::INV_SQRT_TAU)
    }
}
