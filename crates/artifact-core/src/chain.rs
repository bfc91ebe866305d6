//! Hash-chained logs: files of JSON lines to which lines are only ever appended.
//!
//! Each line carries the digest of the line before it and its own, so that no line can be changed, removed or reordered
//! unnoticed (only the last lines can be cut off whole); and each is synced before the caller goes on.

use crate::files::{self, Hooks, checked_line, parse_checked};
use crate::{Digest, Error, canonical_json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// One line of a log; on disk it also has its own digest, as `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Entry<E> {
    /// The place in the log, from 1.
    pub index: u64,
    /// The digest of the entry before, or of the empty text for the first.
    pub previous: Digest,
    /// When, in UTC (RFC 3339), as told by the program that appended it.
    pub at: String,
    /// The run.
    pub run: String,
    /// What happened.
    pub event: E,
}

impl<E: Serialize> Entry<E> {
    /// The digest that the entry's line and the next entry carry: of its canonical JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`].
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&canonical_json(self)?))
    }
}

/// A log on disk.
#[derive(Debug)]
pub(crate) struct Chain<E> {
    path: PathBuf,
    /// What the file is to people: `test ledger`.
    name: &'static str,
    event: PhantomData<fn() -> E>,
}

impl<E> Clone for Chain<E> {
    fn clone(&self) -> Self {
        Self::new(self.path.clone(), self.name)
    }
}

impl<E> Chain<E> {
    /// Uses the file at `path`, which is created at the first append.
    pub(crate) fn new(path: impl Into<PathBuf>, name: &'static str) -> Self {
        Self { path: path.into(), name, event: PhantomData }
    }
}

impl<E: Serialize + DeserializeOwned> Chain<E> {
    /// The text as it is, unverified; empty where there is no file. A writer that is at work is waited for.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let io = || Error::io("read", &self.path);
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io()(error)),
        };
        file.lock_shared().map_err(io())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io())?;
        Ok(bytes)
    }

    /// Reads and verifies all entries, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<Entry<E>>, Error> {
        Link::start().follow(&self.bytes()?, &self.path, self.name)
    }

    /// A writer that has read nothing yet.
    pub(crate) fn writer(&self) -> Writer<E> {
        Writer { chain: self.clone(), end: 0, link: Link::start() }
    }
}

/// Appends many entries, and reads what others appended only once.
#[derive(Debug)]
pub(crate) struct Writer<E> {
    chain: Chain<E>,
    /// Up to which byte the file was read and verified.
    end: u64,
    link: Link,
}

impl<E: Serialize + DeserializeOwned> Writer<E> {
    /// Takes the file for this process, and reads and verifies what was appended since the last time.
    pub(crate) fn hold(&mut self) -> Result<Held<'_, E>, Error> {
        let path = &self.chain.path;
        let directory = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let io = || Error::io("append to", path);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io())?;
        file.lock().map_err(io())?;
        let length = file.metadata().map_err(io())?.len();
        if length < self.end {
            let reason = "lines that were read before are gone".to_owned();
            return Err(self.link.broken(path, self.chain.name, reason));
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io())?;
        let new = self.link.follow(&bytes, path, self.chain.name)?;
        self.end += bytes.len() as u64;
        Ok(Held { writer: self, file, new })
    }
}

/// A log that is held by this process, until it is dropped.
pub(crate) struct Held<'w, E> {
    writer: &'w mut Writer<E>,
    file: File,
    /// What was appended since the writer held it last.
    pub(crate) new: Vec<Entry<E>>,
}

impl<E: Serialize + DeserializeOwned> Held<'_, E> {
    /// Appends an event and syncs it to disk before returning.
    pub(crate) fn append(&mut self, at: &str, run: &str, event: E) -> Result<Entry<E>, Error> {
        let Writer { chain, end, link } = &mut *self.writer;
        let entry = Entry {
            index: link.count + 1,
            previous: link.last,
            at: at.to_owned(),
            run: run.to_owned(),
            event,
        };
        let mut line = checked_line(&entry)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_all()) {
            // Half a line, for want of space, would break the chain. If that fails too, the first error says why.
            drop(self.file.set_len(*end));
            return Err(Error::io("append to", &chain.path)(error));
        }
        let directory = chain.path.parent().unwrap_or(Path::new("."));
        files::sync_directory(directory, &Hooks::default())?;
        *end += line.len() as u64;
        *link = Link { count: entry.index, last: entry.digest()? };
        Ok(entry)
    }
}

/// How far a chain was followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    /// The number of entries so far.
    count: u64,
    /// The digest of the last one, or of the empty text.
    last: Digest,
}

impl Link {
    /// Before the first entry.
    pub(crate) fn start() -> Self {
        Self { count: 0, last: Digest::of(b"") }
    }

    /// Reads and verifies the lines that come next; `path` and `name` are the file's, for errors.
    pub(crate) fn follow<E: Serialize + DeserializeOwned>(
        &mut self,
        bytes: &[u8],
        path: &Path,
        name: &'static str,
    ) -> Result<Vec<Entry<E>>, Error> {
        let mut entries = Vec::new();
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let entry = self.next(line).map_err(|reason| self.broken(path, name, reason))?;
            *self = Self { count: entry.index, last: entry.digest()? };
            entries.push(entry);
        }
        Ok(entries)
    }

    fn next<E: DeserializeOwned>(&self, line: &[u8]) -> Result<Entry<E>, String> {
        if line.last() != Some(&b'\n') {
            return Err("it is cut off".to_owned());
        }
        let entry: Entry<E> = parse_checked(line, "it").map_err(|error| reason(&error))?;
        let expected = self.count + 1;
        if entry.index != expected {
            return Err(format!("its index is {}, expected {expected}", entry.index));
        }
        if entry.previous != self.last {
            return Err("the line before it was changed, removed or reordered".to_owned());
        }
        Ok(entry)
    }

    /// The line after those that were followed is wrong.
    fn broken(&self, path: &Path, name: &'static str, reason: String) -> Error {
        Error::Ledger { name, path: path.to_owned(), line: self.count as usize + 1, reason }
    }
}

/// Why a line cannot be read, without the remedy, which is that of the whole file.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::Json { source, .. } => source.to_string(),
        Error::Invalid { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}
