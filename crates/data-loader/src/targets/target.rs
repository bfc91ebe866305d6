//! What a target is, and what it says of a decision.

use super::entry::Entry;
use super::task::Task;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Part;

/// The class code where a label cannot be computed: neither training nor scoring counts it.
pub const MASKED: i8 = -1;

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

    /// Up above 0, Down below, Hold at 0.
    pub(super) fn of_sign(value: f64) -> Self {
        Class::of(value > 0.0, value < 0.0).unwrap_or(Class::Hold)
    }
}

/// What is to be predicted of one decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Label {
    /// A class, for [`Task::Classes`].
    Class(Class),
    /// A finite number, for every other task.
    Value(f64),
}

/// What follows from one decision: the label, and the trade that it stands for.
///
/// The trade enters at the target's [`Entry`] and is held to the close of the horizon's last row, unless `exit` says
/// otherwise. It is long: what it earns is what a prediction of Up earns, and a prediction of Down earns the opposite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The label.
    pub label: Label,
    /// Where the trade ends, if not at the close of the horizon's last row.
    pub exit: Option<Exit>,
    /// Whether the trade is short, so that a prediction of Up earns from a fall. Default false.
    pub short: bool,
}

/// Where a trade ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// The rows after the decision row: from 1 to the horizon.
    pub rows: usize,
    /// The price, above 0.
    pub price: f64,
}

impl From<Class> for Outcome {
    fn from(class: Class) -> Self {
        Self { label: Label::Class(class), exit: None, short: false }
    }
}

impl Outcome {
    /// A number to predict, and a trade to the close of the horizon's last row.
    pub fn value(value: f64) -> Self {
        Self { label: Label::Value(value), exit: None, short: false }
    }

    /// The same with another end of the trade.
    #[must_use]
    pub fn exit(self, exit: Option<Exit>) -> Self {
        Self { exit, ..self }
    }
}

/// What is to be predicted: a class or a number for each decision row, from what one ticker's price does next.
pub trait Target: Part {
    /// What kind of number or class is predicted; classes by default. `params` are complete.
    fn task(&self, _params: &Params) -> Task {
        Task::Classes
    }

    /// Where the trade behind a label enters; by default at the close of the decision row.
    fn entry(&self, _params: &Params) -> Entry {
        Entry::Close
    }

    /// How many rows before the decision row an outcome may depend on, for example to measure volatility; none by
    /// default.
    fn lookback(&self, _params: &Params) -> usize {
        0
    }

    /// The columns of one's own that it reads; none by default.
    fn columns(&self, _params: &Params) -> Vec<String> {
        Vec::new()
    }

    /// Checks what the declaration cannot: whether the parameters, each allowed on its own, make a target for this
    /// `horizon`. By default, whether the trade enters before the horizon ends.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    fn check(&self, horizon: usize, params: &Params) -> Result<(), String> {
        self.entry(params).check(horizon)
    }

    /// The outcome of every row as a decision row, one per row; `None` where it is unknown, which masks the label.
    ///
    /// The outcome of row `d` must depend on the rows `d - lookback ..= d + horizon` and no others: purge, embargo and
    /// the boundary before the test rows rely on it, and the audit checks it. So it is `None` where row `d + horizon`
    /// does not exist. `horizon` is the `time_window` (W), at least 1; `params` are complete.
    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>>;

    /// The outcomes of every ticker, in the order of `tickers`, which share their rows. A target that compares tickers
    /// overrides this; by default each ticker is on its own.
    fn outcomes_of_all(
        &self,
        tickers: &[TickerBars<'_>],
        horizon: usize,
        params: &Params,
    ) -> Vec<Vec<Option<Outcome>>> {
        tickers.iter().map(|bars| self.outcomes(bars, horizon, params)).collect()
    }
}
