//! What a feature is.

use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Part;

/// Computes columns from one ticker's bars.
///
/// A feature must be causal: row `t` of its columns depends on the bars of rows `0 ..= t` alone. The
/// leak audit calls it on bars truncated after every row, and the claim fails if a value before the cut changes.
pub trait Feature: Part {
    /// The names of the columns, in order: at least one, none empty, and the same on every call with equal `params`.
    fn columns(&self, params: &Params) -> Vec<String>;

    /// The columns of one ticker: as many as [`Feature::columns`] names, each with one value per row of `bars`. NaN
    /// marks an unknown value; scaling turns it into 0, the centre.
    ///
    /// `params` are complete: every declared parameter is present, with its default if none was given.
    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>>;
}
