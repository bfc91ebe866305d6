//! Rows in order of date, and each date once.

use super::fault::of_row;
use super::{QualityError, QualityPolicy};
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Clock, Fault, FaultAction, FaultKind};
use settings::{Duplicates, Unordered};
use std::collections::HashMap;

/// Sorts a ticker's rows by date, and leaves one of those with the same date; one fault covers all rows that were out of
/// order, and each row that is left out has one.
///
/// Of equal rows the first stays, and an empty row gives way to one with prices. Rows that contradict each other are
/// handled by the policy.
pub(super) fn order(raw: &mut RawBars, policy: &QualityPolicy) -> Result<Vec<Fault>, QualityError> {
    refuse_repeated_hours(raw, policy.duplicates)?;
    let mut faults = Vec::from_iter(misplaced(raw, policy.unordered)?);
    let mut rows: Vec<usize> = (0..raw.bars.len()).collect();
    // A stable sort: of two rows for the same date the one read first stays first.
    rows.sort_by_key(|&row| raw.bars[row].date);
    let mut kept = Vec::with_capacity(rows.len());
    for same_date in rows.chunk_by(|&a, &b| raw.bars[a].date == raw.bars[b].date) {
        let [row] = same_date else {
            kept.push(one_of(raw, same_date, policy.duplicates, &mut faults)?);
            continue;
        };
        kept.push(*row);
    }
    // The usual file is in order, and nothing has to move.
    if kept.len() != raw.bars.len() || !kept.is_sorted() {
        raw.take_rows(&kept);
    }
    Ok(faults)
}

/// Refuses different bars at one stamp of a wall clock, as clocks that are set back give them. Before the order of rows is
/// looked at: the second of the two hours comes after the end of the first.
fn refuse_repeated_hours(raw: &RawBars, duplicates: Duplicates) -> Result<(), QualityError> {
    if raw.clock != Some(Clock::AsWritten) || duplicates != Duplicates::Error {
        return Ok(());
    }
    let mut seen = HashMap::new();
    for (row, bar) in raw.bars.iter().enumerate().filter(|(_, bar)| !is_empty(bar)) {
        let first = *seen.entry(bar.date).or_insert(row);
        if !same(raw, first, row) {
            return Err(QualityError::RepeatedHour {
                origin: raw.origin.clone(),
                ticker: raw.ticker.clone(),
                date: bar.date,
                first_line: raw.bars[first].line,
                second_line: bar.line,
            });
        }
    }
    Ok(())
}

fn misplaced(raw: &RawBars, unordered: Unordered) -> Result<Option<Fault>, QualityError> {
    let mut misplaced = raw.bars.windows(2).filter(|pair| pair[1].date < pair[0].date);
    let Some(pair) = misplaced.next() else { return Ok(None) };
    if unordered == Unordered::Error {
        return Err(QualityError::Unordered {
            origin: raw.origin.clone(),
            ticker: raw.ticker.clone(),
            line: pair[1].line,
            date: pair[1].date,
            previous: pair[0].date,
        });
    }
    let detail = format!("comes after {}; {} more rows like it", pair[0].date, misplaced.count());
    Ok(Some(of_row(raw, &pair[1], FaultKind::Unordered, detail, FaultAction::Sorted)))
}

/// The row that stays of several with the same date, in the order in which they were read.
fn one_of(
    raw: &RawBars,
    rows: &[usize],
    duplicates: Duplicates,
    faults: &mut Vec<Fault>,
) -> Result<usize, QualityError> {
    let drop = |row: usize, detail: String| {
        of_row(raw, &raw.bars[row], FaultKind::Duplicate, detail, FaultAction::RowDropped)
    };
    let filled: Vec<usize> = rows.iter().copied().filter(|&row| !is_empty(&raw.bars[row])).collect();
    // If all are empty, one of them stays, and is then dropped like any other empty row.
    let candidates = if filled.is_empty() { rows } else { &filled };
    let different: Vec<usize> = candidates.iter().fold(Vec::new(), |mut different, &row| {
        if !different.iter().any(|&other| same(raw, other, row)) {
            different.push(row);
        }
        different
    });
    let (first, last) = (different[0], different[different.len() - 1]);
    let chosen = match duplicates {
        _ if different.len() == 1 => first,
        Duplicates::First => first,
        Duplicates::Last => last,
        Duplicates::Error => {
            return Err(QualityError::DuplicateDate {
                origin: raw.origin.clone(),
                ticker: raw.ticker.clone(),
                date: raw.bars[first].date,
                first_line: raw.bars[first].line,
                second_line: raw.bars[different[1]].line,
            });
        }
    };
    let line = raw.bars[chosen].line;
    for &row in rows.iter().filter(|&&row| row != chosen) {
        let detail = match () {
            () if !candidates.contains(&row) => format!("an empty row; line {line} has the bar of this date"),
            () if same(raw, chosen, row) => format!("equal to line {line}"),
            () => format!("line {line} has another bar of this date, which was chosen"),
        };
        faults.push(drop(row, detail));
    }
    Ok(chosen)
}

/// Whether a row has no price at all.
fn is_empty(bar: &RawBar) -> bool {
    [bar.open, bar.high, bar.low, bar.close].iter().all(|price| price.is_nan())
}

/// Whether two rows say the same, to the last bit.
fn same(raw: &RawBars, left: usize, right: usize) -> bool {
    let equal = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    let bars = raw.bars[left].values().into_iter().zip(raw.bars[right].values()).all(|(a, b)| equal(a, b));
    let actions = [&raw.actions.adjusted, &raw.actions.splits, &raw.actions.dividends];
    bars && actions.into_iter().flatten().all(|column| match (column.get(left), column.get(right)) {
        (Some(&a), Some(&b)) => equal(a, b),
        _ => true,
    })
}
