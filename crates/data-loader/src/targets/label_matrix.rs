//! The labels of a panel, and the trades that they stand for.

use super::entry::{Entry, entry_price};
use super::prices::is_price;
use super::target::{Class, Exit, Label, MASKED, Outcome, Target};
use super::target_error::TargetError;
use super::task::Task;
use crate::panel::Panel;
use crate::random::Stream;
use crate::subset;
use crate::ticker_bars::{BarColumns, TickerBars};
use artifact_core::IndexSet;
use artifact_core::seed::Purpose;
use ndarray::{Array2, ArrayView2};
use settings::part::Chosen;
use std::marker::PhantomData;

/// The labels of all rows of a panel, `(T, K)`, by decision row. `P` is the subset that the rows belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMatrix<P: subset::Subset> {
    task: Task,
    entry: Entry,
    codes: Array2<i8>,
    values: Option<Array2<f32>>,
    returns: Array2<f32>,
    held: Option<Array2<Held>>,
    subset: PhantomData<P>,
}

/// How a trade is held, where that differs from one trade to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The rows after the decision row, up to the one in which the trade ends; 0 where there is no label.
    pub rows: u32,
    /// 1 where a prediction of Up earns from a rise, -1 where it earns from a fall.
    pub side: i8,
}

impl<P: subset::Subset> LabelMatrix<P> {
    /// Labels a panel's rows, with a time window of `time_window` rows.
    ///
    /// # Errors
    ///
    /// [`TargetError`] if the target cannot have this time window, or breaks its contract.
    pub fn of(
        panel: &Panel<P>,
        target: &Chosen<dyn Target>,
        time_window: usize,
    ) -> Result<Self, TargetError> {
        let bars: Vec<BarColumns> =
            (0..panel.ticker_count()).map(|ticker| BarColumns::of(panel, ticker)).collect();
        let bars: Vec<TickerBars<'_>> = bars.iter().map(BarColumns::bars).collect();
        Self::of_bars(&bars, panel.rows(), target, time_window)
    }

    fn of_bars(
        bars: &[TickerBars<'_>],
        rows: usize,
        target: &Chosen<dyn Target>,
        time_window: usize,
    ) -> Result<Self, TargetError> {
        let Chosen { part, component, params } = target;
        let name = || component.to_string();
        part.check(time_window, params).map_err(|reason| TargetError::Horizon {
            target: name(),
            horizon: time_window,
            reason,
        })?;
        let missing = |column: &String| bars.iter().any(|bars| bars.column(column).is_none());
        if let Some(column) = part.columns(params).into_iter().find(missing) {
            let own = bars.first().map(|bars| bars.own_columns().join(", ")).unwrap_or_default();
            let found = if own.is_empty() { "none of one's own".to_owned() } else { own };
            return Err(TargetError::Column { target: name(), column, found });
        }
        let all = part.outcomes_of_all(bars, time_window, params);
        if all.len() != bars.len() {
            return Err(TargetError::Tickers { target: name(), found: all.len(), expected: bars.len() });
        }
        if let Some(outcomes) = all.iter().find(|outcomes| outcomes.len() != rows) {
            return Err(TargetError::Rows { target: name(), found: outcomes.len(), expected: rows });
        }
        let (task, entry, shape) = (part.task(params), part.entry(params), (rows, bars.len()));
        let plain =
            |outcome: &Option<Outcome>| outcome.is_none_or(|found| found.exit.is_none() && !found.short);
        let mut matrix = Self {
            codes: Array2::from_elem(shape, MASKED),
            values: (!task.is_classes()).then(|| Array2::from_elem(shape, f32::NAN)),
            returns: Array2::from_elem(shape, f32::NAN),
            held: (!all.iter().flatten().all(plain))
                .then(|| Array2::from_elem(shape, Held { rows: 0, side: 1 })),
            task,
            entry,
            subset: PhantomData,
        };
        for (ticker, outcomes) in all.iter().enumerate() {
            for (row, outcome) in outcomes.iter().enumerate() {
                let Some(outcome) = outcome else { continue };
                matrix.set((row, ticker), outcome, &bars[ticker], time_window).map_err(
                    |fault| match fault {
                        Fault::Label(expected) => {
                            let found = format!("{:?}", outcome.label);
                            TargetError::Label { target: name(), row, found, expected }
                        }
                        Fault::Exit(Exit { rows, price }) => {
                            TargetError::Exit { target: name(), row, rows, price, horizon: time_window }
                        }
                    },
                )?;
            }
        }
        Ok(matrix)
    }

    fn set(
        &mut self,
        place: (usize, usize),
        outcome: &Outcome,
        bars: &TickerBars<'_>,
        time_window: usize,
    ) -> Result<(), Fault> {
        match (outcome.label, &mut self.values) {
            (Label::Class(class), None) => self.codes[place] = class.code(),
            (Label::Value(value), Some(values)) if value.is_finite() => {
                values[place] = value as f32;
                self.codes[place] = Class::of_sign(value).code();
            }
            (_, None) => return Err(Fault::Label("a class, since its task is to predict classes")),
            (_, Some(_)) => return Err(Fault::Label("a finite number, since its task is to predict one")),
        }
        let (row, _) = place;
        if let Some(exit) = outcome.exit
            && !((1..=time_window).contains(&exit.rows) && is_price(exit.price))
        {
            return Err(Fault::Exit(exit));
        }
        let last = || bars.close().get(row + time_window).copied().filter(|&close| is_price(close));
        let end = outcome.exit.map_or_else(last, |exit| Some(exit.price));
        let side = if outcome.short { -1 } else { 1 };
        if let (Some(entry), Some(end)) = (entry_price(self.entry, bars, row), end) {
            self.returns[place] = (f64::from(side) * (end / entry - 1.0)) as f32;
        }
        if let Some(held) = &mut self.held {
            let rows = outcome.exit.map_or(time_window, |exit| exit.rows);
            held[place] = Held { rows: u32::try_from(rows).unwrap_or(u32::MAX), side };
        }
        Ok(())
    }

    /// What is predicted.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Where trades enter.
    pub fn entry(&self) -> Entry {
        self.entry
    }

    /// The class codes, `(T, K)`: those of [`Class::code`], or [`MASKED`]. A number's class is its sign: Up above 0, Down
    /// below, Hold at 0.
    pub fn codes(&self) -> ArrayView2<'_, i8> {
        self.codes.view()
    }

    /// The numbers to predict, `(T, K)`, NaN where there is none; `None` where classes are predicted.
    pub fn values(&self) -> Option<ArrayView2<'_, f32>> {
        self.values.as_ref().map(|values| values.view())
    }

    /// What each trade earns before cost, `(T, K)`: a fraction of its entry price; NaN where unknown.
    pub fn returns(&self) -> ArrayView2<'_, f32> {
        self.returns.view()
    }

    /// How each trade is held, `(T, K)`; `None` where all are long to the end of the time window.
    pub fn held(&self) -> Option<ArrayView2<'_, Held>> {
        self.held.as_ref().map(|held| held.view())
    }

    /// Divides the numbers to predict by `scale`, above 0.
    pub(crate) fn divide(&mut self, scale: f64) {
        if let Some(values) = &mut self.values {
            values.mapv_inplace(|value| (f64::from(value) / scale) as f32);
        }
    }

    /// Permutes the labels of `rows`, see [`permute`]; what trades earn stays in place.
    ///
    /// # Panics
    ///
    /// As [`permute`].
    pub fn permute(&mut self, rows: &IndexSet, seed: u64) {
        if let Some(values) = &mut self.values {
            permute(values, rows, seed, |value| !value.is_nan());
        }
        permute(&mut self.codes, rows, seed, |&code| code != MASKED);
    }
}

/// What is wrong with one outcome.
enum Fault {
    Label(&'static str),
    Exit(Exit),
}

/// Permutes the labels of the decision rows `rows` that are `known` among themselves, per ticker: the negative control.
///
/// The balance of the labels stays, but what the inputs say about them is gone: a pipeline that still scores better than
/// chance has a leak. Masked labels stay where they are. The shuffle is Fisher and Yates's, from the last place to the
/// first, on the ticker's own stream of [`Purpose::LabelPermutation`].
///
/// # Panics
///
/// If a row lies outside `labels`.
pub fn permute<T>(labels: &mut Array2<T>, rows: &IndexSet, seed: u64, known: impl Fn(&T) -> bool) {
    for (ticker, mut column) in labels.columns_mut().into_iter().enumerate() {
        let mut stream = Stream::of_ticker(seed, Purpose::LabelPermutation, ticker);
        // Masks stay where they are: moved, they would change which sequences count, not only what their labels say.
        let valid: Vec<usize> = rows.iter().filter(|&row| known(&column[row])).collect();
        for place in (1..valid.len()).rev() {
            column.swap(valid[place], valid[stream.below(place + 1)]);
        }
    }
}
