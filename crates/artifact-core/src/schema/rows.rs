//! Single rows of a frozen panel.

use super::Snapshot;
use crate::error::Error;
use crate::moment::Moment;
use crate::parents::Parents;

impl Parents<'_> {
    /// The date of a row; `None` when the snapshot has no such row, or the blob is too short.
    pub(crate) fn date_of(&self, snapshot: &Snapshot, row: usize) -> Result<Option<Moment>, Error> {
        let Some(chunk) = snapshot.chunks.iter().find(|chunk| (chunk.start..chunk.end).contains(&row)) else {
            return Ok(None);
        };
        let bytes = self.bytes(&chunk.blob)?;
        let values = snapshot.tickers.len().saturating_mul(snapshot.columns.len());
        let width = values.saturating_mul(8).saturating_add(snapshot.stamp_bytes());
        let start = (row - chunk.start).saturating_mul(width);
        Ok(bytes.get(start..).and_then(|row| snapshot.stamp(row)))
    }
}
