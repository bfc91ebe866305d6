//! Files that are written whole or not at all.

use crate::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Replaces `path` by `bytes` in one step: a reader sees the old file or the new one, also after a crash.
///
/// The bytes go to a temporary file in the same directory, which is synced, renamed over `path`, and made durable by
/// syncing the directory. Missing parent directories are created.
///
/// # Errors
///
/// [`Error::Io`]; the old file, if any, is then unchanged.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(Error::io("create the directory", directory))?;
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempfile_in(directory)
        .map_err(Error::io("create a file in", directory))?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(Error::io("write", file.path()))?;
    make_readable(file.as_file()).map_err(Error::io("set the permissions of", file.path()))?;
    file.persist(path).map_err(|error| Error::io("write", path)(error.error))?;
    sync_directory(directory)
}

/// The start of the names of temporary files; what a crash leaves behind can be told apart by it.
pub(crate) const TEMPORARY_PREFIX: &str = ".holdfast-tmp-";

/// Whether a file's name is that of a temporary file: what a killed writer left behind, or one at work right now.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX)
}

/// Temporary files are private; what replaces a file should be as readable as any other.
#[cfg(unix)]
fn make_readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// Makes a rename in `directory` durable. Only Unix lets a directory be synced.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(directory).and_then(|d| d.sync_all()).map_err(Error::io("sync", directory))?;
    }
    Ok(())
}

/// Reads a whole file.
///
/// # Errors
///
/// [`Error::Io`] naming the path.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::io("read", path))
}

/// Writes `value` as indented JSON with a final newline, atomically.
///
/// # Errors
///
/// As [`write_atomically`].
pub fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    write_atomically(path, &pretty_json(value)?)
}

/// Indented JSON with a final newline.
///
/// # Errors
///
/// [`Error::Canonical`] when the value has no JSON form.
pub fn pretty_json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| Error::Canonical { source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a JSON document.
///
/// # Errors
///
/// [`Error::Io`] or [`Error::Json`], naming the path.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    serde_json::from_slice(&read(path)?)
        .map_err(|source| Error::Json { what: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b.json");
        write_atomically(&path, b"first, longer").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_names_the_path_and_leaves_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        write_atomically(&file, b"old").unwrap();
        // A file cannot be a directory, not even for root.
        let error = write_atomically(&file.join("below"), b"new").unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert_eq!(read(&file).unwrap(), b"old");
    }
}
