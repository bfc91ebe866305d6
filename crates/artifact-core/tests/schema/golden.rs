//! Golden files: one hand-made artifact of every kind, byte for byte, with its id.
//!
//! `golden/*.json` are those of the first edition, with their other parents in `golden/parents`;
//! `golden/components/*.json` are those written since components became references, `golden/figures/*.json` those since figures
//! within tickers have names of their own. They are never changed: a program of
//! any later version must read them, and a change that would write other bytes is a new version of the kind, which gets
//! its own files alongside these.

use crate::door::chain;
use artifact_core::schema::{ModelBundle, ModelBundleId, Trial};
use artifact_core::verify::verify;
use artifact_core::{
    Digest, Envelope, KINDS, MemoryStore, Object, ObjectStore, Payload, canonical_json, stored_figures,
};
use fixtures::{Chain, Made, for_every_kind, producer};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The golden files of the first edition.
fn first_edition() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden files that today's code writes.
pub(crate) fn directory() -> PathBuf {
    first_edition().join("figures")
}

/// Those that it wrote before figures were told apart within tickers and over all samples.
fn components() -> PathBuf {
    first_edition().join("components")
}

/// The stored bytes by kind.
pub(crate) fn files() -> BTreeMap<&'static str, Vec<u8>> {
    files_in(directory())
}

fn files_in(directory: PathBuf) -> BTreeMap<&'static str, Vec<u8>> {
    let read = |kind: &'static str| (kind, fs::read(directory.join(format!("{kind}.json"))).unwrap());
    KINDS.iter().copied().map(read).collect()
}

/// The ids, from a file that `sha256sum --check` reads too.
fn ids(directory: PathBuf) -> BTreeMap<String, Digest> {
    let text = fs::read_to_string(directory.join("SHA256SUMS")).unwrap();
    let entry = |line: &str| {
        let (id, name) = line.split_once("  ").unwrap();
        (name.trim_end_matches(".json").to_owned(), id.parse().unwrap())
    };
    text.lines().map(entry).collect()
}

/// The golden artifacts as today's code writes them.
fn written(made: &Made) -> BTreeMap<&'static str, Vec<u8>> {
    fn bytes<P: Payload + Clone>(payload: &P) -> (&'static str, Vec<u8>) {
        (P::KIND, Envelope::new(payload.clone(), producer()).to_bytes().unwrap().0)
    }
    let mut files = BTreeMap::new();
    macro_rules! add {
        ($payload:expr) => {{
            let (kind, bytes) = bytes($payload);
            files.insert(kind, bytes);
        }};
    }
    add!(&made.snapshot);
    add!(&made.seal);
    add!(&made.split);
    add!(&made.preprocessing);
    add!(&made.trial);
    add!(&made.study);
    add!(&made.cross_validation);
    add!(&made.best);
    add!(&made.plan);
    add!(&made.bundle);
    add!(&made.imported_trial);
    add!(&made.imported_study);
    add!(&made.leak_certificate);
    files
}

#[test]
fn todays_code_writes_exactly_these_bytes() {
    let (written, files) = (written(&Chain::golden().make()), files());
    assert_eq!(written.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
    for (kind, bytes) in &written {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(text(bytes), text(&files[kind]), "{kind}");
    }
}

#[test]
fn ids_are_pinned() {
    for directory in [first_edition(), components(), directory()] {
        let (files, ids) = (files_in(directory.clone()), ids(directory));
        assert_eq!(ids.len(), KINDS.len());
        for (kind, bytes) in files {
            assert_eq!(Digest::of(&bytes), ids[kind], "{kind}");
        }
    }
}

#[test]
fn todays_code_reads_them() {
    fn check<P: Payload + PartialEq + std::fmt::Debug>(payload: &P) {
        let read = Envelope::<P>::from_bytes(&files()[P::KIND], P::KIND).unwrap();
        assert_eq!(&read.payload, payload);
        assert_eq!(read.producer, producer());
    }
    for_every_kind!(Chain::golden().make(), check);
}

/// What the first edition wrote can be read, and agrees with the parents that it wrote.
#[test]
fn todays_code_reads_the_first_edition() {
    let store = MemoryStore::default();
    let files = files_in(first_edition());
    for bytes in files.values() {
        store.put(bytes).unwrap();
    }
    for entry in fs::read_dir(first_edition().join("parents")).unwrap() {
        let path = entry.unwrap().path();
        let id = store.put(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), id.to_string());
    }
    for (kind, bytes) in files {
        let id = Digest::of(&bytes);
        let read = Object::read(id, bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(read.kind(), kind);
    }
    for id in store.list().unwrap() {
        verify(&store, id).unwrap_or_else(|error| panic!("{id}: {}", chain(&error)));
    }
}

/// What was written before figures were told apart: the correlation was over all samples, and nothing else is made up.
#[test]
fn todays_code_reads_figures_over_all_samples() {
    let files = files_in(components());
    let trial = Envelope::<Trial>::from_bytes(&files[Trial::KIND], "trial").unwrap().payload;
    let stored: serde_json::Value = serde_json::from_slice(&files[Trial::KIND]).unwrap();
    let validation = trial.metrics.unwrap().validation;
    let before = &stored["payload"]["metrics"]["validation"];
    assert_eq!((validation.mcc, Some(validation.mcc_pooled)), (None, before["mcc"].as_f64()));
    let trading = validation.trading.unwrap();
    assert_eq!((validation.strategy, Some(trading.sharpe)), (None, before["trading"]["sharpe"].as_f64()));
    assert_eq!(validation.independent_rows, Some(trading.decisions));
    let bundle = Envelope::<ModelBundle>::from_bytes(&files[ModelBundle::KIND], "bundle").unwrap().payload;
    let names: Vec<&str> = bundle.test.all().map(|(name, _)| name).collect();
    assert_eq!(names, ["model", "linear", "majority"]);
    // The ledger has the digest of what was stored, not of what is read from it.
    let store = MemoryStore::default();
    let id = ModelBundleId::new(store.put(&files[ModelBundle::KIND]).unwrap());
    let stored: serde_json::Value = serde_json::from_slice(&files[ModelBundle::KIND]).unwrap();
    let figures = Digest::of(&canonical_json(&stored["payload"]["test"]).unwrap());
    assert_eq!(stored_figures(&store, id).unwrap(), figures);
    for (kind, bytes) in files {
        let read = Object::read(Digest::of(&bytes), bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(read.kind(), kind);
    }
}

/// Writes files for a new schema version: `cargo test -p artifact-core --test schema -- --ignored write_golden`.
/// It never overwrites any.
#[test]
#[ignore = "writes golden files: run it by name for a new schema version"]
fn write_golden_files_that_are_missing() {
    let mut sums = String::new();
    fs::create_dir_all(directory()).unwrap();
    for (kind, bytes) in written(&Chain::golden().make()) {
        let path = directory().join(format!("{kind}.json"));
        assert!(!path.exists(), "golden files are never changed");
        fs::write(path, &bytes).unwrap();
        sums.push_str(&format!("{}  {kind}.json\n", Digest::of(&bytes)));
    }
    fs::write(directory().join("SHA256SUMS"), sums).unwrap();
}

/// The example in docs/artifact-format.md is what this crate writes.
#[test]
fn the_documented_example_is_true() {
    let text = fs::read_to_string(first_edition().join("../../../../docs/artifact-format.md")).unwrap();
    let example = text.lines().find(|line| line.starts_with("{\"kind\":\"snapshot\"")).unwrap();
    let envelope =
        Envelope::<artifact_core::schema::Snapshot>::from_bytes(example.as_bytes(), "example").unwrap();
    let (bytes, id) = envelope.to_bytes().unwrap();
    assert_eq!(bytes, example.as_bytes());
    assert!(text.contains(&format!("`{id}`")), "{id}");
    assert!(text.contains(&format!("one line of {} bytes", bytes.len())), "{}", bytes.len());
}
