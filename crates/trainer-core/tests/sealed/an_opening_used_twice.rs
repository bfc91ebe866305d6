//! One entry, one score: the proof can be neither copied nor scored twice.

use artifact_core::ledger::Unsealing;
use artifact_core::{Digest, Ledger};

fn copied(unsealing: &Unsealing) -> Unsealing {
    unsealing.clone()
}

fn scored_twice(ledger: &Ledger, unsealing: Unsealing, best: Digest, other: Digest) {
    let _ = ledger.score("2020-01-01T00:00:00Z", unsealing, other);
    let _ = ledger.score("2020-01-01T00:00:00Z", unsealing, best);
}

fn main() {}
