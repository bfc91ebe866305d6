//! What a scaler is.

use artifact_core::Params;
use settings::part::Part;

/// Computes what is subtracted from the cells of some columns and what they are divided by.
pub trait Scaler: Part {
    /// Fits on the finite cells of one column, or of one feature of all tickers together: row by row, and ticker by
    /// ticker within a row. There is at least one cell. The same cells must always give the same bits.
    fn fit(&self, cells: &[f64], params: &Params) -> Affine;
}

/// `(x - centre) / scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// What is subtracted: a finite number.
    pub centre: f64,
    /// What is divided by: a finite number above 0. `None` if there is nothing to divide by, as when all cells are
    /// equal: they are then only centred, and the preprocessing records a warning.
    pub scale: Option<f64>,
}
