//! The test ledger: who opened which test set, when, and what came of it.
//!
//! `ledger/test-access.jsonl` holds one JSON object per line. Each line carries the digest of the line before it and its
//! own, so that no line can be changed, removed or reordered unnoticed; and each is synced before the caller goes on.
//! What the chain cannot tell, that its last lines were cut off, `artifact fsck` finds beside the runs that were scored.

use crate::files::{self, Hooks, checked_line, parse_checked};
use crate::schema::{BestConfigurationId, SealId, SnapshotId};
use crate::{Digest, Error, canonical_json};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// One line of the ledger; on disk it also has its own digest, as `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The place in the ledger, from 1.
    pub index: u64,
    /// The digest of the entry before, or of the empty text for the first.
    pub previous: Digest,
    /// When, in UTC (RFC 3339), as told by the program that appended it.
    pub at: String,
    /// The run.
    pub run: String,
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

impl Entry {
    /// The digest that the entry's line and the next entry carry: of its canonical JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`].
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&canonical_json(self)?))
    }
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
    /// [`Error::Ledger`] naming the first line that breaks the chain.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        parse(&self.bytes()?, &self.path)
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
        let directory = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let io = || Error::io("append to", &self.path);
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&self.path).map_err(io())?;
        file.lock().map_err(io())?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io())?;
        let entries = parse(&bytes, &self.path)?;
        let previous = match entries.last() {
            Some(last) => last.digest()?,
            None => Digest::of(b""),
        };
        let entry = Entry {
            index: entries.len() as u64 + 1,
            previous,
            at: at.to_owned(),
            run: run.to_owned(),
            event,
        };
        let mut line = checked_line(&entry)?;
        line.push(b'\n');
        file.write_all(&line).and_then(|()| file.sync_all()).map_err(io())?;
        files::sync_directory(directory, &Hooks::default())?;
        Ok(entry)
    }
}

/// Reads and verifies the text of a ledger, oldest entry first; `path` names it in errors.
///
/// # Errors
///
/// [`Error::Ledger`] naming the first line that breaks the chain.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, Error> {
    let broken = |line: usize, reason: String| Error::Ledger { path: path.to_owned(), line, reason };
    if !bytes.is_empty() && bytes.last() != Some(&b'\n') {
        let line = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
        return Err(broken(line, "it is cut off".to_owned()));
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut previous = Digest::of(b"");
    for (position, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let number = position + 1;
        let entry: Entry = parse_checked(line, "it").map_err(|error| broken(number, reason(&error)))?;
        if entry.index != number as u64 {
            return Err(broken(number, format!("its index is {}, expected {number}", entry.index)));
        }
        if entry.previous != previous {
            return Err(broken(number, "the line before it was changed, removed or reordered".to_owned()));
        }
        previous = entry.digest()?;
        entries.push(entry);
    }
    Ok(entries)
}

/// Why a line cannot be read, without the remedy, which is that of the whole ledger.
fn reason(error: &Error) -> String {
    match error {
        Error::Json { source, .. } => source.to_string(),
        Error::Invalid { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

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
            let text = fs::read_to_string(&ledger.path).unwrap();
            let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
            damage(&mut lines);
            fs::write(&ledger.path, lines.concat()).unwrap();
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
