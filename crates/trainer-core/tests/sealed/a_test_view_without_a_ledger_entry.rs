//! The test rows without the proof that the ledger has recorded their opening.

use artifact_core::ObjectStore;
use artifact_core::ledger::{Entry, Unsealing};
use artifact_core::schema::{Seal, SealId};
use data_loader::{DataParts, Dataset, Recipe, Test};

fn without(store: &dyn ObjectStore, seal: SealId, recipe: &Recipe) {
    let _ = Dataset::unsealed(store, seal, recipe);
}

/// A ledger line, whether read or made up, opens nothing.
fn with_a_line(store: &dyn ObjectStore, seal: SealId, recipe: &Recipe, entry: &Entry) {
    let _ = Dataset::unsealed(store, seal, recipe, entry);
}

fn as_development(store: &dyn ObjectStore, seal: &Seal, recipe: &Recipe) {
    let _: Dataset<Test> = Dataset::development(store, seal, recipe).unwrap();
}

fn made_up() -> Unsealing {
    Unsealing::default()
}

fn read(text: &str) -> Unsealing {
    serde_json::from_str(text).unwrap()
}

fn main() {}
