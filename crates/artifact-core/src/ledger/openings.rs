//! How often test rows have been opened, over all runs of a workspace.

use super::{Entry, Event, Ledger};
use crate::error::Error;
use crate::id::Digest;
use crate::schema::{BestConfigurationId, FrozenPlanId, SnapshotId};
use serde::Serialize;

/// How often the test rows of a snapshot have been opened, by any run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Openings {
    /// Openings of exactly this test set: the same snapshot from the same row on.
    pub of_this: usize,
    /// Openings of the same snapshot from another row on. Test rows run to the last row, so these overlap.
    pub overlapping: usize,
}

impl Openings {
    /// Counts an opening of a snapshot from `opened_from` on, for the test set from `split_row` on.
    fn add(&mut self, opened_from: usize, split_row: usize) {
        if opened_from == split_row {
            self.of_this += 1;
        } else {
            self.overlapping += 1;
        }
    }

    /// Whether nobody has seen a row of this test set, except by its one opening.
    pub fn untouched(&self) -> bool {
        self.of_this <= 1 && self.overlapping == 0
    }
}

impl Ledger {
    /// How often the test rows of a snapshot from `split_row` on have been opened until now.
    ///
    /// # Errors
    ///
    /// As [`Ledger::entries`].
    pub fn openings(&self, snapshot: SnapshotId, split_row: usize) -> Result<Openings, Error> {
        let mut openings = Openings::default();
        for entry in self.entries()?.iter().filter(|entry| opens(entry, snapshot)) {
            openings.add(entry.split_row, split_row);
        }
        Ok(openings)
    }

    /// How often these test rows had been opened when `run` scored `best_configuration` on them with figures of this
    /// digest: the openings up to the one that was scored, the last such one if there are several.
    ///
    /// Where the ledger knows no such score, every opening counts.
    ///
    /// # Errors
    ///
    /// As [`Ledger::entries`].
    pub fn openings_until_scored(
        &self,
        snapshot: SnapshotId,
        split_row: usize,
        run: &str,
        best_configuration: BestConfigurationId,
        metrics: Digest,
    ) -> Result<Openings, Error> {
        let entries = self.entries()?;
        let scored = openings_scored_with(&entries, metrics);
        let (mut openings, mut own, mut any) = (Openings::default(), None, None);
        for entry in entries.iter().filter(|entry| opens(entry, snapshot)) {
            openings.add(entry.split_row, split_row);
            if entry.split_row == split_row
                && tests(entry, best_configuration)
                && scored.contains(&entry.digest()?)
            {
                any = Some(openings);
                own = if entry.run == run { Some(openings) } else { own };
            }
        }
        Ok(own.or(any).unwrap_or(openings))
    }

    /// The plan by which `run` opened the test rows that it scored `best_configuration` on with figures of this digest:
    /// that of the last such opening, or else of the last one of another run; `None` where the ledger knows none.
    ///
    /// # Errors
    ///
    /// As [`Ledger::entries`].
    pub fn plan_scored(
        &self,
        run: &str,
        best_configuration: BestConfigurationId,
        metrics: Digest,
    ) -> Result<Option<FrozenPlanId>, Error> {
        let entries = self.entries()?;
        let scored = openings_scored_with(&entries, metrics);
        let (mut own, mut any) = (None, None);
        for entry in entries.iter().filter(|entry| tests(entry, best_configuration)) {
            if let (Event::Unsealed { plan, .. }, true) = (&entry.event, scored.contains(&entry.digest()?)) {
                any = Some(*plan);
                own = if entry.run == run { Some(*plan) } else { own };
            }
        }
        Ok(own.or(any))
    }
}

/// The openings that were scored with figures of this digest.
fn openings_scored_with(entries: &[Entry], figures: Digest) -> Vec<Digest> {
    let scored = |entry: &Entry| match entry.event {
        Event::Scored { unsealed, metrics } if metrics == figures => Some(unsealed),
        _ => None,
    };
    entries.iter().filter_map(scored).collect()
}

/// Whether an entry opens test rows of a snapshot.
fn opens(entry: &Entry, snapshot: SnapshotId) -> bool {
    entry.snapshot == snapshot && matches!(entry.event, Event::Unsealed { .. })
}

/// Whether an entry opens test rows for a configuration.
fn tests(entry: &Entry, best_configuration: BestConfigurationId) -> bool {
    matches!(&entry.event, Event::Unsealed { best_configuration: best, .. } if *best == best_configuration)
}
