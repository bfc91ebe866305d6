//! From bars per ticker to one time axis.

use super::error::TickerSpan;
use super::gaps::{Gap, gaps, own_gaps};
use super::{COLUMNS, Panel, PanelError, resolve};
use crate::period::{DateRange, Period};
use crate::quality::trades_on_weekends;
use crate::sources::{RawBar, RawBars};
use artifact_core::Moment;
use artifact_core::schema::{Alignment, Clock, Fault, FaultAction, FaultKind};
use ndarray::{Array3, s};
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

/// Bars on one time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The panel, with the rows of all dates.
    pub panel: Panel,
    /// The dates of the panel that the period selects; [`cut`](super::cut) cuts the panel to them.
    pub selected: DateRange,
    /// The dates that the period asks for. A period without an end also asks for what comes after the panel's newest row,
    /// such as a newest bar that was dropped.
    pub requested: DateRange,
    /// Every run of requested dates that a ticker lacks and another has, long gaps of a ticker that no other shows, and
    /// tickers that trade on other days of the week.
    pub faults: Vec<Fault>,
}

/// Aligns the bars of several tickers on one time axis. The period, counted back from the newest row, says which of them
/// are wanted; the others are still there for what reads back, such as a delayed column.
///
/// The tickers stay in the given order, which [`choose`] makes. Each ticker's bars must be in ascending order of date, as
/// [`quality::check`](crate::quality::check) leaves them.
///
/// With [`Alignment::Union`], a date that a ticker lacks gets the previous close as open, high, low and close, and
/// volume 0, for at most `max_forward_fill` consecutive rows, also from a bar before the period. Nothing is ever filled
/// backward, since that would be lookahead: cells before a ticker's first bar, or beyond the limit, are NaN. With
/// [`Alignment::Intersection`] the limit has no effect.
///
/// # Errors
///
/// See [`PanelError`].
pub fn align(
    chosen: Vec<RawBars>,
    alignment: Alignment,
    max_forward_fill: usize,
    period: Period,
) -> Result<Aligned, PanelError> {
    if chosen.is_empty() {
        return Err(PanelError::NoTickers);
    }
    for bars in &chosen {
        check_ascending(bars)?;
    }
    one_clock(&chosen)?;
    let any: BTreeSet<Moment> = chosen.iter().flat_map(dates_of).collect();
    let any: Vec<Moment> = any.into_iter().collect();
    let dates = match alignment {
        Alignment::Union => any.clone(),
        Alignment::Intersection => common_dates(&chosen, &any)?,
    };

    let mut values = Array3::from_elem((dates.len(), chosen.len(), COLUMNS.len()), f64::NAN);
    let mut missing = Vec::new();
    for (column, bars) in chosen.iter().enumerate() {
        place(bars, &dates, column, &mut values);
        // Gaps are positions among the dates of any ticker. With a union these are the panel's rows, so `fill` may
        // write to them; with an intersection they only serve the report.
        for gap in gaps(bars, &any) {
            let whole = 0..gap.rows.len();
            match alignment {
                Alignment::Intersection => missing.push((gap, whole, FaultAction::DatesDropped)),
                Alignment::Union => {
                    let filled = fill(&gap, column, max_forward_fill, &mut values);
                    missing.push((gap.clone(), 0..filled, FaultAction::ForwardFilled));
                    missing.push((gap, filled..whole.end, FaultAction::LeftEmpty));
                }
            }
        }
    }
    let tickers = chosen.iter().map(|bars| bars.ticker.clone()).collect();
    let panel = Panel { tickers, dates, own: Vec::new(), values, subset: PhantomData };
    let selected = resolve(&panel.dates, period)?;
    let requested = requested(period, selected);
    let mut faults = Vec::from_iter(mixed_calendars(&chosen));
    faults.extend(missing.into_iter().filter_map(|(gap, part, action)| gap.fault(part, action, requested)));
    let own = chosen.iter().flat_map(|bars| own_gaps(bars, &any));
    faults.extend(own.filter(|fault| requested.contains(fault.date)));
    Ok(Aligned { panel, selected, requested, faults })
}

/// The dates that a period asks for, which resolves to `range`.
fn requested(period: Period, range: DateRange) -> DateRange {
    let (start, end) = match period {
        Period::Max => (Moment::MIN, Moment::MAX),
        Period::Years(_) | Period::Months(_) | Period::Days(_) => (range.start, Moment::MAX),
        Period::Between { start, end } => (start.unwrap_or(Moment::MIN), end.unwrap_or(Moment::MAX)),
    };
    DateRange { start, end }
}

/// Says so if some tickers trade on weekends and others do not: a fault of the first one that does.
fn mixed_calendars(chosen: &[RawBars]) -> Option<Fault> {
    let sessions = |bars: &RawBars| trades_on_weekends(&dates_of(bars).collect::<Vec<_>>());
    let with: Vec<&RawBars> = chosen.iter().filter(|bars| sessions(bars) == Some(true)).collect();
    let without: Vec<&RawBars> = chosen.iter().filter(|bars| sessions(bars) == Some(false)).collect();
    let (first, other) = (with.first()?, without.first()?);
    let more = |count: usize| if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    Some(Fault {
        ticker: first.ticker.clone(),
        date: first.bars.first()?.date,
        line: None,
        kind: FaultKind::MixedCalendars,
        detail: format!(
            "{}{} trades on weekends, {}{} does not: alignment = \"intersection\" keeps the common days, \"union\" carries \
             the last bar over the others",
            first.ticker,
            more(with.len()),
            other.ticker,
            more(without.len())
        ),
        action: FaultAction::Noted,
        rows: first.bars.len(),
        until: first.bars.last().map(|bar| bar.date),
    })
}

/// Picks the requested tickers, in the requested order; `None` means all, in order of name.
///
/// # Errors
///
/// [`PanelError::NoTickers`], [`PanelError::RepeatedTicker`], [`PanelError::UnknownTicker`] or [`PanelError::NoBars`].
pub fn choose(raw: Vec<RawBars>, wanted: Option<&[String]>) -> Result<Vec<RawBars>, PanelError> {
    let mut known = BTreeMap::new();
    for bars in raw {
        if let Some(twice) = known.insert(bars.ticker.clone(), bars) {
            return Err(PanelError::RepeatedTicker { ticker: twice.ticker });
        }
    }
    let names: Vec<String> = known.keys().cloned().collect();
    let mut chosen = Vec::new();
    for ticker in wanted.unwrap_or(&names) {
        match known.remove(ticker) {
            Some(bars) => chosen.push(bars),
            None if names.contains(ticker) => {
                return Err(PanelError::RepeatedTicker { ticker: ticker.clone() });
            }
            None => {
                return Err(PanelError::UnknownTicker { wanted: ticker.clone(), known: names });
            }
        }
    }
    match chosen.iter().find(|bars| bars.bars.is_empty()) {
        Some(empty) => Err(PanelError::NoBars { ticker: empty.ticker.clone() }),
        None if chosen.is_empty() => Err(PanelError::NoTickers),
        None => Ok(chosen),
    }
}

/// Refuses tickers whose rows cannot stand on one time axis: some of moments and some of dates, or of different clocks.
fn one_clock(chosen: &[RawBars]) -> Result<(), PanelError> {
    let Some((first, others)) = chosen.split_first() else { return Ok(()) };
    // Dates have no clock, whatever clock their bars were made of.
    let place = |raw: &RawBars| {
        let clock = dates_of(raw).any(|date| date.has_clock());
        (clock, raw.clock.filter(|_| clock))
    };
    let own = place(first);
    match others.iter().find(|other| place(other) != own) {
        None => Ok(()),
        Some(other) => {
            let describe = |(clock, which): (bool, Option<Clock>)| match (clock, which) {
                (false, _) => "dates",
                (true, Some(Clock::Utc)) => "moments in UTC",
                (true, Some(Clock::AsWritten)) => "moments as written, of an unknown zone",
                (true, None) => "moments",
            };
            Err(PanelError::MixedClocks {
                first: first.ticker.clone(),
                first_rows: describe(own),
                other: other.ticker.clone(),
                other_rows: describe(place(other)),
            })
        }
    }
}

fn check_ascending(raw: &RawBars) -> Result<(), PanelError> {
    match raw.bars.windows(2).find(|pair| pair[1].date <= pair[0].date) {
        None => Ok(()),
        Some(pair) => Err(PanelError::NotAscending {
            ticker: raw.ticker.clone(),
            line: pair[1].line,
            date: pair[1].date,
            previous: pair[0].date,
        }),
    }
}

fn dates_of(raw: &RawBars) -> impl Iterator<Item = Moment> + '_ {
    raw.bars.iter().map(|bar| bar.date)
}

/// The dates that all tickers have; `any` are those that at least one has.
fn common_dates(chosen: &[RawBars], any: &[Moment]) -> Result<Vec<Moment>, PanelError> {
    let mut holders: BTreeMap<Moment, usize> = BTreeMap::new();
    for date in chosen.iter().flat_map(dates_of) {
        *holders.entry(date).or_default() += 1;
    }
    // No ticker has a date twice by now, so the counts are numbers of tickers.
    let is_common = |date: &&Moment| holders.get(*date) == Some(&chosen.len());
    let common: Vec<Moment> = any.iter().filter(is_common).copied().collect();
    if common.is_empty() {
        let span = |raw: &RawBars| {
            let (first, last) = (raw.bars.first()?, raw.bars.last()?);
            let range = DateRange { start: first.date, end: last.date };
            Some(TickerSpan { ticker: raw.ticker.clone(), range })
        };
        let spans = chosen.iter().filter_map(span).collect();
        return Err(PanelError::NoCommonDate { spans });
    }
    Ok(common)
}

/// Writes a ticker's bars into the rows of their dates; bars on other dates are left out.
fn place(raw: &RawBars, dates: &[Moment], column: usize, values: &mut Array3<f64>) {
    for bar in &raw.bars {
        if let Ok(row) = dates.binary_search(&bar.date) {
            write(bar.values(), row, column, values);
        }
    }
}

fn write(cells: [f64; COLUMNS.len()], row: usize, column: usize, values: &mut Array3<f64>) {
    for (target, value) in values.slice_mut(s![row, column, ..]).iter_mut().zip(cells) {
        *target = value;
    }
}

/// Carries the close before a gap forward into it, up to the limit; returns the number of rows that it filled.
fn fill(gap: &Gap, column: usize, limit: usize, values: &mut Array3<f64>) -> usize {
    let Some(RawBar { close, volume, .. }) = gap.before else { return 0 };
    let filled = gap.rows.len().min(limit);
    // Nothing was traded; but where the source knows no volume, it is unknown here too.
    let volume = if volume.is_nan() { f64::NAN } else { 0.0 };
    for row in gap.rows.clone().take(filled) {
        write([*close, *close, *close, *close, volume], row, column, values);
    }
    filled
}
