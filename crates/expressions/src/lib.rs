//! Market features written as expressions over the daily bars of many tickers.
//!
//! An [`Expression`] such as `ts_mean(close, 20) / close - 1` looks back only: lags and windows are positive integer
//! literals, so looking ahead cannot be written. `docs/features.md` in the repository states the grammar and the exact
//! semantics of every operator; they follow Qlib, pandas and NumPy.
//!
//! An [`Evaluator`] computes a set of expressions over [`Columns`]. What they share is computed once; tickers run in
//! parallel. The values have the same bits for any number of threads and on every machine, and the first rows of a longer
//! panel give the same bits as the shorter panel.
//!
//! ```
//! use expressions::{Columns, Expression, evaluate};
//!
//! struct Close(Vec<f64>);
//!
//! impl Columns for Close {
//!     fn rows(&self) -> usize {
//!         self.0.len()
//!     }
//!     fn tickers(&self) -> usize {
//!         1
//!     }
//!     fn names(&self) -> Vec<String> {
//!         vec!["close".to_owned()]
//!     }
//!     fn column(&self, _: usize, name: &str) -> Option<&[f64]> {
//!         (name == "close").then_some(self.0.as_slice())
//!     }
//! }
//!
//! let change = Expression::parse("close / ref(close, 2) - 1")?;
//! let values = evaluate(&[change], &Close(vec![8.0, 9.0, 10.0, 18.0]))?;
//! assert_eq!(values.column(0, 0).map(|column| &column[2..]), Some(&[0.25, 1.0][..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod evaluator;
mod expression;
mod function;
mod graph;
mod indicators;
mod kernels;
mod lexer;
mod literal;
mod lookback;
mod lower;
mod node;
mod operation;
mod parse_error;
mod parser;
mod program;
mod sets;
mod suggest;
mod values;

pub use columns::Columns;
pub use evaluator::{EvaluateError, Evaluator, evaluate};
pub use expression::Expression;
pub use lookback::Lookback;
pub use parse_error::ParseError;
pub use sets::{Feature, FeatureSet};
pub use values::Values;
