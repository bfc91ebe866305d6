//! Replays the fuzzing corpus through the same readers, and reads real files, whole and truncated.

use std::fs;
use std::path::{Path, PathBuf};
use tests::readers::{READERS, Reader};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files below a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Reads a file. A panic of the reader alone would not name it.
fn read(reader: Reader, path: &Path) {
    let bytes = fs::read(path).unwrap();
    if std::panic::catch_unwind(|| reader(&bytes)).is_err() {
        panic!("reading {} panicked", path.display());
    }
}

#[test]
fn every_reader_has_a_target_and_a_corpus_and_reads_all_of_it() {
    let manifest = fs::read_to_string(here("fuzz/Cargo.toml")).unwrap();
    for (name, reader) in READERS {
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&target) && here("fuzz").join(target).is_file(), "{name} has no target");
        let corpus = files(&here("fuzz/corpus").join(name));
        assert!(corpus.len() > 1, "{name} has no corpus");
        corpus.iter().for_each(|path| read(reader, path));
    }
}

#[test]
fn real_files_are_read_whole_and_cut() {
    let core = here("../crates/artifact-core/tests");
    let seeds = [
        ("object", files(&core.join("golden"))),
        ("version1", files(&here("../crates/legacy/tests/v1"))),
        ("config", files(&here("../crates/settings/src/presets"))),
        ("bars", files(&here("../data/sample"))),
    ];
    for (name, paths) in seeds {
        let (_, reader) = READERS.into_iter().find(|(known, _)| *known == name).unwrap();
        for path in paths {
            read(reader, &path);
            let bytes = fs::read(&path).unwrap();
            let step = (bytes.len() / 20).max(1);
            (0..bytes.len()).step_by(step).for_each(|length| reader(&bytes[..length]));
        }
    }
}
