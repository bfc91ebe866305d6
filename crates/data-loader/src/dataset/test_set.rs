//! What is tested on: all rows, once the ledger says that they are opened.

use super::{Dataset, DatasetError, check};
use crate::parts::Recipe;
use crate::snapshot::{differing_dates, load_panel};
use crate::subset::Test;
use artifact_core::ledger::Unsealing;
use artifact_core::schema::{Seal, SealId};
use artifact_core::{ObjectStore, load};

impl Dataset<Test> {
    /// Loads all rows, for the final phase: `unsealing` proves that the ledger has recorded it.
    ///
    /// # Errors
    ///
    /// As [`load_panel`], and [`Error::Invalid`](artifact_core::Error::Invalid) when the entry opens another seal, or the
    /// rows before the test rows are not the development rows; [`FeatureError`](crate::FeatureError).
    pub fn unsealed(
        store: &dyn ObjectStore,
        id: SealId,
        recipe: &Recipe,
        unsealing: &Unsealing,
    ) -> Result<Self, DatasetError> {
        let seal: Seal = load(store, id)?;
        check("ledger entry", unsealing.seal().short(), id.short(), seal.snapshot)?;
        let panel = load_panel(store, seal.snapshot)?;
        check("rows", panel.rows(), seal.rows, seal.snapshot)?;
        let development = load_panel(store, seal.development)?;
        let differing = differing_dates(&panel.slice_rows(0..seal.split_row), &development);
        check("development rows that differ", differing.len(), 0, seal.snapshot)?;
        Ok(Self::new(seal.snapshot, panel.into_subset(), recipe.clone(), seal.split_row)?)
    }
}
