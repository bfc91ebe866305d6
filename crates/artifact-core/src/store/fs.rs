//! A store in a directory: `objects/sha256/ab/cdef...`, each file one zstd frame.

use super::ObjectStore;
use super::frame::{decode_object, encode};
use crate::files::write_atomically;
use crate::{Digest, Error};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Keeps objects as compressed files. Several processes may use one directory at the same time.
#[derive(Debug, Clone)]
pub struct FileStore {
    objects: PathBuf,
}

impl FileStore {
    /// Uses `root` (the workspace's `store` directory), which is created at the first write.
    pub fn new(root: impl AsRef<Path>) -> Self {
        Self { objects: root.as_ref().join("objects").join("sha256") }
    }

    /// Where the object with this id is kept.
    pub fn path(&self, id: &Digest) -> PathBuf {
        let name = id.to_string();
        self.objects.join(&name[..2]).join(&name[2..])
    }
}

impl ObjectStore for FileStore {
    fn put(&self, bytes: &[u8]) -> Result<Digest, Error> {
        let id = Digest::of(bytes);
        // A damaged file under the right name must not survive a fresh write of the same content.
        if self.get(&id).is_ok() {
            return Ok(id);
        }
        let path = self.path(&id);
        write_atomically(&path, &encode(bytes, &path)?)?;
        Ok(id)
    }

    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        let path = self.path(id);
        let compressed = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NotFound { what: "object", id: *id },
            _ => Error::io("read", &path)(error),
        })?;
        decode_object(id, &compressed, &path)
    }

    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        let path = self.path(id);
        path.try_exists().map_err(Error::io("read", path))
    }

    fn list(&self) -> Result<Vec<Digest>, Error> {
        let mut ids = Vec::new();
        for directory in entries(&self.objects)? {
            let prefix = name(&directory);
            for file in entries(&directory)? {
                // Temporary files of a killed writer are no objects.
                ids.extend(format!("{prefix}{}", name(&file)).parse::<Digest>().ok());
            }
        }
        ids.sort();
        Ok(ids)
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || fs::read_dir(directory)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<_>>();
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(Error::io("read the directory", directory)),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_truncation_and_bit_flip_is_detected() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path());
        let id = store.put(b"some bytes that are worth keeping, keeping, keeping").unwrap();
        let path = store.path(&id);
        let sound = fs::read(&path).unwrap();
        let check = |bytes: &[u8], how: String| {
            fs::write(&path, bytes).unwrap();
            let answer = store.get(&id);
            // Some flips only touch bits of the frame header that do not change the content.
            assert!(
                matches!(&answer, Err(Error::Damaged { .. })) || answer.is_ok_and(|b| Digest::of(&b) == id),
                "{how}"
            );
        };
        for length in 0..sound.len() {
            check(&sound[..length], format!("cut to {length}"));
        }
        for bit in 0..sound.len() * 8 {
            let mut flipped = sound.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            check(&flipped, format!("bit {bit}"));
        }
    }

    #[test]
    fn writing_again_heals_a_damaged_object() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path());
        let id = store.put(b"content").unwrap();
        fs::write(store.path(&id), b"garbage").unwrap();
        assert!(matches!(store.get(&id), Err(Error::Damaged { .. })));
        store.put(b"content").unwrap();
        assert_eq!(store.get(&id).unwrap(), b"content");
    }
}
