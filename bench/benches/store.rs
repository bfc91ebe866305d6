//! What a study of 1,000 trials costs in the store: `cargo bench -p bench`.
//!
//! Each trial has a learning curve of 12 epochs and a split of at least 1,000 sequences; the numbers have full
//! precision, as real ones do. Prints medians of several rounds next to the targets, and exits with code 1 if a
//! machine-independent target, the size or the number of reads, is missed.

use artifact_core::schema::{Study, StudyId, Trial, TrialId};
use artifact_core::store::Metadata;
use artifact_core::verify::Parents;
use artifact_core::{Digest, Error, FileStore, ObjectStore, Phase, PhaseRecord, RunRecord, load, save};
use fixtures::{Chain, Made, producer};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const TRIALS: usize = 1000;
const EPOCHS: u64 = 12;
/// Enough rows for 1,000 sequences of the longest geometry.
const ROWS: usize = 1149;
const SEQ_LENGTHS: [usize; 4] = [30, 60, 90, 120];
const TIME_WINDOWS: [usize; 5] = [5, 7, 14, 21, 30];
/// The number of rounds per median.
const ROUNDS: usize = 9;

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let store = Counting { inner: FileStore::new(directory.path()), reads: AtomicUsize::new(0) };
    let study = fill(&store);
    let (trial, shared) = sizes(&store, study);
    let older = as_version_1(&store, study);
    println!("{TRIALS} trials of {EPOCHS} epochs, {} geometries", SEQ_LENGTHS.len() * TIME_WINDOWS.len());
    println!("size of a trial       {trial:8.0} bytes");
    println!(
        "with its share        {shared:8.0} bytes  (target: below 2000; as JSON of version 1: {older:.0})"
    );
    let verified = median(|| verify_all(&store, study));
    println!("verify all trials     {:8.1} ms     (target: below 200)", verified * 1e3);
    let (found, reads) = (median(|| find(&store, study)), reads_of(&store, || find(&store, study)));
    println!("find its artifacts    {:8.2} ms", found * 1e3);
    println!("objects read for that {reads:8}        (study, trial, split, preprocessing)");
    let kept = shared < 2000.0 && reads == 4;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A store that counts the objects read.
struct Counting {
    inner: FileStore,
    reads: AtomicUsize,
}

impl ObjectStore for Counting {
    fn create(&self, bytes: &[u8]) -> Result<(Digest, bool), Error> {
        self.inner.create(bytes)
    }
    fn get(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.get(id)
    }
    fn contains(&self, id: &Digest) -> Result<bool, Error> {
        self.inner.contains(id)
    }
    fn list(&self) -> Result<Vec<Digest>, Error> {
        self.inner.list()
    }
    fn metadata(&self, id: &Digest) -> Result<Metadata, Error> {
        self.inner.metadata(id)
    }
    fn delete(&self, id: &Digest) -> Result<bool, Error> {
        self.inner.delete(id)
    }
}

/// Stores a study whose trials share split and preprocessing if they have the same geometry.
fn fill(store: &dyn ObjectStore) -> StudyId {
    let geometries: Vec<Made> = SEQ_LENGTHS
        .into_iter()
        .flat_map(|seq_length| TIME_WINDOWS.map(|time_window| chain(0, seq_length, time_window).make()))
        .collect();
    for made in &geometries {
        for id in made.store.list().expect("a store in memory can be listed") {
            store.put(&made.store.get(&id).expect("it was listed")).expect("the directory can be written");
        }
    }
    let trials: Vec<Trial> = (0..TRIALS).map(|number| trial(&geometries, number)).collect();
    let best =
        trials.iter().filter_map(|trial| Some((trial.number, trial.metrics.as_ref()?.objective_value)));
    let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let stored = |trial: &Trial| save(store, trial.clone(), producer()).expect("a valid trial");
    let study = Study {
        trials: trials.iter().map(stored).collect(),
        best_trial: best.map(|(number, _)| number),
        ..geometries[0].study.clone()
    };
    save(store, study, producer()).expect("a valid study")
}

/// A trial of one of the geometries, with its own numbers.
fn trial(geometries: &[Made], number: usize) -> Trial {
    let made = &geometries[number % geometries.len()];
    let own = chain(number + 1, made.split.seq_length, made.split.time_window);
    Trial { stage: "tpe".to_owned(), ..own.trial_in(made, number as u64) }
}

/// Numbers of full precision, different for every `seed`: round numbers would compress too well.
fn chain(seed: usize, seq_length: usize, time_window: usize) -> Chain {
    let bits = |place: u64| {
        let digest = Digest::of(&[(seed as u64).to_le_bytes(), place.to_le_bytes()].concat());
        let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    };
    let count = |place: u64| bits(1000 + place) % 60;
    let floats = (0..97).map(|place| (bits(place) >> 11) as f64 / (1u64 << 53) as f64).collect();
    let confusion = std::array::from_fn(|row| std::array::from_fn(|c| 1 + count(row as u64 * 3 + c as u64)));
    Chain::of(floats, confusion, "").rows(ROWS).epochs(EPOCHS).seq_length(seq_length).time_window(time_window)
}

/// The mean size of a trial's file in bytes, without and with its share of split, preprocessing and study.
fn sizes(store: &dyn ObjectStore, study: StudyId) -> (f64, f64) {
    let size = |id: Digest| store.metadata(&id).expect("a stored object").stored_bytes as f64;
    let loaded: Study = load(store, study).expect("a stored study");
    let mut shared = BTreeSet::from([study.digest()]);
    for &id in &loaded.trials {
        let trial: Trial = load(store, id).expect("a stored trial");
        let plan = load(store, trial.split.expect("a complete trial")).expect("a stored split");
        assert!(plan.rows + 1 - plan.seq_length - plan.time_window >= 1000);
        shared.extend(trial.split.map(|id| id.digest()));
        shared.extend(trial.preprocessing.map(|id| id.digest()));
    }
    let trials: f64 = loaded.trials.iter().map(|id| size(id.digest())).sum();
    let parts: f64 = shared.into_iter().map(size).sum();
    (trials / TRIALS as f64, (trials + parts) / TRIALS as f64)
}

/// The mean size of a trial in the plain JSON of older pipelines, in bytes.
fn as_version_1(store: &dyn ObjectStore, study: StudyId) -> f64 {
    let mut record = RunRecord::new("bench", &serde_json::json!({})).expect("a record");
    record.phases.insert(Phase::Tuning, PhaseRecord::new(study.digest(), [("study", study.digest())]));
    let export = legacy::export(store, &record).expect("a stored run").expect("a run with a study");
    export.files[0].bytes.len() as f64 / TRIALS as f64
}

fn verify_all(store: &dyn ObjectStore, study: StudyId) {
    let parents = Parents::new(store);
    let study: Study = parents.load_verified(study).expect("a sound study");
    study.trials.iter().for_each(|id| parents.verify(id.digest()).expect("a sound trial"));
}

/// Loads one trial's split and preprocessing, starting from the study.
fn find(store: &dyn ObjectStore, study: StudyId) {
    let study: Study = load(store, study).expect("a stored study");
    let id: TrialId = study.trials[TRIALS / 2];
    let trial: Trial = load(store, id).expect("a stored trial");
    let (split, preprocessing) = trial.split.zip(trial.preprocessing).expect("a complete trial has both");
    load(store, split).expect("a stored split");
    load(store, preprocessing).expect("a stored preprocessing");
}

fn reads_of(store: &Counting, action: impl FnOnce()) -> usize {
    let before = store.reads.load(Ordering::Relaxed);
    action();
    store.reads.load(Ordering::Relaxed) - before
}

/// The median time of an action, in seconds.
fn median(mut action: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            action();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}
