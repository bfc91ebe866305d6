//! Hash-chained logs: files of JSON lines to which lines are only ever appended.
//!
//! Each line carries the digest of the line before it and its own, so that no line can be changed, removed or reordered
//! unnoticed (only the last lines can be cut off whole); and each is synced before the caller continues.

use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files::{self, Hooks, checked_line, parse_checked};
use crate::id::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A line of a chain. On disk it also has its own digest, as `digest`.
pub(crate) trait Line: Serialize + DeserializeOwned {
    /// The place in the log, from 1.
    fn index(&self) -> u64;
    /// The digest of the line before, or of the empty string for the first.
    fn previous(&self) -> Digest;
}

/// The digest of a line's canonical JSON, which the line and the next one carry.
fn digest(line: &impl Line) -> Result<Digest, Error> {
    Ok(Digest::of(&canonical_json(line)?))
}

/// A log on disk.
#[derive(Debug)]
pub(crate) struct Chain<L> {
    path: PathBuf,
    /// What messages call the file, such as `test ledger`.
    name: &'static str,
    line: PhantomData<fn() -> L>,
}

impl<L> Clone for Chain<L> {
    fn clone(&self) -> Self {
        Self::new(self.path.clone(), self.name)
    }
}

impl<L> Chain<L> {
    /// Uses the file at `path`, which is created at the first append.
    pub(crate) fn new(path: impl Into<PathBuf>, name: &'static str) -> Self {
        Self { path: path.into(), name, line: PhantomData }
    }

    /// The error for line `line`, from 1.
    pub(crate) fn broken(&self, line: usize, reason: String) -> Error {
        Error::Ledger { name: self.name, path: self.path.clone(), line, reason }
    }
}

impl<L: Line> Chain<L> {
    /// The text as it is, unverified; empty if there is no file. Waits for a writer to finish.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let io = || Error::io("read", &self.path);
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io()(error)),
        };
        // Writers append under the exclusive lock, so a reader sees no half-written line.
        file.lock_shared().map_err(io())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io())?;
        Ok(bytes)
    }

    /// Reads and verifies all lines, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<L>, Error> {
        self.parse(&self.bytes()?)
    }

    /// Reads and verifies the text of a log, oldest line first.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<Vec<L>, Error> {
        Link::start().follow(bytes, self)
    }

    /// A writer that has read nothing yet.
    pub(crate) fn writer(&self) -> Writer<L> {
        Writer { chain: self.clone(), end: 0, link: Link::start() }
    }
}

/// Appends many lines, and reads what others appended only once.
#[derive(Debug)]
pub(crate) struct Writer<L> {
    chain: Chain<L>,
    /// The offset up to which the file has been read and verified.
    end: u64,
    link: Link,
}

impl<L: Line> Writer<L> {
    /// Locks the file for this process, and reads and verifies what was appended since the last time.
    pub(crate) fn hold(&mut self) -> Result<Held<'_, L>, Error> {
        let path = &self.chain.path;
        let directory = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let io = || Error::io("append to", path);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io())?;
        file.lock().map_err(io())?;
        // Read the length only under the lock: another writer may just have appended.
        let length = file.metadata().map_err(io())?.len();
        if length < self.end {
            let reason = "lines that were read before are gone".to_owned();
            return Err(self.chain.broken(self.link.next(), reason));
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io())?;
        let new = self.link.follow(&bytes, &self.chain)?;
        self.end += bytes.len() as u64;
        Ok(Held { writer: self, file, new })
    }
}

/// A log that this process holds until this value is dropped.
pub(crate) struct Held<'w, L> {
    writer: &'w mut Writer<L>,
    file: File,
    /// What was appended since the writer held it last.
    pub(crate) new: Vec<L>,
}

impl<L: Line> Held<'_, L> {
    /// Appends the line that `make` builds from its place and the digest before it, synced to disk before returning.
    pub(crate) fn append(&mut self, make: impl FnOnce(u64, Digest) -> Result<L, Error>) -> Result<L, Error> {
        let Writer { chain, end, link } = &mut *self.writer;
        let entry = make(link.count + 1, link.last)?;
        let mut line = checked_line(&entry)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_all()) {
            // A full disk can leave half a line, which would break the chain: cut it off. If that fails too, the first
            // error is the one to report.
            drop(self.file.set_len(*end));
            return Err(Error::io("append to", &chain.path)(error));
        }
        let directory = chain.path.parent().unwrap_or(Path::new("."));
        // The file may be new: its name is durable only once the directory is synced.
        files::sync_directory(directory, &Hooks::default())?;
        *end += line.len() as u64;
        *link = Link { count: entry.index(), last: digest(&entry)? };
        Ok(entry)
    }
}

/// How far a chain has been followed.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// The number of lines so far.
    count: u64,
    /// The digest of the last one, or of the empty string.
    last: Digest,
}

impl Link {
    /// Before the first line.
    fn start() -> Self {
        Self { count: 0, last: Digest::of(b"") }
    }

    /// The place of the next line.
    fn next(&self) -> usize {
        self.count as usize + 1
    }

    /// Reads and verifies the lines of `chain` that come next.
    fn follow<L: Line>(&mut self, bytes: &[u8], chain: &Chain<L>) -> Result<Vec<L>, Error> {
        let mut lines = Vec::new();
        for text in bytes.split_inclusive(|&byte| byte == b'\n') {
            let line: L = self.read(text).map_err(|reason| chain.broken(self.next(), reason))?;
            *self = Self { count: line.index(), last: digest(&line)? };
            lines.push(line);
        }
        Ok(lines)
    }

    fn read<L: Line>(&self, text: &[u8]) -> Result<L, String> {
        // Without its line feed the line was cut short, even if its JSON is complete.
        if text.last() != Some(&b'\n') {
            return Err("it is cut off".to_owned());
        }
        let line: L = parse_checked(text, "it").map_err(|error| reason(&error))?;
        let expected = self.count + 1;
        if line.index() != expected {
            return Err(format!("its index is {}, expected {expected}", line.index()));
        }
        if line.previous() != self.last {
            return Err("the line before it was changed, removed or reordered".to_owned());
        }
        Ok(line)
    }
}

/// Why a line cannot be read, without the error's own remedy: only the whole file can be restored.
fn reason(error: &Error) -> String {
    match error {
        Error::Json { source, .. } => source.to_string(),
        Error::Invalid { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}
