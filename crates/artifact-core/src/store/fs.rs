//! A store in a directory.
//!
//! ```text
//! <root>/
//!   objects/sha256/ab/cdef...                     one object each: a sealed zstd frame
//!   objects/sha256/ab/.holdfast-tmp-...           being written, or left by a killed writer
//!   quarantine/<milliseconds since 1970>/abcdef...    set aside at that time
//!   gc.lock                                       held by a clean-up
//! ```

use super::frame::{decode_object, encode};
use super::{Leftover, Metadata, ObjectStore, Quarantine, Quarantined};
use crate::error::Error;
use crate::files::{self, Hooks, Onto, TEMPORARY_PREFIX};
use crate::id::Digest;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Keeps objects as compressed files. Several processes may use one directory at the same time.
#[derive(Debug, Clone)]
pub struct FileStore {
    root: PathBuf,
    level: i32,
    hooks: Hooks,
}

/// How often a reader or writer looks again for an object that clean-up is moving at the same time.
const ATTEMPTS: usize = 8;

impl FileStore {
    /// The zstd level of [`FileStore::new`]: zstd's own default; higher ones gain little on these objects.
    pub const DEFAULT_LEVEL: i32 = 3;

    /// Uses `root` (the workspace's `store` directory), which is created at the first write.
    pub fn new(root: impl AsRef<Path>) -> Self {
        Self { root: root.as_ref().to_owned(), level: Self::DEFAULT_LEVEL, hooks: Hooks::default() }
    }

    /// The same store, compressing new objects with this zstd level.
    ///
    /// A level outside zstd's range becomes the nearest one inside. Objects of any level are read alike: the level is
    /// not part of an object's identity.
    pub fn with_level(self, level: i32) -> Self {
        let range = zstd::compression_level_range();
        Self { level: level.clamp(*range.start(), *range.end()), ..self }
    }

    /// The same store under a test's control.
    #[cfg(feature = "conformance")]
    pub fn with_hook(self, hook: std::sync::Arc<dyn files::Hook>) -> Self {
        Self { hooks: Hooks::new(hook), ..self }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the object with this id is kept.
    pub fn path(&self, id: &Digest) -> PathBuf {
        let name = id.to_string();
        self.objects().join(&name[..2]).join(&name[2..])
    }

    fn objects(&self) -> PathBuf {
        self.root.join("objects").join("sha256")
    }

    fn quarantine(&self) -> PathBuf {
        self.root.join("quarantine")
    }

    /// Makes an existing object young, if it is sound.
    fn reuse(&self, id: &Digest) -> Result<Reuse, Error> {
        let path = self.path(id);
        let mut file = match files::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Reuse::Absent),
            // Something that is no file at all, such as a pipe.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(Reuse::Unusable),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let compressed = content(&mut file).map_err(Error::io("read", &path))?;
        // Verify before reuse: keeping damaged bytes would lose the sound ones that the caller holds.
        if decode_object(id, &compressed, &path).is_err() || !files::touch(&file, &path, &self.hooks)? {
            return Ok(Reuse::Unusable);
        }
        // Clean-up moves the object, then checks its time; this sets the time, then checks the place. So at least one
        // of the two always notices the other.
        if !path.try_exists().map_err(Error::io("read", &path))? {
            return Ok(Reuse::Absent);
        }
        if let Some(directory) = path.parent() {
            // Its writer may have been killed before it synced the directory.
            files::sync_directory(directory, &self.hooks)?;
        }
        Ok(Reuse::Done)
    }

    /// The batches of the quarantine, oldest first.
    fn batches(&self) -> Result<Vec<(SystemTime, PathBuf)>, Error> {
        let since = |path: &PathBuf| {
            let milliseconds = name(path).parse().ok()?;
            UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
        };
        let batches = files::entries(&self.quarantine())?;
        let mut batches: Vec<_> =
            batches.into_iter().filter_map(|path| Some((since(&path)?, path))).collect();
        batches.sort();
        Ok(batches)
    }

    /// The directory of the objects set aside at this time.
    fn batch(&self, at: SystemTime) -> PathBuf {
        let milliseconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.quarantine().join(milliseconds.to_string())
    }
}

/// More bytes than the file of any object has, so that what follows them cannot matter.
const MOST_STORED: u64 = super::frame::GREATEST as u64 * 9 / 8;

enum Reuse {
    /// The object is there and young.
    Done,
    /// There is none.
    Absent,
    /// There is one, but it is damaged or cannot be made young.
    Unusable,
}

impl ObjectStore for FileStore {
    fn create(&self, bytes: &[u8]) -> Result<(Digest, bool), Error> {
        let id = Digest::of(bytes);
        let path = self.path(&id);
        let mut compressed = None;
        for attempt in 1.. {
            let onto = match self.reuse(&id)? {
                Reuse::Done => return Ok((id, false)),
                Reuse::Unusable => Onto::Anything,
                // Something that exists but cannot be opened, such as a broken link, is replaced in the end.
                Reuse::Absent if attempt > ATTEMPTS => Onto::Anything,
                Reuse::Absent if self.bring_back(&id)? => continue,
                Reuse::Absent => Onto::Nothing,
            };
            // Compress late, and once: a reused object needs no compression at all.
            if compressed.is_none() {
                compressed = Some(encode(bytes, self.level, &path)?);
            }
            let frame = compressed.as_deref().unwrap_or_default();
            // Nothing is written if another writer created the file first: then look again.
            if files::write(&path, frame, onto, &self.hooks)? {
                // Replacing a damaged object does not create it.
                return Ok((id, onto == Onto::Nothing));
            }
        }
        Ok((id, false))
    }

    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        let path = self.path(id);
        for _ in 0..ATTEMPTS {
            match files::open(&path).and_then(|mut file| content(&mut file)) {
                Ok(compressed) => return decode_object(id, &compressed, &path),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    return Err(Error::Damaged { id: *id, found: format!("{}: {error}", path.display()) });
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("read", &path)(error));
                }
                Err(_) if self.bring_back(id)? => {}
                // Another process may have brought it back between the two checks.
                Err(_) if path.try_exists().map_err(Error::io("read", &path))? => {}
                Err(_) => break,
            }
        }
        Err(Error::NotFound { what: "object", id: *id })
    }

    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        let exists = |path: PathBuf| path.try_exists().map_err(Error::io("read", path));
        if exists(self.path(id))? {
            return Ok(true);
        }
        for (_, batch) in self.batches()? {
            if exists(batch.join(id.to_string()))? {
                return Ok(true);
            }
        }
        // Again: it may have been brought back while the quarantine was searched.
        exists(self.path(id))
    }

    fn list(&self) -> Result<Vec<Digest>, Error> {
        let mut ids = Vec::new();
        for directory in files::entries(&self.objects())? {
            let prefix = name(&directory);
            for file in files::entries(&directory)? {
                // Temporary files of a killed writer are not objects.
                ids.extend(format!("{prefix}{}", name(&file)).parse::<Digest>().ok());
            }
        }
        ids.sort();
        Ok(ids)
    }

    fn metadata(&self, id: &Digest) -> Result<Metadata, Error> {
        metadata(&self.path(id))?.ok_or(Error::NotFound { what: "object", id: *id })
    }

    fn delete(&self, id: &Digest) -> Result<bool, Error> {
        let mut was_there = files::remove(&self.path(id), &self.hooks)?;
        for (_, batch) in self.batches()? {
            was_there |= files::remove(&batch.join(id.to_string()), &self.hooks)?;
        }
        Ok(was_there)
    }
}

impl Quarantine for FileStore {
    fn set_aside(&self, id: &Digest, seen: &Metadata, at: SystemTime) -> Result<bool, Error> {
        let path = self.path(id);
        if metadata(&path)? != Some(*seen) {
            return Ok(false);
        }
        let aside = self.batch(at).join(id.to_string());
        if !files::rename(&path, &aside, &self.hooks)? {
            return Ok(false);
        }
        if metadata(&aside)?.is_some_and(|now| now != *seen) {
            // It was put again between the check and the move.
            self.bring_back(id)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let mut items = Vec::new();
        for (since, batch) in self.batches()? {
            for file in files::entries(&batch)? {
                let (Ok(id), Some(metadata)) = (name(&file).parse(), metadata(&file)?) else {
                    continue;
                };
                items.push(Quarantined { since, id, stored_bytes: metadata.stored_bytes });
            }
        }
        Ok(items)
    }

    fn peek(&self, item: &Quarantined) -> Result<Vec<u8>, Error> {
        let path = self.batch(item.since).join(item.id.to_string());
        match files::open(&path).and_then(|mut file| content(&mut file)) {
            Ok(compressed) => decode_object(&item.id, &compressed, &path),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Err(Error::Damaged { id: item.id, found: format!("{}: {error}", path.display()) })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::NotFound { what: "object", id: item.id })
            }
            Err(error) => Err(Error::io("read", path)(error)),
        }
    }

    fn bring_back(&self, id: &Digest) -> Result<bool, Error> {
        let path = self.path(id);
        for (_, batch) in self.batches()? {
            let aside = batch.join(id.to_string());
            let file = match files::open(&aside) {
                Ok(file) => file,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) =>
                {
                    continue;
                }
                Err(error) => return Err(Error::io("read", aside)(error)),
            };
            // Young before visible, and linked before removed: a kill in between leaves two names rather than none.
            files::touch(&file, &aside, &self.hooks)?;
            if !files::link(&aside, &path, &self.hooks)? {
                continue;
            }
            if let Some(directory) = path.parent() {
                files::sync_directory(directory, &self.hooks)?;
            }
            files::remove(&aside, &self.hooks)?;
            // Fails while the batch still holds something.
            let _ = fs::remove_dir(batch);
            return Ok(true);
        }
        Ok(false)
    }

    fn purge(&self, item: &Quarantined) -> Result<bool, Error> {
        let batch = self.batch(item.since);
        let was_there = files::remove(&batch.join(item.id.to_string()), &self.hooks)?;
        // Fails while the batch still holds something.
        let _ = fs::remove_dir(batch);
        Ok(was_there)
    }

    fn leftovers(&self) -> Result<Vec<Leftover>, Error> {
        let mut leftovers = Vec::new();
        for directory in files::entries(&self.objects())? {
            for path in files::entries(&directory)? {
                if !name(&path).starts_with(TEMPORARY_PREFIX) {
                    continue;
                }
                if let Some(Metadata { stored_bytes: bytes, modified }) = metadata(&path)? {
                    leftovers.push(Leftover { path, bytes, modified });
                }
            }
        }
        Ok(leftovers)
    }
}

/// The content of an object's file, up to more than any object can have.
fn content(file: &mut File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(MOST_STORED).read_to_end(&mut content)?;
    Ok(content)
}

/// Size and age of an object's file; `None` if there is no file.
fn metadata(path: &Path) -> Result<Option<Metadata>, Error> {
    let read = || -> io::Result<Metadata> {
        let metadata = fs::metadata(path)?;
        Ok(Metadata { stored_bytes: metadata.len(), modified: metadata.modified()? })
    };
    match read() {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
