//! What a scaler does to single windows.

use std::fmt;
use std::sync::Arc;

/// Scales single windows in place, each by its own values.
///
/// A window cannot leak: it holds nothing but the rows that the model may read when it decides.
#[derive(Clone)]
pub struct WithinWindow {
    function: Arc<Function>,
}

type Function = dyn Fn(&mut [f32], usize) + Send + Sync;

impl WithinWindow {
    /// Scales by `function`, which gets the values of a window, `(seq_length, columns)` row by row and oldest row first,
    /// and the number of columns. A cell without a value is NaN. The same values must always give the same bits.
    ///
    /// The columns are those of one ticker, or with the joint scope those of all tickers side by side.
    pub fn new(function: impl Fn(&mut [f32], usize) + Send + Sync + 'static) -> Self {
        Self { function: Arc::new(function) }
    }

    /// Scales the values of a window with `columns` columns. Those that are not finite afterwards become 0.
    pub fn apply(&self, window: &mut [f32], columns: usize) {
        (self.function)(window, columns);
        // Only now: before, a 0 would count as a value.
        window.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
    }
}

impl fmt::Debug for WithinWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithinWindow")
    }
}
