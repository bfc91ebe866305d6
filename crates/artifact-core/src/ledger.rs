//! The test ledger: who opened which test set, when, and what came of it.
//!
//! `ledger/test-access.jsonl` holds one JSON object per line. Each line carries the digest of the line before it and its
//! own, so that no line can be changed, removed or reordered unnoticed; and each is synced before the caller goes on.
//! What the chain cannot tell, that its last lines were cut off, `artifact fsck` finds beside the runs that were scored.

use crate::chain::{self, Chain, Link};
use crate::schema::{BestConfigurationId, SealId, SnapshotId};
use crate::{Digest, Error};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What the file is to people.
const NAME: &str = "test ledger";

/// One line of the ledger; on disk it also has its own digest, as `digest`.
pub type Entry = chain::Entry<Event>;

/// What happened to a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The test rows are about to be opened.
    Unsealed {
        /// The seal.
        seal: SealId,
        /// The snapshot behind it.
        snapshot: SnapshotId,
        /// The first test row.
        split_row: usize,
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

/// What is to be opened, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The seal.
    pub seal: SealId,
    /// The snapshot behind it.
    pub snapshot: SnapshotId,
    /// The first test row.
    pub split_row: usize,
    /// The configuration that is tested.
    pub best_configuration: BestConfigurationId,
}

/// The proof that an opening of test rows is recorded: the entry as it lies on disk.
///
/// Only [`Ledger::unseal`] makes one, after its line is synced. It can be neither copied nor read from a file, and
/// [`Ledger::score`] takes it away, so that each opening is scored at most once.
#[derive(Debug)]
pub struct Unsealing {
    entry: Entry,
    digest: Digest,
    seal: SealId,
}

impl Unsealing {
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

/// The ledger of a workspace.
#[derive(Debug, Clone)]
pub struct Ledger {
    chain: Chain<Event>,
}

impl Ledger {
    /// Uses the file at `path`, which is created at the first append.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { chain: Chain::new(path, NAME) }
    }

    /// The text as it is, unverified; empty where there is no ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        self.chain.bytes()
    }

    /// Reads and verifies all entries, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] naming the first line that breaks the chain.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.chain.entries()
    }

    /// How often the test rows of a snapshot from `split_row` on have been opened.
    ///
    /// # Errors
    ///
    /// As [`Ledger::entries`].
    pub fn openings(&self, snapshot: SnapshotId, split_row: usize) -> Result<usize, Error> {
        let opens = |entry: &&Entry| matches!(&entry.event, Event::Unsealed { snapshot: s, split_row: r, .. } if *s == snapshot && *r == split_row);
        Ok(self.entries()?.iter().filter(opens).count())
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
    ) -> Result<usize, Error> {
        let entries = self.entries()?;
        let mut scored = Vec::new();
        for entry in &entries {
            if let Event::Scored { unsealed, metrics: found } = &entry.event
                && *found == metrics
            {
                scored.push(*unsealed);
            }
        }
        let (mut openings, mut own, mut any) = (0, None, None);
        for entry in &entries {
            let Event::Unsealed { snapshot: s, split_row: r, best_configuration: best, .. } = &entry.event
            else {
                continue;
            };
            if *s != snapshot || *r != split_row {
                continue;
            }
            openings += 1;
            if *best == best_configuration && scored.contains(&entry.digest()?) {
                any = Some(openings);
                own = if entry.run == run { Some(openings) } else { own };
            }
        }
        Ok(own.or(any).unwrap_or(openings))
    }

    /// Records that test rows are about to be opened, synced to disk before returning; `at` is the time in UTC
    /// (RFC 3339). Other processes wait for their turn.
    ///
    /// # Errors
    ///
    /// [`Error::Ledger`] when the chain is already broken, [`Error::Io`] when the file cannot be written.
    pub fn unseal(&self, at: &str, run: &str, opening: Opening) -> Result<Unsealing, Error> {
        let Opening { seal, snapshot, split_row, best_configuration } = opening;
        let event = Event::Unsealed { seal, snapshot, split_row, best_configuration };
        let entry = self.append(at, run, event)?;
        Ok(Unsealing { digest: entry.digest()?, entry, seal })
    }

    /// Records the figures that an opening came to, by the digest of their canonical JSON.
    ///
    /// # Errors
    ///
    /// As [`Ledger::unseal`].
    pub fn score(&self, at: &str, unsealing: Unsealing, metrics: Digest) -> Result<Entry, Error> {
        self.append(at, &unsealing.entry.run, Event::Scored { unsealed: unsealing.digest, metrics })
    }

    /// Appends an event and syncs it to disk before returning.
    fn append(&self, at: &str, run: &str, event: Event) -> Result<Entry, Error> {
        self.chain.append(at, run, event)
    }
}

/// Reads and verifies the text of a ledger, oldest entry first; `path` names it in errors.
///
/// # Errors
///
/// [`Error::Ledger`] naming the first line that breaks the chain.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, Error> {
    Link::start().follow(bytes, path, NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use crate::files::{checked_line, parse_checked};
    use std::fs;

    fn unsealed(split_row: usize) -> Event {
        let id = Digest::of(b"x");
        Event::Unsealed {
            seal: Id::new(id),
            snapshot: Id::new(id),
            split_row,
            best_configuration: Id::new(id),
        }
    }

    fn ledger_of(lines: usize) -> (tempfile::TempDir, Ledger) {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(directory.path().join("ledger/test-access.jsonl"));
        for line in 0..lines {
            ledger.append("2020-01-01T00:00:00Z", "run", unsealed(line % 2)).unwrap();
        }
        (directory, ledger)
    }

    #[test]
    fn entries_are_chained_and_counted() {
        let (_directory, ledger) = ledger_of(3);
        let entries = ledger.entries().unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[2].previous, entries[1].digest().unwrap());
        assert_eq!(ledger.openings(Id::new(Digest::of(b"x")), 0).unwrap(), 2);
        assert_eq!(ledger.openings(Id::new(Digest::of(b"y")), 0).unwrap(), 0);
    }

    #[test]
    fn changed_removed_and_reordered_lines_are_found() {
        let check = |expected_line: usize, damage: fn(&mut Vec<String>)| {
            let (_directory, ledger) = ledger_of(4);
            let path = _directory.path().join("ledger/test-access.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
            damage(&mut lines);
            fs::write(&path, lines.concat()).unwrap();
            match ledger.entries().unwrap_err() {
                Error::Ledger { line, .. } => assert_eq!(line, expected_line),
                other => panic!("{other}"),
            }
            assert!(ledger.append("", "run", unsealed(0)).is_err(), "a broken ledger must not be continued");
        };
        check(2, |lines| lines[1] = lines[1].replace("2020", "2021"));
        check(4, |lines| lines[3] = lines[3].replace("2020", "2021"));
        // Changed together with its digest: the next line tells.
        check(3, |lines| {
            let mut entry: Entry = parse_checked(lines[1].as_bytes(), "").unwrap();
            entry.at = "2021".into();
            lines[1] = String::from_utf8(checked_line(&entry).unwrap()).unwrap() + "\n";
        });
        check(2, |lines| drop(lines.remove(1)));
        check(2, |lines| lines.swap(1, 2));
        check(1, |lines| drop(lines.remove(0)));
        check(4, |lines| lines[3] = lines[3].trim_end().to_owned());
        check(2, |lines| lines[1] = "\n".into());
    }
}
