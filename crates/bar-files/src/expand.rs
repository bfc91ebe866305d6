//! From the paths that a user writes to files.

use crate::error::{Fault, ReadError};
use crate::quoted;
use std::path::{Path, PathBuf};

/// Endings of files that can hold bars.
const DATA: [&str; 14] = [
    "csv", "tsv", "tab", "txt", "dat", "psv", "prn", "json", "jsonl", "ndjson", "parquet", "pq", "feather",
    "arrow",
];

/// Endings of packed files, which hold bars if the ending before is one of data.
const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

/// Expands folders to the data files in them, in order of name and without hidden ones, and globs such as `data/*.csv` to
/// what they match, in order of name. A file and `-` stay as they are, whether or not they exist. A path that comes twice
/// is kept once.
///
/// # Errors
///
/// [`Fault::NoFiles`] for a folder without data files, a glob that matches nothing, or one that is not well formed.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ReadError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        for file in expand_one(path)? {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn expand_one(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let written = path.to_string_lossy();
    let refuse = |reason: String| ReadError {
        origin: written.clone().into_owned(),
        line: None,
        fault: Fault::NoFiles { reason },
    };
    if path.is_dir() {
        let files = folder(path).map_err(|error| refuse(format!("the folder cannot be read: {error}")))?;
        return match files.is_empty() {
            true => Err(refuse(format!(
                "the folder holds no data files: expected some with the endings {}",
                DATA.join(", ")
            ))),
            false => files.iter().try_for_each(|file| regular(file).map_err(&refuse)).map(|()| files),
        };
    }
    // A file may have a name with brackets: what exists is no glob.
    if written == "-" || path.exists() || !written.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let matches =
        glob::glob(&written).map_err(|error| refuse(format!("not a well-formed glob: {}", error.msg)))?;
    // The crate yields paths in order of name. One that cannot be read is left to whoever opens it.
    let matches = matches.map(|found| found.unwrap_or_else(|error| error.path().to_owned()));
    let files: Vec<PathBuf> = matches.filter(|file| !file.is_dir()).collect();
    files.iter().try_for_each(|file| regular(file).map_err(&refuse))?;
    if files.is_empty() {
        return Err(refuse("the glob matches no file".to_owned()));
    }
    Ok(files)
}

/// The data files of a folder.
fn folder(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        if holds_data(&file) && file.exists() && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Refuses what a folder or a glob holds besides regular files. A pipe may never end, and only who names it means to read it.
fn regular(file: &Path) -> Result<(), String> {
    // What cannot be looked at is left to whoever opens it.
    match std::fs::metadata(file) {
        Ok(found) if !found.is_file() => Err(format!(
            "{} is a pipe, a socket or a device; remove it, or name the files to read",
            quoted::name(&file.display().to_string())
        )),
        _ => Ok(()),
    }
}

/// Whether a file's name ends like one of data, and is not hidden.
fn holds_data(file: &Path) -> bool {
    let Some(name) = file.file_name().map(|name| name.to_string_lossy().to_lowercase()) else { return false };
    if name.starts_with('.') || name.starts_with("~$") {
        return false;
    }
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let inner = stem.rsplit_once('.').map_or("", |(_, inner)| inner);
    DATA.contains(&ending) || ending == "zip" || PACKED.contains(&ending) && DATA.contains(&inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[PathBuf]) -> Vec<String> {
        files
            .iter()
            .map(|file| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned())
            .collect()
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_among_files_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "").unwrap();
        let socket = folder.path().join("b.csv");
        let _open = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [folder.path().to_owned(), folder.path().join("*.csv")] {
            let refused = expand(&[path]).unwrap_err().to_string();
            assert!(refused.contains("b.csv is a pipe, a socket or a device"), "{refused}");
        }
        // A pipe that is named is read: whoever names it means it.
        assert_eq!(names(&expand(std::slice::from_ref(&socket)).unwrap()), ["b.csv"]);
    }

    #[test]
    fn folders_and_globs_become_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.CSV", ".hidden.csv", "notes.md", "c.csv.gz", "d.gz", "e[1].csv", "f.parquet"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("deep.csv")).unwrap();
        let all = expand(&[folder.path().to_owned()]).unwrap();
        assert_eq!(names(&all), ["a.CSV", "b.csv", "c.csv.gz", "e[1].csv", "f.parquet"]);
        let some = expand(&[folder.path().join("*.csv"), folder.path().join("b.csv"), "-".into()]).unwrap();
        assert_eq!(names(&some), [".hidden.csv", "b.csv", "e[1].csv", "-"]);
        let odd = expand(&[folder.path().join("e[1].csv"), "gone.csv".into()]).unwrap();
        assert_eq!(names(&odd), ["e[1].csv", "gone.csv"]);
    }

    #[test]
    fn nothing_found_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let check = |path: PathBuf, expected: &str| {
            let error = expand(std::slice::from_ref(&path)).unwrap_err().to_string();
            assert_eq!(error, format!("{}: {expected}", path.display()));
        };
        check(folder.path().join("*.csv"), "the glob matches no file");
        check(
            folder.path().join("a***"),
            "not a well-formed glob: wildcards are either regular `*` or recursive `**`",
        );
        let none = "the folder holds no data files: expected some with the endings csv, tsv, tab, txt, dat, psv, \
            prn, json, \
                    jsonl, ndjson, parquet, pq, feather, arrow";
        check(folder.path().to_owned(), none);
    }
}
