//! Files of version 1 as older pipelines wrote them, sound and damaged, are migrated and exported again.
//!
//! The files come from `v1/make_fixtures.py`.

use artifact_core::schema::Damage::{self, *};
use artifact_core::schema::Done::{self, *};
use artifact_core::schema::written::{Json, Members};
use artifact_core::schema::{IMPORTED_STUDY, ImportedStudy, ImportedTrial};
use artifact_core::{MemoryStore, ObjectStore, PhaseRecord, Producer, RunRecord, Workspace, producer, save};
use legacy::json::{read_document, read_value, to_text};
use legacy::{
    ImportError, Imported, Migrated, OlderFile, SourceSort, export, find_source_files, import, migrate,
    originals,
};
use legacy::{TrialShape, find_by_shape};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/v1").join(name)
}

fn producer() -> Producer {
    producer!()
}

/// A fixture, imported into its own workspace.
struct Case {
    _directory: TempDir,
    workspace: Workspace,
    sources: Vec<OlderFile>,
    imported: Imported,
}

impl Case {
    fn new(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::new(directory.path());
        let sources = find_source_files(&fixture(name)).unwrap();
        let imported = import(&workspace, Some("old"), &sources, &producer()).unwrap();
        Self { _directory: directory, workspace, sources, imported }
    }

    fn record(&self) -> RunRecord {
        self.workspace.run("old").record().unwrap().unwrap()
    }

    /// The exported files, parsed.
    fn exported(&self) -> BTreeMap<String, Json> {
        let export = export(&self.workspace.store(), &self.record()).unwrap().unwrap();
        let parse = |bytes: &[u8]| {
            // Strict JSON, whatever the original was.
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
            read_value(bytes).unwrap().0
        };
        export.files.iter().map(|file| (file.path.clone(), parse(&file.bytes))).collect()
    }

    /// Every finding: those about trials with the trial's number, then those about files.
    fn findings(&self) -> Vec<(Option<u64>, Damage, Done)> {
        let trials = self.imported.trials.iter();
        let of_trials =
            trials.flat_map(|(_, t)| t.findings.iter().map(|f| (Some(t.number), f.damage, f.done)));
        let of_files = self.imported.study.findings.iter().map(|f| (None, f.damage, f.done));
        of_trials.chain(of_files).collect()
    }
}

const TRIALS: &str = "hyperparameter_tuning_results/trial_results.json";

fn items(json: &Json) -> &[Json] {
    match json {
        Json::Array(items) => items,
        other => panic!("{other:?} is not a list"),
    }
}

/// Imports and exports a fixture: sound entries must come back equal, and the original files byte for byte.
fn check(name: &str, read: usize, lost: usize, findings: &[(Option<u64>, Damage, Done)]) -> Case {
    let case = Case::new(name);
    assert_eq!(case.findings(), findings, "{name}: {:#?}", case.imported);
    assert_eq!((case.imported.trials.len(), case.imported.lost), (read, lost), "{name}");

    let kept = originals(&case.workspace.store(), &case.record()).unwrap().unwrap();
    for (source, kept) in case.sources.iter().zip(&kept.files) {
        assert_eq!((&source.path, &source.bytes), (&kept.path, &kept.bytes), "{name}");
    }
    let exported = case.exported();
    let document = read_document(&case.sources[0].bytes);
    for (place, (id, trial)) in case.imported.trials.iter().enumerate() {
        // Loading validates the payload as well.
        let stored: ImportedTrial = artifact_core::load(&case.workspace.store(), *id).unwrap();
        assert_eq!(stored, *trial, "{name}");
        if trial.is_sound() {
            let start = trial.original.start as usize;
            let entry = document.entries.iter().find(|entry| entry.place.start == start).unwrap();
            assert_eq!(items(&exported[TRIALS])[place], *entry.value.as_ref().unwrap(), "{name}");
        }
    }
    case
}

#[test]
fn a_sound_directory_comes_back_equal() {
    let case = check("sound", 3, 0, &[]);
    let exported = case.exported();
    assert_eq!(exported.len(), 3);
    for source in &case.sources {
        assert_eq!(exported[&source.path], read_value(&source.bytes).unwrap().0, "{}", source.path);
    }
    let artifacts = case.imported.trials[0].1.artifacts.as_ref().unwrap();
    assert!(artifacts.is_complete());
    assert_eq!(artifacts.development.as_ref().unwrap().len(), 76);
}

#[test]
fn numbers_keep_their_text() {
    check("exact_numbers", 3, 0, &[]);
    let case = check("more_digits_than_a_float", 3, 0, &[]);
    let text = String::from_utf8(
        export(&case.workspace.store(), &case.record()).unwrap().unwrap().files[0].bytes.clone(),
    );
    assert!(text.unwrap().contains("24.25000000000000000000001"));
}

#[test]
fn doubtful_values_are_kept_and_reported() {
    check("artifacts_null", 3, 0, &[(Some(1), NoArtifacts, Kept)]);
    check("artifacts_missing", 3, 0, &[(Some(1), NoArtifacts, Kept)]);
    check("metrics_missing", 3, 0, &[(Some(1), NoScore, Kept)]);
    check("failure_as_zero", 3, 0, &[(Some(1), SuspectedFailure, Kept)]);
    check("duplicate_numbers", 3, 0, &[(Some(0), DuplicateNumber, Kept); 2]);
    check("same_shape_other_split", 3, 0, &[(None, AmbiguousShape, Kept)]);
    check("same_shape_same_split", 3, 0, &[]);
}

#[test]
fn wrong_forms_are_repaired() {
    check("byte_order_mark", 3, 0, &[(None, ByteOrderMark, Repaired)]);
    check("not_finite", 3, 0, &[(Some(1), NotFinite, Repaired); 3]);
    check("unordered_indices", 3, 0, &[(Some(1), UnorderedIndices, Repaired)]);
    check("repeated_indices", 3, 0, &[(Some(1), RepeatedIndices, Repaired)]);
    check("repeated_key", 3, 0, &[(Some(1), RepeatedKey, Repaired)]);
    check("not_unicode", 3, 0, &[(Some(1), NotUnicode, Repaired)]);
    let case = check("numbers_as_text", 3, 0, &[(Some(1), NumberForm, Repaired); 5]);
    let (sound, repaired) = (Case::new("sound"), case.exported());
    let mut expected = sound.exported().remove(TRIALS).unwrap();
    let Json::Array(trials) = &mut expected else { unreachable!() };
    let Json::Object(trial) = &mut trials[1] else { unreachable!() };
    let Some(Json::Object(metrics)) = trial.get_mut("metrics") else { unreachable!() };
    metrics.insert("validation_accuracy".into(), read_value(b"0.425").unwrap().0);
    assert_eq!(repaired[TRIALS], expected);
}

#[test]
fn parts_that_contradict_themselves_are_set_aside_and_come_back() {
    for (name, damage) in [
        ("overlapping_indices", OverlappingIndices),
        ("indices_out_of_range", IndexOutOfRange),
        ("negative_index", UnreadableValue),
        ("empty_indices", MissingIndices),
        ("scaler_std_zero", UnusableScale),
        ("weights_of_wrong_length", WrongNumberOfWeights),
        ("weight_negative", NegativeWeight),
        ("class_counts_of_wrong_length", WrongClassCounts),
        ("contradicting_seq_length", Contradiction),
        ("unreadable_number", UnreadableValue),
    ] {
        let mut findings = vec![(Some(1), damage, SetAside)];
        // The other half is useless on its own.
        if name == "negative_index" {
            findings.insert(0, (Some(1), MissingIndices, SetAside));
        }
        let case = check(name, 3, 0, &findings);
        // Nothing is lost: even the damaged trial comes back as it was.
        let exported = case.exported();
        assert_eq!(exported[TRIALS], read_value(&case.sources[0].bytes).unwrap().0, "{name}");
        let usable = case.imported.trials[1].1.artifacts.as_ref().unwrap().is_complete();
        let harmless = ["class_counts_of_wrong_length", "unreadable_number"].contains(&name);
        assert_eq!(usable, harmless, "{name}");
    }
    let findings = [(Some(1), UnpairedScaler, SetAside), (Some(1), NotFinite, Repaired)];
    check("scaler_std_not_finite", 3, 0, &findings);
}

#[test]
fn sound_trials_survive_lost_ones() {
    let case = check("cut_inside_trial", 1, 2, &[(None, CutOff, LeftOut); 2]);
    assert_eq!(items(&case.exported()["extended_training_results/extended_results.json"]).len(), 1);
    let case = check("cut_after_trial", 2, 2, &[(None, CutOff, LeftOut); 2]);
    assert!(!case.exported().contains_key("best_config.json"));
    check("broken_trial", 2, 1, &[(None, NotJson, LeftOut)]);
    check("nested_too_deep", 2, 1, &[(None, NotJson, LeftOut)]);
    check("number_missing", 2, 1, &[(None, NotVersion1, LeftOut)]);
    check("params_missing", 2, 1, &[(None, NotVersion1, LeftOut)]);
    check("entries_of_other_kinds", 3, 4, &[(None, NotVersion1, LeftOut); 4]);
    check("older_bytes_after_end", 3, 0, &[(None, TrailingBytes, LeftOut)]);
}

#[test]
fn originals_are_kept_when_nothing_can_be_read() {
    for (name, damage) in [("cut_at_start", CutOff), ("empty_file", CutOff), ("not_a_list", NotVersion1)] {
        let case = check(name, 0, 1, &[(None, damage, LeftOut)]);
        assert!(case.imported.is_empty());
    }
}

#[test]
fn every_fixture_is_tested() {
    let source = include_str!("migration.rs");
    for entry in std::fs::read_dir(fixture("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(path.is_file() || source.contains(&format!("{name:?}")), "{name} is not tested");
    }
}

#[test]
fn importing_twice_changes_nothing() {
    let case = Case::new("sound");
    let before = case.workspace.store().list().unwrap();
    let record = std::fs::read(case.workspace.run("old").record_path()).unwrap();
    let again = import(&case.workspace, Some("old"), &case.sources, &producer()).unwrap();
    assert!(again.already_there && again.study_id == case.imported.study_id);
    // Another version of the program names the objects that are stored, not those it would store.
    let later = Producer { version: "99.0.0".to_owned(), ..producer() };
    assert_eq!(import(&case.workspace, Some("old"), &case.sources, &later).unwrap(), again);
    assert_eq!(case.workspace.store().list().unwrap(), before);
    assert_eq!(std::fs::read(case.workspace.run("old").record_path()).unwrap(), record);

    let lost = again.trials[0].0.digest().to_string();
    let (directory, file) = lost.split_at(2);
    let path = case.workspace.root().join("store/objects/sha256").join(directory).join(file);
    std::fs::remove_file(&path).unwrap();
    let error = import(&case.workspace, Some("old"), &case.sources, &later).unwrap_err();
    assert!(matches!(error, ImportError::Lost(_)), "another version would make other objects: {error}");
    assert_eq!(import(&case.workspace, Some("old"), &case.sources, &producer()).unwrap(), again);
    assert!(path.exists(), "what was lost is stored again");

    let other = find_source_files(&fixture("failure_as_zero")).unwrap();
    let error = import(&case.workspace, Some("old"), &other, &producer()).unwrap_err();
    assert!(error.to_string().contains("--run NAME"), "{error}");
    let named = import(&case.workspace, None, &other, &producer()).unwrap();
    assert!(named.run.starts_with("imported-") && !named.already_there);
}

#[test]
fn ambiguous_shapes_are_an_error_that_lists_the_matches() {
    let shape = |seq_length| TrialShape { seq_length, time_window: 5, batch_size: 32 };
    let case = Case::new("same_shape_other_split");
    let error = find_by_shape(&case.imported.trials, shape(60)).unwrap_err();
    assert_eq!(error.matches.len(), 2);
    let text = error.to_string();
    assert!(
        text.contains("trial 1 (") && text.contains("trial 2 (") && text.contains("seq_length 60"),
        "{text}"
    );
    assert_eq!(find_by_shape(&case.imported.trials, shape(30)).unwrap().unwrap().1.number, 0);
    assert_eq!(find_by_shape(&case.imported.trials, shape(31)), Ok(None));
    let case = Case::new("same_shape_same_split");
    assert_eq!(find_by_shape(&case.imported.trials, shape(60)).unwrap().unwrap().1.number, 1);
    for unusable in ["overlapping_indices", "scaler_std_zero", "weights_of_wrong_length", "artifacts_null"] {
        let case = Case::new(unusable);
        assert_eq!(find_by_shape(&case.imported.trials, shape(60)), Ok(None), "{unusable}");
    }
}

#[test]
fn a_directory_without_trials_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = find_source_files(directory.path()).unwrap_err();
    assert!(error.to_string().contains("trial_results.json"), "{error}");
}

/// Any JSON value.
fn any_json() -> impl Strategy<Value = Json> {
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(|text| read_value(text.as_bytes()).unwrap().0),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::btree_map("[a-z$]{0,8}", inner, 0..4).prop_map(Json::Object),
        ]
    })
}

fn object<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A finite number in any spelling.
fn any_number() -> impl Strategy<Value = Json> {
    "(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?"
        .prop_map(|text| read_value(text.as_bytes()).unwrap().0)
}

/// Keys that version 1 does not define.
fn any_extra() -> impl Strategy<Value = Members> {
    prop::collection::btree_map("x[a-z$]{0,8}|\\$[a-z]{0,6}", any_json(), 0..3)
}

fn with(mut extra: Members, json: Json) -> Json {
    let Json::Object(members) = json else { return json };
    extra.extend(members);
    Json::Object(extra)
}

fn any_artifacts() -> impl Strategy<Value = Json> {
    let sizes = (1u64..60, 1u64..30, 0u64..9);
    let positive =
        any_number().prop_filter("above 0", |n| n.as_number().is_some_and(|n| n.as_f64() > Some(0.0)));
    let one = (any_number(), positive).boxed();
    let scaler = prop_oneof![
        one.clone(),
        prop::collection::vec(one, 1..4).prop_map(|pairs| {
            let (mean, std): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            (Json::Array(mean), Json::Array(std))
        })
    ];
    let weights = prop::collection::vec(any_number(), 3);
    let counts = prop::collection::vec(0u64..1 << 53, 3);
    (sizes, scaler, weights, counts, any_extra()).prop_map(
        |((train, test, gap), (mean, std), weights, counts, extra)| {
            let list = |range: std::ops::Range<u64>| Json::from(range.collect::<Vec<_>>());
            let artifacts = object([
                ("train_indices", list(0..train)),
                ("test_indices", list(train + gap..train + gap + test)),
                ("scaler_mean", mean),
                ("scaler_std", std),
                ("alpha_weights", Json::Array(weights)),
                ("class_counts", counts.into()),
                ("split_date", "2020-01-01".into()),
                ("data_period", "5y".into()),
                ("tickers", Json::Array(vec!["AAPL".into()])),
                ("seq_length", 7u64.into()),
                ("time_window", 2u64.into()),
            ]);
            with(extra, artifacts)
        },
    )
}

fn any_trial() -> impl Strategy<Value = Json> {
    let metrics = (any_number(), any_number(), any_extra()).prop_map(|(accuracy, loss, extra)| {
        with(
            extra,
            object([
                ("validation_accuracy", accuracy),
                ("final_loss", loss),
                ("checkpoint_path", Json::Null),
            ]),
        )
    });
    let params = (any_number(), any_extra()).prop_map(|(rate, extra)| {
        with(
            extra,
            object([("learning_rate", rate), ("seq_length", 7u64.into()), ("batch_size", 32u64.into())]),
        )
    });
    let artifacts = prop_oneof![1 => Just(Json::Null), 4 => any_artifacts()];
    (0u64..1000, params, metrics, artifacts, any_extra()).prop_map(
        |(number, params, metrics, artifacts, extra)| {
            let trial = object([
                ("trial_number", number.into()),
                ("params", params),
                ("metrics", metrics),
                ("artifacts", artifacts),
                ("timestamp", "2024-01-01T00:00:00".into()),
            ]);
            with(extra, trial)
        },
    )
}

fn source(bytes: Vec<u8>) -> [OlderFile; 1] {
    [OlderFile { path: TRIALS.into(), sort: SourceSort::TrialResults, bytes }]
}

/// Stores migrated results in memory, as an import stores them on disk.
fn stored(migrated: Migrated) -> (MemoryStore, RunRecord) {
    let store = MemoryStore::default();
    let trials = migrated.trials.into_iter().map(|trial| save(&store, trial, producer()).unwrap()).collect();
    let study = ImportedStudy { files: migrated.files, trials, findings: migrated.findings };
    let study = save(&store, study, producer()).unwrap().digest();
    let done = PhaseRecord::new(study, [(IMPORTED_STUDY, study)]);
    (store, RunRecord::imported("old", done))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sound_document_comes_back_equal(trials in prop::collection::vec(any_trial(), 0..4)) {
        let original = Json::Array(trials);
        let migrated = migrate(&source(to_text(&original).into_bytes()));
        for trial in &migrated.trials {
            prop_assert!(trial.is_sound(), "{:?}", trial.findings);
        }
        let (store, record) = stored(migrated);
        let export = export(&store, &record).unwrap().unwrap();
        prop_assert_eq!(read_value(&export.files[0].bytes).unwrap().0, original);
    }

    #[test]
    fn no_change_of_bytes_makes_it_panic_or_store_what_does_not_load(
        name in prop::sample::select(vec!["sound", "exact_numbers", "not_finite"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = find_source_files(&fixture(name)).unwrap().remove(0).bytes;
        for (place, byte, how) in changes {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let migrated = migrate(&source(bytes));
        let store = MemoryStore::default();
        for trial in migrated.trials {
            let id = save(&store, trial.clone(), producer()).unwrap();
            prop_assert_eq!(artifact_core::load::<ImportedTrial>(&store, id).unwrap(), trial);
        }
    }
}
