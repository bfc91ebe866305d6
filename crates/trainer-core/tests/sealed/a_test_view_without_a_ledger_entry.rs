//! The test rows without the proof that the ledger has recorded their opening.

use artifact_core::ObjectStore;
use artifact_core::ledger::{Entry, Unsealing};
use artifact_core::schema::{FeatureSet, Seal, SealId};
use data_loader::{DataParts, Dataset, Test};

fn without(store: &dyn ObjectStore, seal: SealId, parts: &DataParts) {
    let _ = Dataset::unsealed(store, seal, FeatureSet::Ohlcv, parts);
}

/// A line that was read, or made up, opens nothing.
fn with_a_line(store: &dyn ObjectStore, seal: SealId, entry: &Entry, parts: &DataParts) {
    let _ = Dataset::unsealed(store, seal, FeatureSet::Ohlcv, entry, parts);
}

fn as_development(store: &dyn ObjectStore, seal: &Seal, parts: &DataParts) {
    let _: Dataset<Test> = Dataset::development(store, seal, FeatureSet::Ohlcv, parts).unwrap();
}

fn made_up() -> Unsealing {
    Unsealing::default()
}

fn read(text: &str) -> Unsealing {
    serde_json::from_str(text).unwrap()
}

fn main() {}
