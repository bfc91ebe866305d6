//! The panel: the bars of all tickers on one time axis.

mod align;
mod columns;
mod error;
mod gaps;

pub use align::{Aligned, align, choose};
pub(crate) use align::{by_clock, mixed_calendars, one_clock, union_of};
pub use columns::add_columns;
pub use error::{PanelError, TickerSpan};

use crate::period::{DateRange, Period};
use crate::subset::{Subset, Whole};
use artifact_core::Moment;
use artifact_core::schema::{COLUMNS, is_own_column};
use ndarray::{Array3, ArrayView2, ArrayView3, s};
use std::marker::PhantomData;
use std::ops::Range;

/// The positions of open, close and volume in [`COLUMNS`].
const OPEN: usize = 0;
const CLOSE: usize = 3;
const VOLUME: usize = 4;

/// Bars on one time axis: `T` rows (dates or, intraday, moments; ascending, each once) by `K` tickers; `P` is the subset
/// the rows belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel<P: Subset = Whole> {
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The rows' dates; for intraday bars with the time of day at which each begins.
    pub dates: Vec<Moment>,
    pub(crate) own: Vec<String>,
    pub(crate) values: Array3<f64>,
    pub(crate) subset: PhantomData<P>,
}

impl Panel {
    /// Makes a panel of your own bars: `dates` ascending, each a [`Moment`] or a [`NaiveDate`](chrono::NaiveDate),
    /// `values` of shape `(T, K, 5)`, laid out as in [`Panel::values`].
    ///
    /// # Errors
    ///
    /// [`PanelError::NoTickers`], [`PanelError::RepeatedTicker`], [`PanelError::Shape`] or [`PanelError::Unordered`].
    pub fn new<D: Into<Moment>>(
        tickers: Vec<String>,
        dates: Vec<D>,
        values: Array3<f64>,
    ) -> Result<Self, PanelError> {
        let dates: Vec<Moment> = dates.into_iter().map(D::into).collect();
        if tickers.is_empty() {
            return Err(PanelError::NoTickers);
        }
        if let Some((_, ticker)) =
            tickers.iter().enumerate().find(|(place, ticker)| tickers[..*place].contains(ticker))
        {
            return Err(PanelError::RepeatedTicker { ticker: ticker.clone() });
        }
        let (found, expected) = (values.dim(), (dates.len(), tickers.len(), COLUMNS.len()));
        if found != expected {
            return Err(PanelError::Shape { found, expected });
        }
        if let Some(pair) = dates.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(PanelError::Unordered { date: pair[1], previous: pair[0] });
        }
        Ok(Self { tickers, dates, own: Vec::new(), values, subset: PhantomData })
    }

    /// Adds columns of one's own, `values` of shape `(T, K, names)`: what was known at each row, NaN where nothing was.
    /// They do not make a bar, and a bar does not need them.
    ///
    /// # Errors
    ///
    /// [`PanelError::Shape`], or [`PanelError::ColumnName`] for a name that is taken or that no expression could read.
    pub fn with_columns(self, names: Vec<String>, values: &Array3<f64>) -> Result<Self, PanelError> {
        let mut own = self.own;
        for name in names {
            if !is_own_column(&name) || own.contains(&name) {
                return Err(PanelError::ColumnName { name });
            }
            own.push(name);
        }
        let (rows, tickers, before) = self.values.dim();
        let (found, expected) = (values.dim(), (rows, tickers, COLUMNS.len() + own.len() - before));
        if found != expected {
            return Err(PanelError::Shape { found, expected });
        }
        let mut all = Array3::zeros((rows, tickers, COLUMNS.len() + own.len()));
        all.slice_mut(s![.., .., ..before]).assign(&self.values);
        all.slice_mut(s![.., .., before..]).assign(values);
        Ok(Self { own, values: all, ..self })
    }
}

impl<P: Subset> Panel<P> {
    /// The values, `(T, K, 5 + n)`: [`COLUMNS`], then the `n` columns of one's own, [`Panel::own_columns`]. Prices are in
    /// the source's currency, volumes in shares.
    ///
    /// After [`Alignment::Union`](artifact_core::schema::Alignment::Union) the five cells of a ticker are NaN together
    /// where it has no bar and none to carry forward: labels are masked there and scaled features are 0. After
    /// [`Alignment::Intersection`](artifact_core::schema::Alignment::Intersection) none of them is NaN. A cell of one's own
    /// column is NaN where no value is known.
    pub fn values(&self) -> ArrayView3<'_, f64> {
        self.values.view()
    }

    /// The names of the columns of one's own, in stored order.
    pub fn own_columns(&self) -> &[String] {
        &self.own
    }

    /// The number of rows, `T`.
    pub fn rows(&self) -> usize {
        self.dates.len()
    }

    /// The number of tickers, `K`.
    pub fn ticker_count(&self) -> usize {
        self.tickers.len()
    }

    /// Whether any row has a time of day.
    pub fn has_clock(&self) -> bool {
        self.dates.iter().any(|date| date.has_clock())
    }

    /// How many rows a year has, by the dates: the steps from the first row to the first one of the last date, over the
    /// years between them, of 365.25 days; nights and weekends between intraday sessions count. Within a single date all
    /// steps count, over the time that they take. 365.25 where there are fewer than two rows.
    pub fn bars_per_year(&self) -> f64 {
        const DAYS_PER_YEAR: f64 = 365.25;
        const SECONDS_PER_DAY: f64 = 86_400.0;
        let (Some(first), Some(last)) = (self.dates.first(), self.dates.last()) else { return DAYS_PER_YEAR };
        // From session to session: up to the last row, the night after the last session would be missing.
        let steps = match self.dates.partition_point(|date| *date < last.day()) {
            0 => self.rows() - 1,
            sessions => sessions,
        };
        let days = (self.dates[steps] - *first).num_seconds() as f64 / SECONDS_PER_DAY;
        if days > 0.0 { steps as f64 / days * DAYS_PER_YEAR } else { DAYS_PER_YEAR }
    }

    /// The opening prices, `(T, K)`.
    pub fn open(&self) -> ArrayView2<'_, f64> {
        self.values.slice(s![.., .., OPEN])
    }

    /// The closing prices, `(T, K)`.
    pub fn close(&self) -> ArrayView2<'_, f64> {
        self.values.slice(s![.., .., CLOSE])
    }

    /// The volumes, `(T, K)`.
    pub fn volume(&self) -> ArrayView2<'_, f64> {
        self.values.slice(s![.., .., VOLUME])
    }

    /// Copies the rows of `range`.
    ///
    /// # Panics
    ///
    /// If the range extends past the last row, as slicing does.
    pub fn slice_rows(&self, range: Range<usize>) -> Self {
        Self {
            tickers: self.tickers.clone(),
            dates: self.dates[range.clone()].to_vec(),
            own: self.own.clone(),
            values: self.values.slice(s![range, .., ..]).to_owned(),
            subset: PhantomData,
        }
    }

    /// Relabels the rows as another subset. Only this crate may do so: it knows which rows it loaded.
    pub(crate) fn into_subset<Q: Subset>(self) -> Panel<Q> {
        let Self { tickers, dates, own, values, .. } = self;
        Panel { tickers, dates, own, values, subset: PhantomData }
    }
}

/// Cuts a panel to a period, counted back from its newest row.
///
/// Returns the selected rows and the absolute dates that the period resolves to; selecting [`Period::Between`] those
/// dates gives the same rows.
///
/// # Errors
///
/// [`PanelError::EmptyPeriod`] if no row is left, which includes a panel without rows.
pub fn select_period(panel: &Panel, period: Period) -> Result<(Panel, DateRange), PanelError> {
    let range = resolve(&panel.dates, period)?;
    Ok((cut(panel, range), range))
}

/// The rows of a panel that lie in `range`.
pub fn cut(panel: &Panel, range: DateRange) -> Panel {
    panel.slice_rows(rows_within(&panel.dates, range))
}

/// The absolute dates that a period resolves to on ascending dates.
fn resolve(dates: &[Moment], period: Period) -> Result<DateRange, PanelError> {
    let available = match (dates.first(), dates.last()) {
        (Some(&start), Some(&end)) => Some(DateRange { start, end }),
        _ => None,
    };
    let range = available.map(|available| period.resolve(available.start, available.end));
    let selected = range.filter(|&range| !rows_within(dates, range).is_empty());
    selected.ok_or(PanelError::EmptyPeriod { period, available })
}

/// The positions of the dates that lie in `range`; `dates` is ascending.
fn rows_within(dates: &[Moment], range: DateRange) -> Range<usize> {
    let start = dates.partition_point(|&date| date < range.start);
    let end = dates.partition_point(|&date| date <= range.until());
    // A period such as `2016-01-01..` that starts after the newest bar resolves to an end before its start.
    start..end.max(start)
}

#[cfg(test)]
mod tests;
