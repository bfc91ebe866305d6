//! Temporary files that killed writers left behind.

use artifact_core::{Error, files};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The temporary files below a directory, sorted.
pub(super) fn find(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            // A directory may disappear while it is being listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read the directory", directory)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(Error::io("read the directory", &directory))?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            } else if entry.file_name().to_str().is_some_and(files::is_temporary) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
