//! Hash-chained logs: files of JSON lines to which lines are only ever appended.
//!
//! Each line carries the digest of the line before it and its own, so that no line can be changed, removed or reordered
//! unnoticed; and each is synced before the caller continues. Where the log ended is recorded beside it, in its [`head`],
//! so that no line can be cut off unnoticed either.
//!
//! What follows the last line feed was never acknowledged: a kill, a full disk or a power cut left it. Readers skip it,
//! and the next writer cuts it off; both say so.

mod head;
mod link;
mod log;

use crate::error::Error;
use crate::files::{self, Hooks, checked_line};
use crate::id::Digest;
use head::Head;
pub(crate) use link::Line;
use link::Link;
use log::Log;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A log on disk.
#[derive(Debug)]
pub(crate) struct Chain<L> {
    log: Log,
    line: PhantomData<fn() -> L>,
}

/// How often a reader looks again for a log that is just being made.
const ATTEMPTS: usize = 8;

impl<L> Clone for Chain<L> {
    fn clone(&self) -> Self {
        Self { log: self.log.clone(), line: PhantomData }
    }
}

impl<L> Chain<L> {
    /// Uses the file at `path`, which is created at the first append.
    pub(crate) fn new(path: impl Into<PathBuf>, name: &'static str) -> Self {
        Self { log: Log { path: path.into(), name, once_headless: false }, line: PhantomData }
    }

    /// The same log, which earlier versions of the program write without a head.
    pub(crate) fn once_headless(self) -> Self {
        Self { log: Log { once_headless: true, ..self.log }, ..self }
    }

    /// The error for line `line`, from 1.
    pub(crate) fn broken(&self, line: usize, reason: String) -> Error {
        self.log.broken(line, reason)
    }
}

impl<L: Line> Chain<L> {
    /// The text as it is, unverified; empty if there is no file. Waits for a writer to finish.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(self.read()?.0)
    }

    /// Reads and verifies all lines, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<L>, Error> {
        let (bytes, head) = self.read()?;
        let mut link = Link::start().watching(Head::place(head.as_ref()));
        let lines = link.follow(&bytes, &self.log)?;
        Head::check(head.as_ref(), &link, &self.log)?;
        Ok(lines)
    }

    /// The whole lines and the head that belongs to them.
    fn read(&self) -> Result<(Vec<u8>, Option<Head>), Error> {
        let io = || Error::io("read", &self.log.path);
        for attempt in 1.. {
            let mut file = match files::open(&self.log.path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => match Head::read(&self.log)? {
                    // A head without a log: somebody may have begun the log between the two looks.
                    Some(_) if attempt < ATTEMPTS => continue,
                    head => return Ok((Vec::new(), head)),
                },
                Err(error) => return Err(io()(error)),
            };
            // Writers append under the exclusive lock, and write the head before they release it.
            self.log.locked(|| file.try_lock_shared())?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(io())?;
            let head = Head::read(&self.log)?;
            let torn = torn(&bytes);
            if torn > 0 {
                tracing::warn!(
                    "the last line of the {} {} is cut off and does not count: {torn} bytes that were never acknowledged; \
                     the next append removes them, and so does `holdfast artifact fsck --repair`",
                    self.log.name,
                    self.log.path.display()
                );
                bytes.truncate(bytes.len() - torn);
            }
            return Ok((bytes, head));
        }
        Ok((Vec::new(), None))
    }

    /// Reads and verifies the text of a log, oldest line first.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<Vec<L>, Error> {
        Link::start().follow(bytes, &self.log)
    }

    /// Does what a writer does before it appends: cuts off what a killed one left, and brings the head up to date.
    pub(crate) fn mend(&self) -> Result<(), Error> {
        // Without a log and without a head there is nothing to mend, and no file to create for it.
        let there = |path: &Path| path.try_exists().map_err(Error::io("read", path));
        if there(&self.log.path)? || there(&self.log.head_path())? {
            self.writer().hold()?;
        }
        Ok(())
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
        let log = &self.chain.log;
        let path = &log.path;
        let directory = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
        let io = || Error::io("append to", path);
        let mut file =
            files::open_with(OpenOptions::new().read(true).append(true).create(true), path).map_err(io())?;
        log.locked(|| file.try_lock())?;
        // Read the length only under the lock: another writer may just have appended.
        let length = file.metadata().map_err(io())?.len();
        if length < self.end {
            let reason = "lines that were read before are gone".to_owned();
            return Err(log.broken(self.link.next(), reason));
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io())?;
        let torn = torn(&bytes);
        bytes.truncate(bytes.len() - torn);
        let head = Head::read(log)?;
        let mut link = self.link.watching(Head::place(head.as_ref()));
        let new = link.follow(&bytes, log)?;
        let recorded = Head::check(head.as_ref(), &link, log)?;
        (self.link, self.end) = (link, self.end + bytes.len() as u64);
        // Only now: a line that the head vouches for is evidence, however it was cut.
        if torn > 0 {
            tracing::warn!(
                "the last line of the {} {} was cut off, and is removed: {torn} bytes that were never acknowledged",
                log.name,
                path.display()
            );
            file.set_len(self.end).and_then(|()| file.sync_all()).map_err(io())?;
        }
        // Otherwise a second kill at this place would leave the log two lines ahead.
        if !recorded {
            Head::write(log, &self.link)?;
        }
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
            return Err(Error::io("append to", &chain.log.path)(error));
        }
        let directory = chain.log.path.parent().unwrap_or(Path::new("."));
        // The file may be new: its name is durable only once the directory is synced.
        files::sync_directory(directory, &Hooks::default())?;
        *end += line.len() as u64;
        *link = link.then(&entry)?;
        Head::write(&chain.log, link)?;
        Ok(entry)
    }
}

/// The number of bytes after the last line feed.
fn torn(text: &[u8]) -> usize {
    text.iter().rev().take_while(|&&byte| byte != b'\n').count()
}
