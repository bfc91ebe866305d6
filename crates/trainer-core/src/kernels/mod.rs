//! Numeric kernels: number types, vectorised loops, matrix products, softmax and dropout masks.
//!
//! Every kernel gives the same bits on every machine. Each sum has a fixed order, fused multiply-adds are explicit, and
//! transcendental functions come from `elementary` or `libm`, never from the platform's math library. Kernels start no
//! threads of their own, so the number of threads cannot change an order either.

pub(crate) mod activation;
pub(crate) mod elementary;
pub(crate) mod gemm;
pub(crate) mod lanes;
pub(crate) mod mask;
pub(crate) mod real;
pub(crate) mod simd;
pub(crate) mod softmax;
