//! The inputs of models: scaled features that are read window by window.

use crate::scalers::{ScalerError, WithinWindow, transform};
use crate::ticker_columns::TickerColumns;
use crate::window_form::WindowForm;
use artifact_core::schema::Preprocessing;
use ndarray::{Array3, ArrayView2, ArrayView3};
use std::borrow::Cow;
use std::ops::Range;

/// Scaled features with what is done to each window of them before a model reads it. Whatever reads windows of bars reads
/// them from here, or from a [`SequenceSet`](crate::SequenceSet) over it, so that a model always sees the same.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// `(blocks, rows, features)`.
    features: Array3<f32>,
    form: WindowForm,
}

impl Inputs {
    /// Scales a matrix of features, `(rows, K * kinds)`, whose columns are those of `tickers`, as a preprocessing says. Its
    /// scaler must have figures for these tickers, in this order; the columns that tell tickers apart are always those of
    /// its own tickers. `within` is what its scaler does to windows.
    ///
    /// # Errors
    ///
    /// As [`transform`].
    pub fn new(
        preprocessing: &Preprocessing,
        matrix: ArrayView2<'_, f64>,
        tickers: &[String],
        within: Option<WithinWindow>,
    ) -> Result<Self, ScalerError> {
        let (scaler, scope) = (&preprocessing.scaler, preprocessing.scope);
        let features = transform(scaler, matrix, scope, tickers.len(), within.as_ref())?;
        let told_apart = preprocessing.ticker_embedding;
        let tickers = told_apart.then(|| TickerColumns::new(&preprocessing.tickers, tickers));
        Ok(Self { features, form: WindowForm { within, tickers } })
    }

    /// The scaled features, `(blocks, rows, features)`: one block for each ticker, or one with the columns of all of them.
    /// What is done to windows is not done yet.
    pub fn features(&self) -> ArrayView3<'_, f32> {
        self.features.view()
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.features.dim().0
    }

    /// The columns of a window, including those that say which ticker it is of.
    pub fn columns(&self) -> usize {
        self.features.dim().2 + self.ticker_columns()
    }

    /// How many columns of a window, the last ones, say which ticker it is of: the number of tickers of the study, or 0.
    pub fn ticker_columns(&self) -> usize {
        self.form.ticker_columns()
    }

    /// The window of some rows of a block, row by row.
    ///
    /// # Panics
    ///
    /// If there is no such block or row.
    pub fn window(&self, block: usize, rows: Range<usize>) -> Cow<'_, [f32]> {
        let (_, all, columns) = self.features.dim();
        let flat = self.features.as_slice().expect("arrays are made in standard layout");
        assert!(rows.end <= all, "row {} is outside the {all} rows", rows.end);
        let start = block * all * columns;
        self.form.apply(block, &flat[start + rows.start * columns..start + rows.end * columns], columns)
    }

    pub(crate) fn form(&self) -> &WindowForm {
        &self.form
    }
}
