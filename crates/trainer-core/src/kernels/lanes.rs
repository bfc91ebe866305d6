//! What the matrix product needs from a number type: vectors of any register width, and a buffer per thread.

use pulp::Simd;
use std::cell::RefCell;

/// The vectors of a number type, independent of the machine's register width.
///
/// Private to the crate, which is what seals [`super::real::Real`].
pub trait Lanes: Sized + 'static {
    /// One register of values.
    type Vector<S: Simd>: Copy;

    /// `values` as whole vectors; a remainder shorter than a vector is left out.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    /// Like [`Lanes::vectors`], but mutable.
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    /// A vector with `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a * b + c`, rounded once.
    fn fused<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>)
    -> Self::Vector<S>;

    /// Loads `values`, at most one vector of them, and fills the remaining lanes with zeros.
    fn partial_load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S>;
    /// Stores the vector's first lanes to `values`, which is at most one vector long.
    fn partial_store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>);

    /// Lends this thread's buffer, which keeps its size between calls so that later calls need not allocate.
    ///
    /// # Panics
    ///
    /// When `body` calls this function again for the same number type.
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
