//! From bars per ticker to one time axis.

use super::error::TickerSpan;
use super::gaps::gaps;
use super::{COLUMNS, Panel, PanelError};
use crate::period::DateRange;
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Alignment, Fault, FaultAction};
use chrono::NaiveDate;
use ndarray::{Array3, s};
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

/// Aligns the bars of several tickers on one time axis.
///
/// `tickers` selects and orders the tickers; `None` means all, in order of name. Each ticker's bars must be in
/// ascending order of date, as [`quality::check`](crate::quality::check) leaves them.
///
/// With [`Alignment::Union`], a date that a ticker lacks gets the previous close as open, high, low and close, and
/// volume 0, for at most `max_forward_fill` consecutive rows. Nothing is ever filled backward, since that would be
/// lookahead: cells before a ticker's first bar, or beyond the limit, are NaN. With [`Alignment::Intersection`] the
/// limit has no effect.
///
/// The faults list every run of dates that a ticker lacks and another has.
///
/// # Errors
///
/// See [`PanelError`].
pub fn align(
    raw: Vec<RawBars>,
    tickers: Option<&[String]>,
    alignment: Alignment,
    max_forward_fill: usize,
) -> Result<(Panel, Vec<Fault>), PanelError> {
    let chosen = choose(raw, tickers)?;
    for bars in &chosen {
        check_ascending(bars)?;
    }
    let any: BTreeSet<NaiveDate> = chosen.iter().flat_map(dates_of).collect();
    let any: Vec<NaiveDate> = any.into_iter().collect();
    let dates = match alignment {
        Alignment::Union => any.clone(),
        Alignment::Intersection => common_dates(&chosen, &any)?,
    };

    let mut values = Array3::from_elem((dates.len(), chosen.len(), COLUMNS.len()), f64::NAN);
    let mut faults = Vec::new();
    for (column, bars) in chosen.iter().enumerate() {
        place(bars, &dates, column, &mut values);
        // Gaps are positions among the dates of any ticker. With a union these are the panel's rows, so `fill` may
        // write to them; with an intersection they only serve the report.
        for gap in gaps(bars, &any) {
            match alignment {
                Alignment::Intersection => {
                    faults.push(gap.fault(0..gap.rows.len(), FaultAction::DatesDropped))
                }
                Alignment::Union => faults.extend(fill(&gap, column, max_forward_fill, &mut values)),
            }
        }
    }
    let tickers = chosen.into_iter().map(|bars| bars.ticker).collect();
    Ok((Panel { tickers, dates, own: Vec::new(), values, subset: PhantomData }, faults))
}

/// Picks the requested tickers, in the requested order.
fn choose(raw: Vec<RawBars>, wanted: Option<&[String]>) -> Result<Vec<RawBars>, PanelError> {
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

fn dates_of(raw: &RawBars) -> impl Iterator<Item = NaiveDate> + '_ {
    raw.bars.iter().map(|bar| bar.date)
}

/// The dates that all tickers have; `any` are those that at least one has.
fn common_dates(chosen: &[RawBars], any: &[NaiveDate]) -> Result<Vec<NaiveDate>, PanelError> {
    let mut holders: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for date in chosen.iter().flat_map(dates_of) {
        *holders.entry(date).or_default() += 1;
    }
    // No ticker has a date twice by now, so the counts are numbers of tickers.
    let is_common = |date: &&NaiveDate| holders.get(*date) == Some(&chosen.len());
    let common: Vec<NaiveDate> = any.iter().filter(is_common).copied().collect();
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
fn place(raw: &RawBars, dates: &[NaiveDate], column: usize, values: &mut Array3<f64>) {
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

/// Carries the close before a gap forward into it, up to the limit; returns the faults that record it.
fn fill(gap: &super::gaps::Gap, column: usize, limit: usize, values: &mut Array3<f64>) -> Vec<Fault> {
    let rows = gap.rows.len();
    let filled = gap.before.map_or(0, |_| rows.min(limit));
    if let Some(RawBar { close, .. }) = gap.before {
        for row in gap.rows.clone().take(filled) {
            write([*close, *close, *close, *close, 0.0], row, column, values);
        }
    }
    [(0..filled, FaultAction::ForwardFilled), (filled..rows, FaultAction::LeftEmpty)]
        .into_iter()
        .filter(|(part, _)| !part.is_empty())
        .map(|(part, action)| gap.fault(part, action))
        .collect()
}
