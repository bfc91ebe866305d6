//! What a target is, and the classes it distinguishes.

use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Part;

/// What a price does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It stays where it is.
    Hold,
    /// It rises.
    Up,
    /// It falls.
    Down,
}

impl Class {
    /// The class code: 0, 1, 2.
    pub fn code(self) -> i8 {
        match self {
            Class::Hold => 0,
            Class::Up => 1,
            Class::Down => 2,
        }
    }

    /// Up, else Down, else none.
    pub(super) fn of(up: bool, down: bool) -> Option<Self> {
        match (up, down) {
            (true, _) => Some(Class::Up),
            (false, true) => Some(Class::Down),
            (false, false) => None,
        }
    }
}

/// Labels rows with what one ticker's price does next.
pub trait Target: Part {
    /// The class of every row as a decision row, one per row; `None` where it is unknown, which masks the label.
    ///
    /// The class of row `d` must depend on the rows `d ..= d + horizon` and no others: purge, embargo and the
    /// boundary before the test rows rely on it, and the audit checks it. So it is `None` where row `d + horizon` does
    /// not exist. `horizon` is the `time_window` (W), at least 1; `params` are complete.
    fn labels(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Class>>;
}
