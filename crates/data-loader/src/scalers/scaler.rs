//! What a scaler is.

use super::WithinWindow;
use artifact_core::Params;
use settings::part::Part;

/// Computes what is subtracted from the cells of some columns and what they are divided by, and may scale each window
/// on its own afterwards.
pub trait Scaler: Part {
    /// Fits on the finite cells of one column, or of one feature of all tickers together: row by row, and ticker by
    /// ticker within a row. There is at least one cell. The same cells must always give the same bits.
    fn fit(&self, cells: &[f64], params: &Params) -> Affine;

    /// What is done to each window of cells that centre and scale have been applied to; `None`, the default, if nothing.
    /// A scaler that works on windows alone fits [`Affine::IDENTITY`].
    ///
    /// `columns` are the names of one ticker's feature columns, in order.
    ///
    /// # Errors
    ///
    /// What is wrong with the parameters, given these columns.
    fn within_window(&self, _columns: &[String], _params: &Params) -> Result<Option<WithinWindow>, String> {
        Ok(None)
    }
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

impl Affine {
    /// Leaves every cell as it is.
    pub const IDENTITY: Self = Self { centre: 0.0, scale: Some(1.0) };
}
