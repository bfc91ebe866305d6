//! Features written as expressions, reimplemented from `docs/features.md`.
//!
//! ```text
//! feature --> columns --> named_sets    the formulas of its columns
//!                         parser        tokens, the functions' arguments --> tree
//! tree, panel --> walker  the value at one row of one ticker, by recursion
//!                   |-- row           operators on one row
//!                   |-- windows, pairs, across   on the values of a window or of a date; statistics
//!                   `-- indicators, bar_indicators
//! ```
//!
//! A walk reads only the rows up to the one asked for: no function here is ever given a later one.
//!
//! Where the page leaves a choice, these are the ones made here:
//!
//! - Letters and digits are those of ASCII; white space is space, tab, line feed and carriage return. A character is a
//!   Unicode scalar value.
//! - Each pair of parentheses, call, sign, `not` and exponent nests what it holds one deeper; a chain such as
//!   `a + b + c` does not.
//! - A number too large for a double is infinite, but `k` must be finite.
//! - The arguments of indicators are bounded like lags and windows.
//! - `ema` passes over infinite values. With `n = 1` it keeps the last value too, where the weights are all 0.
//! - The mean of values lies between the smallest and the largest of them, so that equal values have no spread.
//! - An indicator over a window needs the cells that its formula names and no others: `momentum(n)` the closes of two
//!   rows, `stochastic_k(n)` the close of the current row, `true_range()` the earlier row's close but not the current
//!   one, `mfi(n)` no volume of its oldest row.
//! - A parameter of a wrong type, or no formula, is an error; an unknown parameter means another feature.

mod across;
mod bar_indicators;
mod columns;
mod error;
mod functions;
mod indicators;
mod named_sets;
mod pairs;
mod panel;
mod parser;
mod row;
mod statistics;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
mod walker;
mod windows;

pub(crate) use columns::columns;
pub(crate) use error::ExpressionError;
pub(crate) use panel::Panel;
pub(crate) use tree::Tree;
pub(crate) use walker::evaluate;
