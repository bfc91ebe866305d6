//! What a number type must offer to the matrix product: vectors of any machine's width, and a buffer of its own.

use pulp::Simd;
use std::cell::RefCell;

/// The vectors of a number type, whatever the width of the machine's registers.
///
/// Private to the crate, and so what seals [`super::real::Real`].
pub trait Lanes: Sized + 'static {
    /// One register of values.
    type Vector<S: Simd>: Copy;

    /// `values` as whole vectors; what is left over is dropped.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    /// As [`Lanes::vectors`], to write.
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    /// A vector of equal values.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a * b + c`, rounded once.
    fn fused<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>)
    -> Self::Vector<S>;

    /// `values`, at most a vector of them, followed by zeros.
    fn partial_load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S>;
    /// Writes the vector's first values to `values`, at most a vector of them.
    fn partial_store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>);

    /// Lends this thread's buffer, which keeps its size between calls. Calls do not nest.
    fn with_buffer<T>(body: impl FnOnce(&mut Vec<Self>) -> T) -> T;
}

impl Lanes for f32 {
    type Vector<S: Simd> = S::f32s;

    #[inline(always)]
    fn vectors<S: Simd>(values: &[Self]) -> &[S::f32s] {
        S::as_simd_f32s(values).0
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [S::f32s] {
        S::as_mut_simd_f32s(values).0
    }
    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> S::f32s {
        simd.splat_f32s(value)
    }
    #[inline(always)]
    fn fused<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
        simd.mul_add_f32s(a, b, c)
    }
    #[inline(always)]
    fn partial_load<S: Simd>(simd: S, values: &[Self]) -> S::f32s {
        simd.partial_load_f32s(values)
    }
    #[inline(always)]
    fn partial_store<S: Simd>(simd: S, values: &mut [Self], vector: S::f32s) {
        simd.partial_store_f32s(values, vector);
    }

    fn with_buffer<T>(body: impl FnOnce(&mut Vec<Self>) -> T) -> T {
        thread_local!(static BUFFER: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        BUFFER.with_borrow_mut(body)
    }
}

impl Lanes for f64 {
    type Vector<S: Simd> = S::f64s;

    #[inline(always)]
    fn vectors<S: Simd>(values: &[Self]) -> &[S::f64s] {
        S::as_simd_f64s(values).0
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [S::f64s] {
        S::as_mut_simd_f64s(values).0
    }
    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> S::f64s {
        simd.splat_f64s(value)
    }
    #[inline(always)]
    fn fused<S: Simd>(simd: S, a: S::f64s, b: S::f64s, c: S::f64s) -> S::f64s {
        simd.mul_add_f64s(a, b, c)
    }
    #[inline(always)]
    fn partial_load<S: Simd>(simd: S, values: &[Self]) -> S::f64s {
        simd.partial_load_f64s(values)
    }
    #[inline(always)]
    fn partial_store<S: Simd>(simd: S, values: &mut [Self], vector: S::f64s) {
        simd.partial_store_f64s(values, vector);
    }

    fn with_buffer<T>(body: impl FnOnce(&mut Vec<Self>) -> T) -> T {
        thread_local!(static BUFFER: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) });
        BUFFER.with_borrow_mut(body)
    }
}
