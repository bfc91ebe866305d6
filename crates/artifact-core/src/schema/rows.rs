//! Single rows of a frozen panel.

use super::Snapshot;
use crate::error::Error;
use crate::parents::Parents;
use chrono::{NaiveDate, TimeDelta};

/// The bytes of a row's date, before its values.
const DATE_BYTES: usize = 4;

impl Parents<'_> {
    /// The date of a row; `None` when the snapshot has no such row, or the blob is too short.
    pub(crate) fn date_of(&self, snapshot: &Snapshot, row: usize) -> Result<Option<NaiveDate>, Error> {
        let Some(chunk) = snapshot.chunks.iter().find(|chunk| (chunk.start..chunk.end).contains(&row)) else {
            return Ok(None);
        };
        let bytes = self.bytes(&chunk.blob)?;
        let values = snapshot.tickers.len().saturating_mul(snapshot.columns.len());
        let width = values.saturating_mul(8).saturating_add(DATE_BYTES);
        let start = (row - chunk.start).saturating_mul(width);
        let date = bytes.get(start..start.saturating_add(DATE_BYTES)).and_then(|date| date.try_into().ok());
        let days = date.map(i32::from_le_bytes);
        Ok(days.and_then(|days| NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()))))
    }
}
