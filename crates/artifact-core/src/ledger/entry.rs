//! A line of the ledger, and the proof that it was written.

use crate::canonical::canonical_json;
use crate::chain::{Chain, Line};
use crate::error::Error;
use crate::id::Digest;
use crate::schema::{BestConfigurationId, FrozenPlanId, SealId, SnapshotId, SplitPlanId};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One line of the ledger; on disk it also has its own digest, as `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The place in the ledger, from 1.
    pub index: u64,
    /// The digest of the entry before, or of the empty string for the first.
    pub previous: Digest,
    /// When, in UTC (RFC 3339), by the clock of the program that appended it.
    pub at: String,
    /// The run.
    pub run: String,
    /// The digest of the run's settings, as its frozen plan lists them.
    pub configuration: Digest,
    /// The snapshot whose rows are opened.
    pub snapshot: SnapshotId,
    /// The split of the sequences that are scored.
    pub split: SplitPlanId,
    /// The first test row; snapshot and row together identify a test set.
    pub split_row: usize,
    /// What happened.
    pub event: Event,
}

/// What happened to a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The test rows are about to be opened.
    Unsealed {
        /// The seal.
        seal: SealId,
        /// The plan that was frozen before.
        plan: FrozenPlanId,
        /// The configuration that is tested.
        best_configuration: BestConfigurationId,
    },
    /// The test set was scored.
    Scored {
        /// The entry that opened it.
        unsealed: Digest,
        /// The digest of the figures' canonical JSON.
        metrics: Digest,
    },
}

impl Line for Entry {
    fn index(&self) -> u64 {
        self.index
    }

    fn previous(&self) -> Digest {
        self.previous
    }
}

impl Entry {
    /// The digest of the entry's canonical JSON, which its line and the next entry carry.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`].
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&canonical_json(self)?))
    }

    /// Whether both are about the same run, settings and test rows.
    pub(super) fn is_about_the_same_as(&self, other: &Entry) -> bool {
        let about = |entry: &Entry| (entry.configuration, entry.snapshot, entry.split, entry.split_row);
        self.run == other.run && about(self) == about(other)
    }
}

/// The chain of the ledger at `path`.
pub(super) fn chain(path: &Path) -> Chain<Entry> {
    Chain::new(path, "test ledger")
}

/// The proof that an opening of test rows has been recorded: the entry as it is on disk.
///
/// Only [`Ledger::unseal`](super::Ledger::unseal) makes one, after its line is synced. It can be neither copied nor
/// read from a file, and [`Ledger::score`](super::Ledger::score) consumes it. An opening that was resumed after a kill can
/// be scored with the figures of its first score alone.
#[derive(Debug)]
pub struct Unsealing {
    entry: Entry,
    digest: Digest,
    seal: SealId,
}

impl Unsealing {
    pub(super) fn of(entry: Entry, seal: SealId) -> Result<Self, Error> {
        Ok(Self { digest: entry.digest()?, entry, seal })
    }

    /// The ledger's entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The entry's digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The seal that is opened.
    pub fn seal(&self) -> SealId {
        self.seal
    }
}
