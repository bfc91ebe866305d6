//! The test ledger: who opened which test set, when, for what, and what came of it.
//!
//! `ledger/test-access.jsonl` holds one JSON object per line. Each line carries the digest of the line before it and its
//! own, so that no line can be changed, removed or reordered unnoticed; and each is synced before the caller goes on.
//!
//! What a chain cannot show by itself is that its last lines are gone. `ledger/test-access.head` says where it ended. Who
//! takes that away too is found by `artifact fsck`, beside the runs that were scored.

mod chain;
mod entry;
mod head;
mod openings;

pub use chain::parse;
pub use entry::{Entry, Event, Unsealing};
pub use openings::Openings;

use crate::files::{self, Hooks, checked_line};
use crate::schema::{FrozenPlan, FrozenPlanId};
use crate::{Digest, Error};
use head::Head;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

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
        match fs::read(&self.path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io("read", &self.path)(error)),
        }
    }

    /// Reads and verifies all entries, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] naming the first line that breaks the chain, or that is gone from its end.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        // First, so that a line written meanwhile is ahead of it.
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

    /// Records the figures that an opening came to, by the digest of their canonical JSON.
    ///
    /// # Errors
    ///
    /// As [`Ledger::unseal`]; also when another process has replaced the ledger, so that the opening is no longer there.
    pub fn score(&self, at: &str, unsealing: Unsealing, metrics: Digest) -> Result<Entry, Error> {
        let event = Event::Scored { unsealed: unsealing.digest(), metrics };
        let opened = unsealing.entry();
        self.append(|index, previous| Entry { index, previous, at: at.to_owned(), event, ..opened.clone() })
    }

    /// Appends the entry that `entry` makes of its place and the digest before it, and syncs it to disk.
    fn append(&self, entry: impl FnOnce(u64, Digest) -> Entry) -> Result<Entry, Error> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let io = || Error::io("append to", &self.path);
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&self.path).map_err(io())?;
        file.lock().map_err(io())?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io())?;
        let entries = parse(&bytes, &self.path)?;
        Head::check(Head::read(&self.path)?.as_ref(), &entries, &self.path)?;
        let previous = match entries.last() {
            Some(last) => last.digest()?,
            None => Digest::of(b""),
        };
        let entry = entry(entries.len() as u64 + 1, previous);
        let mut line = checked_line(&entry)?;
        line.push(b'\n');
        // What would break the chain is not written.
        bytes.extend_from_slice(&line);
        parse(&bytes, &self.path)?;
        file.write_all(&line).and_then(|()| file.sync_all()).map_err(io())?;
        files::sync_directory(directory, &Hooks::default())?;
        Head::write(&self.path, &entry)?;
        Ok(entry)
    }
}
