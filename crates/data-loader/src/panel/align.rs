//! From bars per ticker to one time axis.

use super::error::TickerSpan;
use super::gaps::{Gap, gaps, own_gaps};
use super::{COLUMNS, Panel, PanelError, resolve};
use crate::period::{DateRange, Period};
use crate::quality::trades_on_weekends;
use crate::sources::{RawBar, RawBars};
use artifact_core::Moment;
use artifact_core::schema::{Alignment, Clock, Fault, FaultAction, FaultKind};
use ndarray::Array3;
use std::collections::BTreeMap;
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
    let any = union_of(chosen.iter().map(dates_of));
    let dates = match alignment {
        Alignment::Union => any.clone(),
        Alignment::Intersection => common_dates(&chosen, &any)?,
    };

    let mut values = Array3::from_elem((dates.len(), chosen.len(), COLUMNS.len()), f64::NAN);
    let mut missing = Vec::new();
    for (column, bars) in chosen.iter().enumerate() {
        put(bars, &dates, column, &mut values);
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
pub(crate) fn mixed_calendars(chosen: &[RawBars]) -> Option<Fault> {
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
            "{}{} trades on weekends, {}{} does not: data.alignment = \"intersection\" keeps the common days, \"union\" \
             carries the last bar over the others",
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
///
/// # Errors
///
/// [`PanelError::MixedClocks`].
pub(crate) fn one_clock(chosen: &[RawBars]) -> Result<(), PanelError> {
    let Some((first, others)) = chosen.split_first() else { return Ok(()) };
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

/// The tickers in groups, each of which can stand on one time axis.
pub(crate) fn by_clock(chosen: Vec<RawBars>) -> Vec<Vec<RawBars>> {
    let mut groups: Vec<Vec<RawBars>> = Vec::new();
    for bars in chosen {
        match groups.iter_mut().find(|group| group.first().map(place) == Some(place(&bars))) {
            Some(group) => group.push(bars),
            None => groups.push(vec![bars]),
        }
    }
    groups
}

/// Whether a ticker's rows are moments, and of which clock.
fn place(raw: &RawBars) -> (bool, Option<Clock>) {
    let clock = dates_of(raw).any(|date| date.has_clock());
    // Dates have no clock, whatever clock their bars were made of.
    (clock, raw.clock.filter(|_| clock))
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

fn dates_of(raw: &RawBars) -> impl Iterator<Item = Moment> + Clone + '_ {
    raw.bars.iter().map(|bar| bar.date)
}

/// The dates that at least one ticker has, from the ascending dates of each.
pub(crate) fn union_of<D: Iterator<Item = Moment> + Clone>(tickers: impl Iterator<Item = D>) -> Vec<Moment> {
    let mut any: Vec<Moment> = Vec::new();
    for dates in tickers {
        // Most tickers have the same dates.
        if dates.clone().eq(any.iter().copied()) {
            continue;
        }
        any.extend(dates);
        // Two ascending runs, which the sort merges.
        any.sort();
        any.dedup();
    }
    any
}

/// The dates that all tickers have; `any` are those that at least one has.
fn common_dates(chosen: &[RawBars], any: &[Moment]) -> Result<Vec<Moment>, PanelError> {
    let mut holders = vec![0; any.len()];
    for row in chosen.iter().flat_map(|bars| rows_of(bars, any)).flatten() {
        holders[row] += 1;
    }
    // No ticker has a date twice by now, so the counts are numbers of tickers.
    let common: Vec<Moment> = any
        .iter()
        .zip(holders)
        .filter(|(_, holders)| *holders == chosen.len())
        .map(|(date, _)| *date)
        .collect();
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
fn put(raw: &RawBars, dates: &[Moment], column: usize, values: &mut Array3<f64>) {
    for (bar, row) in raw.bars.iter().zip(rows_of(raw, dates)) {
        if let Some(row) = row {
            write(bar.values(), row, column, values);
        }
    }
}

/// For each of a ticker's bars the position of its date among `dates`, if it is one of them; both are ascending.
fn rows_of<'a>(raw: &'a RawBars, dates: &'a [Moment]) -> impl Iterator<Item = Option<usize>> + 'a {
    let mut row = 0;
    dates_of(raw).map(move |date| {
        while dates.get(row).is_some_and(|earlier| *earlier < date) {
            row += 1;
        }
        (dates.get(row) == Some(&date)).then_some(row)
    })
}

fn write(cells: [f64; COLUMNS.len()], row: usize, column: usize, values: &mut Array3<f64>) {
    for (place, value) in cells.into_iter().enumerate() {
        values[[row, column, place]] = value;
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
