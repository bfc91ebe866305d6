//! Targets that need a bar to decide on, the entry price and the closes after it, nothing else.

use super::entry::{Entry, entry_price};
use super::target::Outcome;
use crate::ticker_bars::TickerBars;

/// The outcome of each row by its entry price and the closes after it, up to `horizon` rows after the decision; `None`
/// where they do not all exist.
pub(super) fn by_row(
    bars: &TickerBars<'_>,
    entry: Entry,
    horizon: usize,
    outcome: impl Fn(f64, &[f64]) -> Option<Outcome>,
) -> Vec<Option<Outcome>> {
    let close = bars.close();
    let one = |row: usize| {
        let future = close.get(entry.first_row(row)..row.checked_add(horizon)?.checked_add(1)?)?;
        outcome(entry_price(entry, bars, row)?, future)
    };
    (0..bars.rows()).map(one).collect()
}
