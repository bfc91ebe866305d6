//! What every study database must do, whichever program keeps it.

mod conformance;
mod servers;

use super::ledger::tests::row;
use super::{Ledger, RowState};

/// A ledger with these rows, in this order: state and trial.
pub(crate) fn ledger_of(rows: &[(RowState, Option<u64>)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (place, (state, trial)) in rows.iter().enumerate() {
        ledger.insert(row(place as i64 + 1, *state, *trial));
    }
    ledger
}
