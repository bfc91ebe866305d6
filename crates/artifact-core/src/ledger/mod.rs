//! The test ledger: who opened which test set, when, for what, and with what result.
//!
//! `ledger/test-access.jsonl` holds one JSON object per line. Each line carries the digest of the line before it and
//! its own, so that no line can be changed, removed or reordered unnoticed; and each is synced before the caller
//! continues.
//!
//! A chain cannot show by itself that its last lines are gone, so `ledger/test-access.head` records where it ended. If
//! that file is removed too, `artifact fsck` finds the gap from the runs that were scored.

mod entry;
mod head;
mod openings;
mod verify;

pub use entry::{Entry, Event, Unsealing};
pub use openings::Openings;
pub use verify::parse;

use crate::error::Error;
use crate::id::Digest;
use crate::schema::{FrozenPlan, FrozenPlanId};
use entry::chain;
use head::Head;
use std::path::PathBuf;
use verify::check_scores;

/// The ledger of a workspace.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
}

impl Ledger {
    /// Uses the file at `path`, which is created at the first append.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The text as it is, unverified; empty where there is no ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        chain(&self.path).bytes()
    }

    /// Reads and verifies all entries, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] naming the first line that breaks the chain, or that is gone from its end.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        // Read the head first: a line appended in between is then ahead of it, which is allowed.
        let head = Head::read(&self.path)?;
        let entries = parse(&self.bytes()?, &self.path)?;
        Head::check(head.as_ref(), &entries, &self.path)?;
        Ok(entries)
    }

    /// Records that the test rows of a frozen plan are about to be opened, synced to disk before returning; `at` is the
    /// time in UTC (RFC 3339). Other processes wait for their turn.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] when the chain is already broken, [`Error::Io`] when the file cannot be written.
    pub fn unseal(
        &self,
        at: &str,
        run: &str,
        id: FrozenPlanId,
        plan: &FrozenPlan,
    ) -> Result<Unsealing, Error> {
        let event =
            Event::Unsealed { seal: plan.seal, plan: id, best_configuration: plan.best_configuration };
        let entry = self.append(|index, previous| Entry {
            index,
            previous,
            at: at.to_owned(),
            run: run.to_owned(),
            configuration: plan.configuration,
            snapshot: plan.snapshot,
            split: plan.split,
            split_row: plan.split_row,
            event,
        })?;
        Unsealing::of(entry, plan.seal)
    }

    /// Records the figures of an opening, by the digest of their canonical JSON.
    ///
    /// # Errors
    ///
    /// As [`Ledger::unseal`]; also when another process has replaced the ledger, so that the opening is no longer there.
    pub fn score(&self, at: &str, unsealing: Unsealing, metrics: Digest) -> Result<Entry, Error> {
        let event = Event::Scored { unsealed: unsealing.digest(), metrics };
        let opened = unsealing.entry();
        self.append(|index, previous| Entry { index, previous, at: at.to_owned(), event, ..opened.clone() })
    }

    /// Appends the entry that `entry` builds from its place and the previous digest, and syncs it to disk.
    fn append(&self, entry: impl FnOnce(u64, Digest) -> Entry) -> Result<Entry, Error> {
        let mut writer = chain(&self.path).writer();
        let mut held = writer.hold()?;
        let mut entries = std::mem::take(&mut held.new);
        Head::check(Head::read(&self.path)?.as_ref(), &entries, &self.path)?;
        let entry = held.append(|index, previous| {
            let entry = entry(index, previous);
            // Refuse an entry that would break the ledger: once synced it cannot be taken back.
            entries.push(entry.clone());
            check_scores(&entries, &self.path)?;
            Ok(entry)
        })?;
        Head::write(&self.path, &entry)?;
        Ok(entry)
    }
}
