//! The rows to test on: all of them, once the ledger records the opening.

use super::{Dataset, DatasetError, check};
use crate::parts::Recipe;
use crate::snapshot::{differing_dates, load_panel};
use crate::subset::Test;
use artifact_core::ledger::Unsealing;
use artifact_core::schema::{Seal, SealId};
use artifact_core::{ObjectStore, load};

impl Dataset<Test> {
    /// Loads all rows for the final phase; `unsealing` proves that the ledger has recorded the opening.
    ///
    /// # Errors
    ///
    /// As [`load_panel`]; [`Error::Invalid`](artifact_core::Error::Invalid) if the entry opens another seal, or the
    /// rows before the test rows are not the development rows; [`FeatureError`](crate::FeatureError).
    pub fn unsealed(
        store: &dyn ObjectStore,
        id: SealId,
        recipe: &Recipe,
        unsealing: &Unsealing,
    ) -> Result<Self, DatasetError> {
        let seal: Seal = load(store, id)?;
        check("the seal that the ledger entry opens", unsealing.seal().short(), id.short(), seal.snapshot)?;
        let panel = load_panel(store, seal.snapshot)?;
        check("rows", panel.rows(), seal.rows, seal.snapshot)?;
        // Everything was fitted on the development snapshot: were the full one different before the boundary, the test
        // would belong to a history that no phase has fitted.
        let development = load_panel(store, seal.development)?;
        let differing = differing_dates(&panel.slice_rows(0..seal.split_row), &development);
        check("the number of development rows that differ", differing.len(), 0, seal.snapshot)?;
        Ok(Self::new(seal.snapshot, panel.into_subset(), recipe.clone(), seal.split_row)?)
    }
}
