//! Drift: what a source says otherwise than the snapshot that was frozen from it.
//!
//! Results belong to the bars they were made with. A source that gives other bars today is refused as the snapshot's
//! source, and this module says where it differs, also when parts of the snapshot are lost.

mod remains;
mod shift;
mod text;

pub use shift::Shift;

use crate::compare::{PanelDifference, compare_panels};
use crate::panel::Panel;
use crate::snapshot::freeze_panel;
use artifact_core::schema::{Seal, SnapshotId};
use artifact_core::{Error, MemoryStore, ObjectStore, load_envelope, producer};
use serde::Serialize;

/// How the bars of a source differ from a frozen snapshot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The frozen snapshot.
    pub frozen: SnapshotId,
    /// The snapshot that today's bars would be.
    pub present: SnapshotId,
    /// Tickers, rows and values that differ; left is frozen, right is present.
    pub difference: PanelDifference,
    /// Tickers whose frozen values stand at other dates now.
    pub shifts: Vec<Shift>,
    /// How many rows the snapshot has.
    pub frozen_rows: usize,
    /// How many rows there are now.
    pub present_rows: usize,
    /// How many of the frozen rows could be compared: fewer than all where the store has lost some.
    pub compared_rows: usize,
}

impl Drift {
    /// Compares a source's panel with the snapshot behind a seal; `None` when they are the same, bit for bit.
    ///
    /// Rows that the store has lost are left out, so that a damaged workspace can still be told what its source changed.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a panel that cannot be frozen, [`Error::Io`] when the store cannot be read.
    pub fn of(store: &dyn ObjectStore, seal: &Seal, present: &Panel) -> Result<Option<Self>, Error> {
        // The producer is a part of the id: what was frozen by another version is compared as that version would.
        let frozen_by = load_envelope(store, seal.snapshot).map_or_else(|_| producer!(), |it| it.producer);
        let id = freeze_panel(&MemoryStore::default(), present, frozen_by)?;
        if id == seal.snapshot {
            return Ok(None);
        }
        let frozen = remains::of_seal(store, seal)?;
        let compared_rows = frozen.as_ref().map_or(0, Panel::rows);
        let mut difference =
            frozen.as_ref().map(|frozen| compare_panels(frozen, present)).unwrap_or_default();
        if compared_rows < seal.rows {
            // Whether a row is new, or one of those that are lost, is not known.
            difference.only_right.clear();
        }
        Ok(Some(Self {
            frozen: seal.snapshot,
            present: id,
            shifts: frozen.as_ref().map(|frozen| shift::shifts(frozen, present)).unwrap_or_default(),
            difference,
            frozen_rows: seal.rows,
            present_rows: present.rows(),
            compared_rows,
        }))
    }
}
