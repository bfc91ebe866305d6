//! Drift: how a source differs from the snapshot that was frozen from it.
//!
//! Results belong to the bars they were computed from. A source that now gives different bars is no longer accepted as
//! the snapshot's source, and this module reports where it differs, even if parts of the snapshot are lost.

mod extension;
mod remains;
mod rescaling;
mod shift;
mod text;

pub use extension::Extension;
pub use rescaling::Rescaling;
pub use shift::Shift;
pub(crate) use text::counted;

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
    /// The snapshot that freezing today's bars would give.
    pub present: SnapshotId,
    /// Tickers, rows and values that differ; left is frozen, right is present.
    pub difference: PanelDifference,
    /// Tickers whose frozen values now appear at other dates.
    pub shifts: Vec<Shift>,
    /// That nothing changed but newer rows were added, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Tickers whose frozen prices all changed by one factor, as adjusted prices do after a dividend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rescalings: Vec<Rescaling>,
    /// How many rows the snapshot has.
    pub frozen_rows: usize,
    /// How many rows there are now.
    pub present_rows: usize,
    /// How many of the frozen rows could be compared: not all of them if the store has lost some.
    pub compared_rows: usize,
}

impl Drift {
    /// Compares a source's panel with the snapshot behind a seal; `None` if they are the same, bit for bit.
    ///
    /// Rows that the store has lost are left out, so that even a damaged workspace shows how its source changed.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a panel that cannot be frozen, [`Error::Io`] if the store cannot be read.
    pub fn of(store: &dyn ObjectStore, seal: &Seal, present: &Panel) -> Result<Option<Self>, Error> {
        // The producer is part of the id: frozen under this version's own, the bars of an older snapshot would always
        // seem to differ.
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
            // A row without a counterpart may be one of the lost ones rather than new, so none is reported as new.
            difference.only_right.clear();
        }
        // Of what was lost nobody can say that it is unchanged.
        let whole = frozen.as_ref().filter(|_| compared_rows == seal.rows);
        let period = seal.source.period.parse().ok();
        let extension = whole
            .zip(period)
            .and_then(|(frozen, period)| extension::extension(frozen, present, &difference, period));
        Ok(Some(Self {
            frozen: seal.snapshot,
            present: id,
            extension,
            rescalings: frozen
                .as_ref()
                .map(|frozen| rescaling::rescalings(frozen, present))
                .unwrap_or_default(),
            shifts: frozen.as_ref().map(|frozen| shift::shifts(frozen, present)).unwrap_or_default(),
            difference,
            frozen_rows: seal.rows,
            present_rows: present.rows(),
            compared_rows,
        }))
    }
}
