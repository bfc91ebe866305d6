//! Faults: made of rows, and in messages.

use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use std::ops::Range;

/// The fault of one row of a ticker.
pub(super) fn of_row(
    raw: &RawBars,
    bar: &RawBar,
    kind: FaultKind,
    detail: String,
    action: FaultAction,
) -> Fault {
    let (ticker, date, line) = (raw.ticker.clone(), bar.date, Some(bar.line));
    Fault { ticker, date, line, kind, detail, action, rows: 1, until: None }
}

/// A remark on consecutive rows of a ticker, `rows` of its bars.
pub(super) fn of_rows(raw: &RawBars, rows: Range<usize>, kind: FaultKind, detail: String) -> Fault {
    let count = rows.len();
    let last = raw.bars[..rows.end].last().map(|bar| bar.date);
    let until = last.filter(|date| *date != raw.bars[rows.start].date);
    Fault { rows: count, until, ..of_row(raw, &raw.bars[rows.start], kind, detail, FaultAction::Noted) }
}

/// The first faults of a list on one line, for a message.
pub(super) fn first_few(faults: &[Fault]) -> String {
    let shown: Vec<String> = faults.iter().take(5).map(Fault::to_string).collect();
    shown.join("; ")
}
