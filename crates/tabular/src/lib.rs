//! Models of plain tables: gradient-boosted trees and linear models.
//!
//! | module | holds |
//! |---|---|
//! | [`gbdt`] | gradient-boosted trees over histograms |
//! | [`linear`] | logistic, ridge and quantile regression, fitted to convergence |
//!
//! A [`Table`] hands out its rows one by one, so that overlapping windows of a time series need not be copied into one
//! large matrix. Every fit gives the same bits whatever the number of threads, and on every machine: each sum has a fixed
//! order, and exponentials and logarithms come from `libm`.

pub mod gbdt;
pub mod linear;
mod softmax;
mod table;
mod targets;

pub use table::{Matrix, Table};
pub use targets::Targets;
