//! How often the test rows were looked at.

use crate::digits::{count, times};
use artifact_core::ledger::Openings;

/// A sentence on the openings of the test rows, up to the one that the figures are from.
pub(super) fn sentence(Openings { of_this, overlapping }: Openings) -> String {
    match (of_this, overlapping) {
        (0, 0) => "The ledger records no opening of these rows, so how often they were looked at is unknown."
            .to_owned(),
        (0, others) => {
            let openings = if others == 1 { "one".to_owned() } else { count(others as u64) };
            format!(
                "The ledger records no opening of these rows, but {openings} of rows that overlap them, so the \
                 figures are no longer those of an untouched test."
            )
        }
        (1, 0) => "Its test rows were opened once, for these figures.".to_owned(),
        (this, others) => {
            let before = times((this - 1).saturating_add(others));
            format!(
                "Its test rows were looked at {before} before, so the figures are no longer those of an untouched test."
            )
        }
    }
}
