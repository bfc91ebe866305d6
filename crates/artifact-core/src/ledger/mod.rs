//! The test ledger: who opened which test set, when, for what, and with what result.
//!
//! `ledger/test-access.jsonl` holds one JSON object per line. Each line carries the digest of the line before it and
//! its own, so that no line can be changed, removed or reordered unnoticed; and each is synced before the caller
//! continues.
//!
//! A chain cannot show by itself that its last lines are gone, so `ledger/test-access.head` records where it ended. If
//! that file is removed too, `artifact fsck` finds the gap from the runs that were scored.
//!
//! A run opens its test rows once for each frozen plan. If it is interrupted, the next attempt resumes that opening: it
//! fits the same model and computes the same figures, so nobody has seen more than one opening shows.

mod entry;
mod openings;
mod verify;

pub use entry::{Entry, Event, Unsealing};
pub use openings::Openings;
pub use verify::parse;

use crate::error::Error;
use crate::id::Digest;
use crate::schema::{FrozenPlan, FrozenPlanId};
use entry::chain;
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

    /// The text as it is, unverified, up to its last whole line; empty where there is no ledger.
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
        let entries = chain(&self.path).entries()?;
        check_scores(&entries, &self.path)?;
        Ok(entries)
    }

    /// Removes what a killed writer left after the last whole line, and records where the ledger ends if that writer did not
    /// get to it. It changes nothing else, and nothing at all where there is no ledger.
    ///
    /// # Errors
    ///
    /// As [`Ledger::unseal`].
    pub fn mend(&self) -> Result<(), Error> {
        chain(&self.path).mend()
    }

    /// Records that the test rows of a frozen plan are about to be opened, synced to disk before returning; `at` is the
    /// time in UTC (RFC 3339). Other processes wait for their turn.
    ///
    /// If the run has opened them for this plan before, that opening is resumed, scored or not, and nothing is recorded.
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
        let entry = Entry {
            index: 0,
            previous: Digest::of(b""),
            at: at.to_owned(),
            run: run.to_owned(),
            configuration: plan.configuration,
            snapshot: plan.snapshot,
            split: plan.split,
            split_row: plan.split_row,
            event,
        };
        let before = |own: &&Entry| own.event == entry.event && own.is_about_the_same_as(&entry);
        let entry = self.append_unless(|entries| Ok(entries.iter().rfind(before).cloned()), &entry)?;
        Unsealing::of(entry, plan.seal)
    }

    /// Records the figures of an opening, by the digest of their canonical JSON. Figures that are on record already, since
    /// the process that computed them first was killed after it recorded them, are not recorded again.
    ///
    /// # Errors
    ///
    /// As [`Ledger::unseal`]; also when another process has replaced the ledger, so that the opening is no longer there.
    /// [`Error::OtherFigures`] when other figures are on record for this opening.
    pub fn score(&self, at: &str, unsealing: Unsealing, metrics: Digest) -> Result<Entry, Error> {
        let opening = unsealing.digest();
        let event = Event::Scored { unsealed: opening, metrics };
        let entry = Entry { at: at.to_owned(), event, ..unsealing.entry().clone() };
        let before = |entries: &[Entry]| {
            let own =
                |entry: &&Entry| matches!(entry.event, Event::Scored { unsealed, .. } if unsealed == opening);
            match entries.iter().find(own) {
                Some(found) if found.event != entry.event => {
                    let (run, line) = (found.run.clone(), found.index);
                    Err(Error::OtherFigures { path: self.path.clone(), line, run, found: metrics })
                }
                found => Ok(found.cloned()),
            }
        };
        self.append_unless(before, &entry)
    }

    /// Appends an entry at its place after the previous digest, and syncs it to disk, unless `known` finds it among those
    /// that are there; returns the entry as the ledger has it.
    fn append_unless(
        &self,
        known: impl FnOnce(&[Entry]) -> Result<Option<Entry>, Error>,
        entry: &Entry,
    ) -> Result<Entry, Error> {
        let mut writer = chain(&self.path).writer();
        let mut held = writer.hold()?;
        let mut entries = std::mem::take(&mut held.new);
        check_scores(&entries, &self.path)?;
        if let Some(entry) = known(&entries)? {
            return Ok(entry);
        }
        held.append(|index, previous| {
            let entry = Entry { index, previous, ..entry.clone() };
            // Refuse an entry that would break the ledger: once synced it cannot be taken back.
            entries.push(entry.clone());
            check_scores(&entries, &self.path)?;
            Ok(entry)
        })
    }
}
