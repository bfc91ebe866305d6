//! The result files of older pipelines.

use artifact_core::{Error, files};
use std::path::{Path, PathBuf};

/// A file of version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderFile {
    /// Its path below the directory, with forward slashes.
    pub path: String,
    /// What it should hold.
    pub sort: SourceSort,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a file of version 1 should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceSort {
    /// A list of trials.
    TrialResults,
    /// Results of extended training, or a best configuration.
    Results,
}

/// The path of the trials.
pub(super) const TRIAL_RESULTS: &str = "hyperparameter_tuning_results/trial_results.json";

/// The directory with the results of extended training.
pub(super) const EXTENDED_RESULTS: &str = "extended_training_results";

/// The file name of the best configuration.
pub(super) const BEST_CONFIGURATION: &str = "best_config.json";

/// Reads `trial_results.json` and, where they exist, the JSON files of extended training and `best_config.json` at the
/// top or next to the final model. The trials come first, the others ordered by path.
///
/// # Errors
///
/// [`Error::Io`] if a file cannot be read, is a link or no regular file, or if `trial_results.json` does not exist.
pub fn find_source_files(directory: &Path) -> Result<Vec<OlderFile>, Error> {
    let read = |path: String, sort| {
        refuse_links(directory, &path)?;
        let bytes = files::read(&directory.join(&path))?;
        Ok(OlderFile { path, sort, bytes })
    };
    let mut found = vec![read(TRIAL_RESULTS.to_owned(), SourceSort::TrialResults)?];
    let mut paths: Vec<String> = [BEST_CONFIGURATION.to_owned(), format!("final_model/{BEST_CONFIGURATION}")]
        .into_iter()
        .filter(|path| directory.join(path).symlink_metadata().is_ok())
        .collect();
    paths.extend(extended(directory)?);
    // The operating system lists a directory in any order, but equal files must give an equal import.
    paths.sort();
    for path in paths {
        found.push(read(path, SourceSort::Results)?);
    }
    Ok(found)
}

/// The JSON files in the directory of extended training. Names that are not Unicode are skipped: no older pipeline
/// wrote such a file.
fn extended(directory: &Path) -> Result<Vec<String>, Error> {
    let directory = directory.join(EXTENDED_RESULTS);
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let io = || Error::io("read the directory", &directory);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&directory).map_err(io())? {
        let path: PathBuf = entry.map_err(io())?.path();
        let json = path.extension().is_some_and(|extension| extension == "json");
        if let (true, Some(name)) = (json, path.file_name().and_then(|name| name.to_str())) {
            paths.push(format!("{EXTENDED_RESULTS}/{name}"));
        }
    }
    Ok(paths)
}

/// Refuses a path below the directory that is no regular file or is reached through a link: results from elsewhere would
/// bring files of this machine into the store, from where an export hands them on. The directory itself may be a link.
fn refuse_links(directory: &Path, path: &str) -> Result<(), Error> {
    let mut place = directory.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        let sort = place.symlink_metadata().map_err(Error::io("read", directory.join(path)))?.file_type();
        let found = match (sort.is_symlink(), parts.peek()) {
            (true, _) => "a symbolic link",
            (false, None) if !sort.is_file() => "no regular file",
            (false, Some(_)) if !sort.is_dir() => "no directory",
            _ => continue,
        };
        let reason = format!("it is {found}; replace it by a copy of the results, or remove it");
        return Err(Error::io("import", &place)(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            reason,
        )));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_outside_of_the_directory_is_imported() {
        let (outside, inside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = outside.path().join("secret.json");
        std::fs::write(&secret, "[]").unwrap();
        let results = inside.path().join("hyperparameter_tuning_results");
        std::fs::create_dir(&results).unwrap();
        std::fs::write(results.join("trial_results.json"), "[]").unwrap();
        assert_eq!(find_source_files(inside.path()).unwrap().len(), 1);
        let refused = |expected: &str| {
            let Error::Io { path, source, .. } = find_source_files(inside.path()).unwrap_err() else {
                panic!("another error")
            };
            assert!(source.to_string().contains(expected), "{}: {source}", path.display());
        };

        let best = inside.path().join("best_config.json");
        symlink(&secret, &best).unwrap();
        refused("a symbolic link");
        std::fs::remove_file(&best).unwrap();
        std::fs::create_dir(&best).unwrap();
        refused("no regular file");
        std::fs::remove_dir(&best).unwrap();

        symlink(outside.path(), inside.path().join("extended_training_results")).unwrap();
        refused("a symbolic link");
    }
}
