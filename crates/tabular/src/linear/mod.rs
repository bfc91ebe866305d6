//! Linear models fitted to convergence: multinomial logistic, ridge, and quantile regression.
//!
//! ```
//! use tabular::linear::{Objective, Problem};
//! use tabular::{Matrix, Targets};
//!
//! let values = [0.1, 1.0, 0.4, 0.0, 0.3, -1.0, 0.9, 0.5, 0.7, -0.2, 0.2, 0.3];
//! let table = Matrix::new(&values, 2).ok_or("not whole rows")?;
//! let targets = Targets::classes(&[0, 0, 1, 1, 1, 0], 2);
//! let problem = Problem::new(&table, targets, None, &Objective::Logistic)?;
//! let mut last = None;
//! for penalty in problem.penalties(5) {
//!     let fit = problem.fit(penalty, last.as_ref())?;
//!     assert!(fit.gap <= 1e-12 * fit.objective);
//!     last = Some(fit.coefficients);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every objective has the form `sum of w_i * loss_i / sum of w_i + penalty / 2 * |W|^2`, with the weights `W` in the
//! table's own units and intercepts free. Inside, columns are standardised, which changes the accuracy and not the
//! problem. Sums are in `f64` and in a fixed order.

mod cholesky;
mod chunks;
mod coefficients;
mod error;
mod fit;
mod gram;
mod kernels;
mod loss;
mod moments;
mod newton;
mod objective;
mod penalties;
mod pinball;
mod precondition;
mod problem;
mod rows;
mod smooth;
mod softmax;
mod squared;
mod symmetric;
mod task;
mod units;

pub use coefficients::Coefficients;
pub use error::Error;
pub use fit::{Fit, QUANTILE_ACCURACY, SMOOTH_ACCURACY};
pub use objective::Objective;
pub use problem::{MOST_COLUMNS, Problem};
pub use rows::HELD_BYTES;
