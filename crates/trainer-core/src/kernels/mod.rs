//! Numeric kernels: number types, vectorised loops, matrix products, dropout masks.

pub(crate) mod elementary;
pub(crate) mod gemm;
pub(crate) mod lanes;
pub(crate) mod mask;
pub(crate) mod real;
pub(crate) mod simd;
pub(crate) mod softmax;
