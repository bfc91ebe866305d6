//! Every reader of foreign bytes, with what must hold for any bytes.
//!
//! The fuzz targets in `tests/fuzz` feed them, and `tests/tests/corpus.rs` replays what fuzzing has kept. A reader may
//! refuse anything; it must not panic, and what it accepts must come back the same when it is written again.

use artifact_cli::diff;
use artifact_core::schema::written::Json;
use artifact_core::schema::{Alignment, COLUMNS, IMPORTED_STUDY, ImportedStudy, RowChunk, Snapshot};
use artifact_core::{
    Digest, IndexSet, MemoryStore, Object, ObjectStore, Phase, PhaseRecord, Producer, RunRecord, Tag,
    TrialLog, canonical_json, decode_object, ledger, save, verify,
};
use expressions::Expression;
use legacy::json::read_value;
use legacy::{Migrated, OlderFile, SourceSort, export, migrate, originals};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use settings::{ColumnSetting, Config, Preset, SeriesSetting};
use std::path::Path;
use trainer_core::{Checkpoint, Weights};
use views::{BundleConfig, BundleMetrics, ExtendedResults, TrialResults, parse_canonical};

/// A reader: it takes any bytes.
pub type Reader = fn(&[u8]);

/// All readers, by the name of their fuzz target and of their directory in `tests/fuzz/corpus`.
pub const READERS: [(&str, Reader); 14] = [
    ("bar_files", bar_files),
    ("bars", bars),
    ("config", config),
    ("expression", expression),
    ("frame", frame),
    ("index_set", index_set),
    ("ledger", ledger),
    ("object", object),
    ("record", record),
    ("rows", rows),
    ("series", series),
    ("version1", version1),
    ("view", view),
    ("weights", weights),
];

fn producer() -> Producer {
    Producer { name: "reader".into(), version: "0.0.0".into(), engine_version: None }
}

/// The bytes of a stored object: an envelope of any kind, or a blob.
pub fn object(bytes: &[u8]) {
    let store = MemoryStore::default();
    let id = store.put(bytes).expect("a store in memory takes anything");
    let Ok(object) = Object::read(id, bytes.to_vec()) else {
        return;
    };
    // Its parents do not exist, so it must be refused at some point, but never with a panic.
    let _ = verify::verify(&store, id);
    let Object::Artifact(envelope) = object else {
        return;
    };
    assert_eq!(diff::compare(&envelope, &envelope), Some(Vec::new()), "an artifact differs from itself");
    let document: Value = serde_json::from_slice(bytes).expect("what was read is JSON");
    assert_eq!(canonical_json(&document).expect("its numbers are finite"), bytes, "one content, two forms");
}

/// An object's file: a zstd frame with its mark.
pub fn frame(bytes: &[u8]) {
    let path = Path::new("object");
    let id = Digest::of(b"");
    assert!(decode_object(&id, bytes, path).is_err_and(|error| error.to_string().contains(&id.to_string())));
    // No other bytes have that digest; with a right mark they at least reach zstd.
    let digest = Digest::of(bytes);
    let sealed = [bytes, &[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0], &digest.as_bytes()[..4]].concat();
    if let Ok(content) = decode_object(&id, &sealed, path) {
        assert!(content.is_empty());
    }
}

/// A file of version 1: as the trials, and as later results.
pub fn version1(bytes: &[u8]) {
    let source = |path: &str, sort| OlderFile { path: path.to_owned(), sort, bytes: bytes.to_vec() };
    let sources = [
        source("hyperparameter_tuning_results/trial_results.json", SourceSort::TrialResults),
        source("best_config.json", SourceSort::Results),
    ];
    let migrated = migrate(&sources);
    let sound = migrated.trials.iter().all(|trial| trial.is_sound()) && migrated.lost == 0;
    let (store, record) = stored(&sources, migrated);
    let kept = originals(&store, &record).expect("all of it is stored").expect("it was imported");
    assert!(kept.files.iter().all(|file| file.bytes == bytes), "an original was lost");
    let written = export(&store, &record).expect("all of it is stored").expect("it was imported");
    let trials = written.files.iter().find(|file| file.path == sources[0].path);
    let (Some(trials), Ok((original, _))) = (trials, read_value(bytes)) else {
        return;
    };
    let (again, notes) = read_value(&trials.bytes).expect("what is written can be read");
    assert!(notes.is_empty(), "what is written needs repair: {notes:?}");
    if sound && matches!(original, Json::Array(_)) {
        assert_eq!(again, original, "a sound trial came back changed");
    }
}

/// What the migration gives is valid, and can be stored.
fn stored(sources: &[OlderFile], migrated: Migrated) -> (MemoryStore, RunRecord) {
    let store = MemoryStore::default();
    for source in sources {
        store.put(&source.bytes).expect("a store in memory takes anything");
    }
    let trials = migrated.trials.into_iter().map(|trial| save(&store, trial, producer()));
    let trials = trials.collect::<Result<_, _>>().expect("a migrated trial is valid");
    let study = ImportedStudy { files: migrated.files, trials, findings: migrated.findings };
    let study = save(&store, study, producer()).expect("a migrated study is valid").digest();
    (store, RunRecord::imported("old", PhaseRecord::new(study, [(IMPORTED_STUDY, study)])))
}

/// The test ledger, and the trial log.
pub fn ledger(bytes: &[u8]) {
    if let Ok(entries) = TrialLog::new("log").parse(bytes) {
        assert!(entries.iter().map(|entry| entry.index).eq(1..=entries.len() as u64), "entries are in order");
    }
    let Ok(entries) = ledger::parse(bytes, Path::new("ledger")) else {
        return;
    };
    assert_eq!(entries.len(), bytes.iter().filter(|&&byte| byte == b'\n').count());
    for (before, after) in entries.iter().zip(entries.iter().skip(1)) {
        assert_eq!(after.previous, before.digest().expect("its numbers are finite"));
    }
}

/// A run's record and a tag, as given and with their digest put right: a fuzzer cannot guess one.
pub fn record(bytes: &[u8]) {
    let read = |text: &[u8]| {
        let record = RunRecord::parse(text, "run.json");
        if let Ok(record) = record {
            let _ = Config::of_record(&record);
            assert!(record.phases.keys().all(|phase| Phase::ALL.contains(phase)));
        }
        let _ = Tag::parse(text, "tag");
    };
    read(bytes);
    let Ok(mut document) = serde_json::from_slice::<Map<String, Value>>(bytes) else {
        return;
    };
    document.remove("digest");
    let Ok(canonical) = canonical_json(&document) else {
        return;
    };
    document.insert("digest".to_owned(), Digest::of(&canonical).to_string().into());
    read(Value::Object(document).to_string().as_bytes());
}

/// A view: an envelope with its id, or one of the lists.
pub fn view(bytes: &[u8]) {
    if let Ok((id, canonical)) = parse_canonical(bytes, "view") {
        assert_eq!(Digest::of(&canonical), id);
        object(&canonical);
    }
    comes_back::<TrialResults>(bytes);
    comes_back::<ExtendedResults>(bytes);
    comes_back::<BundleConfig>(bytes);
    let _ = BundleConfig::parse(bytes, "config.json");
    comes_back::<BundleMetrics>(bytes);
}

fn comes_back<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else {
        return;
    };
    let text = serde_json::to_vec(&value).expect("it was read from JSON");
    assert!(serde_json::from_slice::<T>(&text).is_ok_and(|again| again == value));
}

/// A feature written as an expression.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Expression::parse(text) {
        Ok(expression) => {
            let again = Expression::parse(&expression.to_string());
            assert_eq!(again.as_ref(), Ok(&expression), "its own text is another expression");
            let _ = (expression.columns(), expression.lookback(), expression.is_cross_sectional());
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "an error is one line"),
    }
}

/// A configuration file.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for preset in [Preset::Smoke, Preset::Default, Preset::Full, Preset::Empty] {
        let Ok(config) = Config::from_toml(preset, text, "run.toml") else {
            continue;
        };
        config.validate().expect("what was read has been checked");
        if config.run_name().is_ok() {
            assert!(config.is_comparable_with(&config));
        }
    }
}

/// Market bars, alone and with a column of one's own.
pub fn bars(bytes: &[u8]) {
    use data_loader::sources::files::read;
    use data_loader::{FileOptions, FilesRead, Period, QualityPolicy, panel, quality};
    use settings::Unordered;
    for hint in [Some("AAA"), None] {
        let Ok(FilesRead { bars: mut all, .. }) = read(bytes, "bars.csv", hint, &FileOptions::default())
        else {
            continue;
        };
        assert!(!all.is_empty() && all.iter().all(|bars| !bars.bars.is_empty()), "a ticker without bars");
        let finite = |value: f64| value.is_nan() || value.is_finite();
        assert!(all.iter().flat_map(|bars| &bars.bars).all(|bar| bar.values().into_iter().all(finite)));
        let policy = QualityPolicy { unordered: Unordered::Sort, ..QualityPolicy::default() };
        if quality::check(&mut all, &policy).is_ok() {
            let aligned = panel::align(all, Alignment::Union, 5, Period::Max);
            let panel = aligned.expect("clean bars have a common time axis").panel;
            assert!(panel.close().iter().all(|close| close.is_nan() || (close.is_finite() && *close > 0.0)));
        }
        // If the volume is there, a column of one's own may be any that is.
        let own = vec![ColumnSetting { column: Some("volume".into()), ..ColumnSetting::named("own") }];
        let options = FileOptions::new(&own.into(), None).expect("there is no format of dates");
        if let Ok(FilesRead { bars, columns, .. }) = read(bytes, "bars.csv", hint, &options) {
            assert_eq!(columns.len(), bars.len());
            for (bars, column) in bars.iter().zip(&columns) {
                assert_eq!(
                    (column.ticker.as_ref(), column.cells.len()),
                    (Some(&bars.ticker), bars.bars.len())
                );
            }
        }
    }
}

/// A file of bars, read as its first line says, which is no part of it: `TICKER;FORMAT;OWN;NAMES`. Each part may be empty;
/// OWN and NAMES are lists with commas, and NAMES is `FIELD=HEADER` or, behind a colon, the names of all columns.
pub fn bar_files(bytes: &[u8]) {
    use bar_files::{Names, Reading, check_reading};
    let mut halves = bytes.splitn(2, |&byte| byte == b'\n');
    let line = String::from_utf8_lossy(halves.next().unwrap_or_default());
    let mut parts = line.splitn(4, ';');
    let mut part = || parts.next().unwrap_or_default();
    let list =
        |text: &str| text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (ticker, format, own, names) = (part(), part(), part(), part());
    let field = |pair: String| {
        let (field, header) = pair.split_once('=')?;
        Some((field.parse().ok()?, header.to_owned()))
    };
    let names = match names.strip_prefix(':') {
        Some(names) => Names::Listed(list(names)),
        None if names.is_empty() => Names::Found,
        None => Names::Mapped(list(names).into_iter().filter_map(field).collect()),
    };
    let ticker = (!ticker.is_empty()).then(|| ticker.to_owned());
    let reading = Reading { ticker, names, date_format: format.parse().ok(), own: list(own) };
    if let Err(fault) = check_reading(halves.next().unwrap_or_default(), &reading) {
        panic!("{fault}; read as {reading:?}");
    }
}

/// A series that all tickers share.
pub fn series(bytes: &[u8]) {
    let setting = SeriesSetting {
        name: "vix".into(),
        file: "vix.csv".into(),
        column: "close".into(),
        delay: 1,
        max_forward_fill: 5,
    };
    if let Ok(column) = data_loader::sources::series::parse(bytes, "vix.csv", &setting, None) {
        assert!(!column.cells.is_empty() && column.ticker.is_none());
        let lines = column.cells.iter().map(|cell| cell.line);
        assert!(lines.is_sorted(), "cells keep the order of the lines");
    }
}

/// The rows of a snapshot.
pub fn rows(bytes: &[u8]) {
    let Some((&form, rest)) = bytes.split_first() else {
        return;
    };
    let (tickers, clock) = (1 + form % 4, form >= 128);
    let tickers: Vec<String> = (0..tickers).map(|ticker| format!("T{ticker}")).collect();
    let stamp = if clock { 8 } else { 4 };
    let count = rest.len() / (stamp + 8 * COLUMNS.len() * tickers.len());
    let store = MemoryStore::default();
    let blob = store.put(rest).expect("a store in memory takes anything");
    let snapshot = Snapshot {
        tickers,
        columns: COLUMNS.map(String::from).into(),
        rows: count,
        clock,
        first_date: Default::default(),
        last_date: Default::default(),
        fingerprint: Digest::of(rest),
        chunks: vec![RowChunk { start: 0, end: count, blob }],
    };
    assert!(data_loader::panel_of(&store, &snapshot, "snapshot").is_err(), "no rows have this fingerprint");
}

/// A set of indices.
pub fn index_set(bytes: &[u8]) {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sets {
        Two(IndexSet, IndexSet),
        One(IndexSet),
    }
    let (a, b) = match serde_json::from_slice(bytes) {
        Ok(Sets::Two(a, b)) => (a, b),
        Ok(Sets::One(a)) => (a, IndexSet::from_range(3..9)),
        Err(_) => return,
    };
    for (a, b) in [(&a, &b), (&b, &a)] {
        let text = serde_json::to_vec(a).expect("a set is JSON");
        assert!(serde_json::from_slice::<IndexSet>(&text).is_ok_and(|again| again == *a));
        assert!(a.is_subset(a) && (a.is_empty() || !a.is_disjoint(a)));
        assert_eq!(a.is_disjoint(b), b.is_disjoint(a));
        assert!(!a.is_subset(b) || a.len() <= b.len());
        assert_eq!((a.is_empty(), a.first().is_none()), (a.iter().next().is_none(), a.last().is_none()));
        assert!(
            a.first().is_none_or(|first| a.contains(first)) && a.last().is_none_or(|last| a.contains(last))
        );
    }
}

/// A file of weights, or of a checkpoint.
pub fn weights(bytes: &[u8]) {
    if let Ok(checkpoint) = Checkpoint::from_safetensors(bytes) {
        // It may hold NaN, which equals nothing: compare what is written twice.
        let written = checkpoint.to_safetensors().expect("what was read can be written");
        let again = Checkpoint::from_safetensors(&written).expect("what is written can be read");
        assert_eq!(again.to_safetensors().expect("as before"), written);
    }
    let Ok(weights) = Weights::from_safetensors(bytes) else {
        return;
    };
    let written = weights.to_safetensors(&Default::default());
    let again = Weights::from_safetensors(&written).expect("what is written can be read");
    assert_eq!(again.digest(), weights.digest());
    assert_eq!(again.to_safetensors(&Default::default()), written);
}
