//! What a feature is.

use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use expressions::Lookback;
use rayon::prelude::*;
use settings::part::Part;

/// Computes columns from bars.
///
/// A feature must be causal: row `t` of its columns depends on the bars of rows `0 ..= t` alone. The
/// leak audit calls it on bars truncated after every row, and the claim fails if a value before the cut changes.
pub trait Feature: Part {
    /// The names of the columns, in order: at least one, none empty, and the same on every call with equal `params`.
    fn columns(&self, params: &Params) -> Vec<String>;

    /// Checks what the declaration cannot: whether the parameters, each allowed on its own, make a feature.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    fn check(&self, _params: &Params) -> Result<(), String> {
        Ok(())
    }

    /// Checks that the columns which it reads by name are there: besides those of a bar only `own`, the columns of one's
    /// own. A feature that reads such columns overrides this, so that one that is missing is reported before any work.
    ///
    /// # Errors
    ///
    /// Which column is missing, and which there are.
    fn check_columns(&self, _params: &Params, _own: &[String]) -> Result<(), String> {
        Ok(())
    }

    /// The rows before a row that its values there read. A prediction needs as many before its window, to see there what
    /// training saw. [`Lookback::Unbounded`], the default, promises nothing.
    fn lookback(&self, _params: &Params) -> Lookback {
        Lookback::Unbounded
    }

    /// The columns of one ticker: as many as [`Feature::columns`] names, each with one value per row of `bars`. NaN
    /// marks an unknown value; scaling turns it into 0, the centre.
    ///
    /// `params` are complete: every declared parameter is present, with its default if none was given.
    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>>;

    /// The columns of every ticker, in the order of `tickers`, which share their rows. A feature that compares tickers
    /// overrides this; by default each ticker is computed on its own.
    fn compute_all(&self, tickers: &[TickerBars<'_>], params: &Params) -> Vec<Vec<Vec<f64>>> {
        tickers.par_iter().map(|bars| self.compute(bars, params)).collect()
    }
}
