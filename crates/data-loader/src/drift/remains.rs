//! What remains of a snapshot: the rows whose blobs can still be read.

use crate::panel::Panel;
use crate::snapshot::rows_of;
use artifact_core::schema::{RowChunk, Seal, Snapshot};
use artifact_core::{Error, ObjectStore, load};

/// The rows of a seal's snapshot that the store still has, from the full snapshot or else from the development
/// rows; `None` if neither manifest can be read.
pub(super) fn of_seal(store: &dyn ObjectStore, seal: &Seal) -> Result<Option<Panel>, Error> {
    for id in [seal.snapshot, seal.development] {
        match load::<Snapshot>(store, id) {
            Ok(snapshot) => return rows(store, snapshot).map(Some),
            // A failed read is no proof of a loss: the same rows may be readable at the next try.
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(None)
}

fn rows(store: &dyn ObjectStore, snapshot: Snapshot) -> Result<Panel, Error> {
    let mut chunks: Vec<RowChunk> = Vec::new();
    let mut at = 0;
    for chunk in &snapshot.chunks {
        let rows = chunk.end - chunk.start;
        match store.get(&chunk.blob) {
            Ok(_) => {
                // Renumbered without gaps, since a panel has no place for the rows of a lost chunk.
                chunks.push(RowChunk { start: at, end: at + rows, blob: chunk.blob });
                at += rows;
            }
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(_) => {}
        }
    }
    rows_of(store, &Snapshot { chunks, rows: at, ..snapshot }, "the snapshot's remaining rows")
}
