//! The proof of an opening, assembled from a ledger line that was read.

use artifact_core::ledger::{Entry, Unsealing};
use artifact_core::schema::SealId;

fn forged(entry: Entry, seal: SealId) -> Unsealing {
    Unsealing { digest: entry.digest().unwrap(), entry, seal }
}

fn main() {}
