//! A small chain of artifacts, one of every kind, worked out from a few numbers.

use artifact_core::schema::*;
use artifact_core::{
    Component, Digest, IndexSet, MemoryStore, ObjectStore, Params, Payload, Producer, canonical_json, save,
};
use chrono::{NaiveDate, TimeDelta};
use sha2::{Digest as _, Sha256};

/// What differs from one chain to another.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    pub rows: usize,
    pub seq_length: usize,
    pub time_window: usize,
    pub purge: Purge,
    pub method: CvMethod,
    pub epochs: u64,
    pub seed: u64,
    /// Any finite numbers; not empty.
    pub floats: Vec<f64>,
    /// Predictions of three classes; the first has samples of every class.
    pub confusion: [[u64; CLASSES]; CLASSES],
    pub text: String,
}

/// The numbers of the golden files. They never change: a new schema version gets new files.
pub(crate) fn golden_numbers() -> Numbers {
    Numbers {
        rows: 40,
        seq_length: 3,
        time_window: 2,
        purge: Purge::Label,
        method: CvMethod::Kfold,
        epochs: 3,
        seed: 42,
        floats: vec![0.1, 1e-7, 2.5, 1e21, 0.333_333_333_333_333_3, 5e-324, 123_456_789.125],
        confusion: [[3, 1, 0], [1, 2, 0], [0, 1, 0]],
        text: "a \"quoted\" \\ text,\twith é, € and \u{1F40D}".to_owned(),
    }
}

/// The chain, stored.
pub(crate) struct Made {
    pub store: MemoryStore,
    pub snapshot: Snapshot,
    pub development: Snapshot,
    pub seal: Seal,
    pub split: SplitPlan,
    pub preprocessing: Preprocessing,
    pub trial: Trial,
    pub failed: Trial,
    pub study: Study,
    pub cross_validation: CrossValidation,
    pub baseline: CrossValidation,
    pub best: BestConfiguration,
    pub plan: FrozenPlan,
    pub bundle: ModelBundle,
    pub imported_trial: ImportedTrial,
    pub imported_study: ImportedStudy,
    pub leak_certificate: LeakCertificate,
}

/// Calls a generic function with the payload of every kind.
macro_rules! for_every_kind {
    ($made:expr, $action:expr) => {{
        let made = &$made;
        $action(&made.snapshot);
        $action(&made.seal);
        $action(&made.split);
        $action(&made.preprocessing);
        $action(&made.trial);
        $action(&made.study);
        $action(&made.cross_validation);
        $action(&made.best);
        $action(&made.plan);
        $action(&made.bundle);
        $action(&made.imported_trial);
        $action(&made.imported_study);
        $action(&made.leak_certificate);
    }};
}
pub(crate) use for_every_kind;

pub(crate) fn producer() -> Producer {
    Producer { name: "hand".into(), version: "0.0.0".into(), engine_version: Some(1) }
}

pub(crate) fn golden() -> Made {
    make(&golden_numbers())
}

const TICKERS: [&str; 2] = ["AAA", "BBB"];

pub(crate) fn make(numbers: &Numbers) -> Made {
    let store = MemoryStore::default();
    let id = |digest: Digest| artifact_core::Id::new(digest);
    let split_row = (numbers.rows as f64 * 0.75).floor() as usize;
    let snapshot = panel(&store, numbers, numbers.rows);
    let development = panel(&store, numbers, split_row);
    let (snapshot_id, development_id) = (put(&store, &snapshot), put(&store, &development));
    let seal = Seal {
        snapshot: id(snapshot_id),
        development: id(development_id),
        rows: numbers.rows,
        split_row,
        split_date: date(split_row),
        train_test_split_ratio: 0.75,
        alignment: Alignment::Intersection,
        source: DataSource {
            kind: "csv".into(),
            version: 1,
            params: Params::default(),
            period: numbers.text.clone(),
            files: vec![SourceFile { name: "bars.csv".into(), sha256: Digest::of(b"bars") }],
        },
        faults: vec![Fault {
            ticker: TICKERS[1].into(),
            date: date(3),
            line: Some(5),
            kind: FaultKind::ZeroVolume,
            detail: numbers.text.clone(),
            action: FaultAction::Noted,
        }],
    };
    let seal_id = id_of::<Seal>(put(&store, &seal));
    let split = split(numbers, id(development_id), split_row);
    let split_id = id_of::<SplitPlan>(put(&store, &split));
    let preprocessing = preprocessing(numbers, id(development_id), split_id, &split);
    let preprocessing_id = id_of::<Preprocessing>(put(&store, &preprocessing));

    let most = split.validation.len() as u64 * 2;
    let returns = DailyReturns {
        values: (0..split_row - split.validation_row - 1).map(|row| row as f64 / 8.0).collect(),
    };
    let returns = store.put(&returns.to_bytes()).unwrap();
    let trial = trial(numbers, id(development_id), split_id, preprocessing_id, most, returns);
    let failed = Trial {
        number: 1,
        state: TrialState::Failed,
        error: Some(numbers.text.clone()),
        metrics: None,
        split: None,
        preprocessing: None,
        ..trial.clone()
    };
    let trial_id = id_of::<Trial>(put(&store, &trial));
    let study = Study {
        study_key: trial.study_key,
        seal: seal_id,
        objective: Objective::Mcc,
        trials: vec![trial_id, id_of(put(&store, &failed))],
        best_trial: Some(0),
    };
    let study_id = id_of::<Study>(put(&store, &study));
    let cross_validation = cross_validation(numbers, trial_id, &trial, &split, Role::Candidate);
    let cv_id = id_of::<CrossValidation>(put(&store, &cross_validation));
    let baseline = self::cross_validation(numbers, trial_id, &trial, &split, Role::Baseline);
    let baseline_id = id_of::<CrossValidation>(put(&store, &baseline));
    let best = BestConfiguration {
        seal: seal_id,
        snapshot: id(snapshot_id),
        study: study_id.into(),
        trial: trial_id.into(),
        trial_number: 0,
        seed: numbers.seed,
        model: trial.model,
        params: trial.params.clone(),
        training: TrainingSettings {
            model: ModelKind::Transformer,
            objective: Objective::Mcc,
            focal_gamma: 2.0,
            class_weight_mix: 1.0,
            accumulation_steps: 1,
            gradient_clip: 1.0,
            warmup_fraction: 0.1,
            patience: 8,
            cost_bps: 5.0,
        },
        objective: Objective::Mcc,
        schedule_epochs: numbers.epochs,
        epochs_to_train: cross_validation.epochs_to_train,
        split: split.clone(),
        preprocessing: preprocessing.clone(),
        candidates: vec![cv_id],
        cross_validation: cv_id,
        cv_results: cross_validation.clone(),
        baseline: Baseline {
            cross_validation: baseline_id,
            params: baseline.params.clone(),
            epochs_to_train: baseline.epochs_to_train,
        },
        regenerated: false,
    };
    let best_id = id_of::<BestConfiguration>(put(&store, &best));
    let plan = plan(best_id, &best);
    put(&store, &plan);
    let mut history = history(numbers, best.epochs_to_train, 0, 0.0);
    history.iter_mut().for_each(|record| (record.validation_loss, record.objective) = (None, None));
    let model = evaluation(numbers, 0, split.test.len() as u64 * 2);
    let mut majority = model.clone();
    majority.confusion = majority.confusion.map(|row| [row.iter().sum(), 0, 0]);
    majority.trading = None;
    score(&mut majority);
    let bundle = ModelBundle {
        best_configuration: best_id,
        weights: store.put(b"weights").unwrap(),
        baseline_weights: store.put(b"baseline weights").unwrap(),
        initial_weights: Digest::of(b"initial"),
        train: split.final_train.clone(),
        epochs_trained: best.epochs_to_train,
        history,
        test: TestMetrics { linear: model.clone(), model, majority },
    };
    let bundle_id = id_of::<ModelBundle>(put(&store, &bundle));
    let leak_certificate = leak_certificate(numbers, seal_id, study_id, best_id, bundle_id);
    put(&store, &leak_certificate);
    let original = store.put(b"[{\"trial_number\": 3, \"params\": {\"seq_length\": 30}}]").unwrap();
    let imported_trial = ImportedTrial {
        number: 3,
        params: artifact_core::schema::written::Members::from([("seq_length".to_owned(), 30.into())]),
        metrics: None,
        timestamp: None,
        artifacts: None,
        extra: artifact_core::schema::written::Members::new(),
        findings: Vec::new(),
        original: Place { blob: original, start: 1, end: 49 },
    };
    let imported_study = ImportedStudy {
        files: vec![ImportedFile {
            path: "hyperparameter_tuning_results/trial_results.json".to_owned(),
            blob: original,
            form: None,
            results: Vec::new(),
        }],
        trials: vec![id_of(put(&store, &imported_trial))],
        findings: Vec::new(),
    };
    put(&store, &imported_study);
    Made {
        store,
        snapshot,
        development,
        seal,
        split,
        preprocessing,
        trial,
        failed,
        study,
        cross_validation,
        baseline,
        best,
        plan,
        bundle,
        imported_trial,
        imported_study,
        leak_certificate,
    }
}

/// The plan for a configuration; the settings are a few of many.
fn plan(id: BestConfigurationId, best: &BestConfiguration) -> FrozenPlan {
    let settings = std::collections::BTreeMap::from([
        ("labels.rule".to_owned(), "first_touch".into()),
        ("labels.threshold".to_owned(), 0.02.into()),
        ("tuner.stages".to_owned(), serde_json::json!([{"sampler": "random", "trials": 2}])),
    ]);
    let fit = |kind, params: &Hyperparameters, epochs| PlannedFit {
        kind,
        params: params.clone(),
        epochs,
        schedule_epochs: best.schedule_epochs,
    };
    FrozenPlan {
        best_configuration: id,
        seal: best.seal,
        snapshot: best.snapshot,
        split: best.cv_results.split,
        split_row: best.split.split_row,
        seed: best.seed,
        model: fit(best.model, &best.params, best.epochs_to_train),
        baseline: fit(ModelKind::Linear, &best.baseline.params, best.baseline.epochs_to_train),
        thresholds: Thresholds {
            label_threshold: best.preprocessing.labels.threshold,
            cost_bps: best.training.cost_bps,
        },
        metrics: vec!["accuracy".to_owned(), "trading.sharpe".to_owned()],
        configuration: Digest::of(&canonical_json(&settings).unwrap()),
        settings,
        engine_version: 1,
        program_version: "0.0.0".to_owned(),
    }
}

fn id_of<P>(digest: Digest) -> artifact_core::Id<P> {
    artifact_core::Id::new(digest)
}

pub(crate) fn put<P: Payload + Clone>(store: &dyn ObjectStore, payload: &P) -> Digest {
    save(store, payload.clone(), producer()).unwrap().digest()
}

fn date(row: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + TimeDelta::days(row as i64)
}

impl Numbers {
    /// The `k`-th number.
    fn any(&self, k: usize) -> f64 {
        self.floats[k % self.floats.len()]
    }

    fn magnitude(&self, k: usize) -> f64 {
        self.any(k).abs()
    }

    fn positive(&self, k: usize) -> f64 {
        self.magnitude(k).max(f64::MIN_POSITIVE)
    }

    fn share(&self, k: usize) -> f64 {
        let number = self.magnitude(k);
        if number < 1.0 { number } else { 1.0 / (1.0 + number) }
    }
}

const CHUNK: usize = 16;

fn panel(store: &dyn ObjectStore, numbers: &Numbers, rows: usize) -> Snapshot {
    let row = |row: usize| -> Vec<u8> {
        let days = (date(row) - NaiveDate::default()).num_days() as i32;
        let values = (0..TICKERS.len() * COLUMNS.len()).map(|k| numbers.any(row * 31 + k));
        days.to_le_bytes().into_iter().chain(values.flat_map(f64::to_le_bytes)).collect()
    };
    let all: Vec<Vec<u8>> = (0..rows).map(row).collect();
    let chunks = all.chunks(CHUNK).enumerate().map(|(place, group)| RowChunk {
        start: place * CHUNK,
        end: place * CHUNK + group.len(),
        blob: store.put(&group.concat()).unwrap(),
    });
    Snapshot {
        tickers: TICKERS.map(String::from).into(),
        columns: COLUMNS.map(String::from).into(),
        rows,
        first_date: date(0),
        last_date: date(rows - 1),
        fingerprint: fingerprint(&all),
        chunks: chunks.collect(),
    }
}

fn fingerprint(rows: &[Vec<u8>]) -> Digest {
    let hash = |tag: u8, parts: &[&[u8]]| -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([tag]);
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    };
    let mut level: Vec<[u8; 32]> = rows.iter().map(|row| hash(0, &[row])).collect();
    while level.len() > 1 {
        level =
            level.chunks(2).map(|pair| if let [a, b] = pair { hash(1, &[a, b]) } else { pair[0] }).collect();
    }
    Digest::from_bytes(hash(2, &[&canonical_json(&(TICKERS, COLUMNS)).unwrap(), &level[0]]))
}

fn split(numbers: &Numbers, development_snapshot: SnapshotId, split_row: usize) -> SplitPlan {
    let (s, w) = (numbers.seq_length, numbers.time_window);
    let validation_row = (split_row as f64 * 0.75).floor() as usize;
    let distance = if numbers.purge == Purge::Label { w } else { s + w };
    // Sequences that decide from a row on; the end of those whose labels end before a row.
    let (from, before) = (|row: usize| (row + 1).saturating_sub(s), |row: usize| row + 1 - s - w);
    let until = |end: usize, evaluated: usize| IndexSet::from_range(0..end.min(evaluated + 1 - distance));
    SplitPlan {
        development_snapshot,
        rule: SplitRule::Calendar,
        rows: numbers.rows,
        seq_length: s,
        time_window: w,
        train_test_split_ratio: 0.75,
        validation_ratio: 0.25,
        split_row,
        split_date: date(split_row),
        validation_row,
        validation_date: date(validation_row),
        purge: numbers.purge,
        embargo: 1,
        train: until(before(validation_row), from(validation_row)),
        validation: IndexSet::from_range(from(validation_row)..before(split_row)),
        development: IndexSet::from_range(0..before(split_row)),
        final_train: until(before(split_row), from(split_row)),
        test: IndexSet::from_range(from(split_row)..before(numbers.rows)),
    }
}

fn preprocessing(
    numbers: &Numbers,
    development_snapshot: SnapshotId,
    split: SplitPlanId,
    plan: &SplitPlan,
) -> Preprocessing {
    let kinds = ["log_return", "log_high_low", "log_open_gap", "log_volume_change"];
    let columns = kinds.len() * TICKERS.len();
    let counts = [plan.train.len() as u64, 1, 0];
    let inverse = counts.map(|n| if n == 0 { 0.0 } else { 1.0 / (n as f64 + 1e-6) });
    let sum: f64 = inverse.iter().sum();
    Preprocessing {
        development_snapshot,
        split,
        tickers: TICKERS.map(String::from).into(),
        features: vec![Component::new("ohlcv", 1)],
        feature_names: TICKERS.iter().flat_map(|t| kinds.map(|k| format!("{t}.{k}"))).collect(),
        labels: LabelSpec {
            rule: LabelRule::FirstTouch,
            threshold: 0.02,
            time_window: numbers.time_window,
            permutation_seed: None,
        },
        scaler: FittedScaler {
            kind: Component::new("standard", 1),
            per: ScalerScope::Ticker,
            mean: (0..columns).map(|k| numbers.any(k)).collect(),
            std: (0..columns).map(|k| numbers.positive(k + 3)).collect(),
            fitted_rows: plan.input_rows(&plan.train),
            rows_digest: Digest::of(b"rows"),
        },
        class_weights: ClassWeights { counts, alpha: inverse.map(|weight| weight / sum) },
        warnings: vec![numbers.text.clone()],
    }
}

fn params(numbers: &Numbers) -> Hyperparameters {
    Hyperparameters {
        learning_rate: numbers.positive(1),
        dropout_rate: numbers.share(2),
        weight_decay: numbers.magnitude(3),
        time_window: numbers.time_window,
        seq_length: numbers.seq_length,
        num_layers: 2,
        d_model: 8,
        num_heads: 2,
        d_ff: 16,
        batch_size: 32,
    }
}

pub(crate) fn trial(
    numbers: &Numbers,
    development_snapshot: SnapshotId,
    split: SplitPlanId,
    preprocessing: PreprocessingId,
    most: u64,
    daily_returns: Digest,
) -> Trial {
    let validation = evaluation(numbers, 1, most);
    let best = numbers.epochs / 2;
    let history = history(numbers, numbers.epochs, best, validation.mcc);
    // A number that changes nothing when it is taken away makes an earlier epoch as good.
    let place = history.iter().position(|record| record.objective == Some(validation.mcc)).unwrap();
    Trial {
        study_key: Digest::of(b"study"),
        number: 0,
        stage: format!("random{}", numbers.text),
        model: ModelKind::Transformer,
        seed: numbers.seed,
        params: params(numbers),
        development_snapshot,
        split: Some(split),
        preprocessing: Some(preprocessing),
        state: TrialState::Complete,
        error: None,
        metrics: Some(TrialMetrics {
            objective: Objective::Mcc,
            objective_value: validation.mcc,
            validation_accuracy: validation.accuracy,
            training_loss: history[place].train_loss,
            final_loss: history[place].validation_loss.unwrap(),
            best_epoch: history[place].epoch,
            epochs_trained: numbers.epochs,
            history,
            initial_weights: Digest::of(b"initial"),
            best_weights: Digest::of(b"best"),
            daily_returns,
            validation,
        }),
        pruning: None,
    }
}

/// A curve whose objective is `height` at the place `best`, and nowhere higher.
fn history(numbers: &Numbers, epochs: u64, best: u64, height: f64) -> Vec<EpochRecord> {
    let record = |place: u64| {
        let k = place as usize * 4;
        EpochRecord {
            epoch: place + 1,
            learning_rate: numbers.magnitude(k),
            train_loss: numbers.any(k + 1),
            validation_loss: Some(numbers.any(k + 2)),
            objective: Some(if place == best { height } else { height - numbers.magnitude(k + 3) }),
        }
    };
    (0..epochs).map(record).collect()
}

/// Figures of at most `most` samples.
fn evaluation(numbers: &Numbers, k: usize, most: u64) -> Evaluation {
    let mut confusion = numbers.confusion;
    while confusion.iter().flatten().sum::<u64>() > most {
        confusion = confusion.map(|row| row.map(|count| count / 2));
    }
    let mut evaluation = Evaluation {
        samples: 0,
        confusion,
        accuracy: 0.0,
        majority_accuracy: 0.0,
        balanced_accuracy: 0.0,
        mcc: 0.0,
        macro_f1: 0.0,
        log_loss: numbers.magnitude(k),
        trading: Some(TradingFigures {
            cost_bps: 5.0,
            mean_return: numbers.any(k + 1).clamp(-1e9, 1e9),
            hit_rate: numbers.share(k + 2),
            decisions: 3,
            sharpe: numbers.any(k + 3),
            max_drawdown: numbers.share(k + 4),
            turnover: numbers.share(k + 5) * 2.0,
        }),
    };
    score(&mut evaluation);
    evaluation
}

/// Works out what follows from the confusion matrix.
pub(crate) fn score(evaluation: &mut Evaluation) {
    let m = evaluation.confusion.map(|row| row.map(|n| n as f64));
    let n: f64 = m.iter().flatten().sum();
    let truth = m.map(|row| row.iter().sum::<f64>());
    let said: [f64; 3] = std::array::from_fn(|c| m.iter().map(|row| row[c]).sum());
    let right: f64 = (0..3).map(|c| m[c][c]).sum();
    let product: f64 = (0..3).map(|c| truth[c] * said[c]).sum();
    let spread = |counts: [f64; 3]| n * n - counts.iter().map(|c| c * c).sum::<f64>();
    let scale = (spread(truth) * spread(said)).sqrt();
    let mean = |values: Vec<f64>| {
        if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
    };
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    evaluation.samples = n as u64;
    evaluation.accuracy = share(right, n);
    evaluation.majority_accuracy = share(truth.into_iter().fold(0.0, f64::max), n);
    evaluation.balanced_accuracy =
        mean((0..3).filter(|&c| truth[c] > 0.0).map(|c| m[c][c] / truth[c]).collect());
    evaluation.mcc = if scale > 0.0 { ((right * n - product) / scale).clamp(-1.0, 1.0) } else { 0.0 };
    let occurs = (0..3).filter(|&c| truth[c] + said[c] > 0.0);
    evaluation.macro_f1 = mean(occurs.map(|c| 2.0 * m[c][c] / (truth[c] + said[c])).collect());
}

fn cross_validation(
    numbers: &Numbers,
    trial_id: TrialId,
    trial: &Trial,
    split: &SplitPlan,
    role: Role,
) -> CrossValidation {
    let development: Vec<usize> = split.development.iter().collect();
    let all = development.len();
    // Two folds, or six of four groups.
    let (groups, test_groups) = match numbers.method {
        CvMethod::Kfold => (2, 1),
        CvMethod::WalkForward => (3, 1),
        CvMethod::CombinatorialPurged => (4, 2),
    };
    let size = all / groups;
    let evaluated: Vec<IndexSet> = match numbers.method {
        CvMethod::Kfold => vec![(0..size).collect(), (size..all).collect()],
        CvMethod::WalkForward => vec![(size..2 * size).collect(), (2 * size..all).collect()],
        CvMethod::CombinatorialPurged => {
            let bounds = group_bounds(all, groups);
            let members = |group: usize| development[bounds[group].clone()].iter().copied();
            let choices = combinations(groups, test_groups).into_iter();
            choices.map(|chosen| chosen.into_iter().flat_map(members).collect()).collect()
        }
    };
    let best = numbers.epochs - 1;
    let fold = |(number, evaluated): (usize, IndexSet)| {
        let off_limits = split.off_limits(&evaluated);
        let reach = match numbers.method {
            CvMethod::WalkForward => evaluated.first().unwrap(),
            CvMethod::Kfold | CvMethod::CombinatorialPurged => all,
        };
        let evaluation = evaluation(numbers, number + 2, evaluated.len() as u64 * 2);
        FoldResult {
            fold: number as u64 + 1,
            train: (0..reach).filter(|&i| !off_limits.contains(i) && !evaluated.contains(i)).collect(),
            evaluated,
            refitted: None,
            initial_weights: Digest::of(&[number as u8]),
            history: history(numbers, numbers.epochs, best, evaluation.mcc),
            evaluation,
        }
    };
    let folds: Vec<FoldResult> = evaluated.into_iter().enumerate().map(fold).collect();
    let column = |figure: &dyn Fn(&Evaluation) -> f64| -> Vec<f64> {
        folds.iter().map(|fold| figure(&fold.evaluation)).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let deviation = |values: &[f64]| {
        let centre = mean(values);
        (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
    };
    let (mcc, accuracy) = (column(&|e| e.mcc), column(&|e| e.accuracy));
    let returns = column(&|e| e.trading.as_ref().map_or(0.0, |t| t.mean_return));
    CrossValidation {
        trial: trial_id.into(),
        trial_number: 0,
        role,
        model: if role == Role::Baseline { ModelKind::Linear } else { trial.model },
        params: trial.params.clone(),
        split: trial.split.unwrap(),
        preprocessing: trial.preprocessing.unwrap(),
        regenerated: false,
        method: numbers.method,
        groups,
        test_groups,
        refitted_preprocessing: false,
        objective: Objective::Mcc,
        epochs_trained: numbers.epochs,
        epochs_to_train: best + 1,
        summary: CvSummary {
            avg_objective: mean(&mcc),
            std_objective: deviation(&mcc),
            avg_accuracy: mean(&accuracy),
            std_accuracy: deviation(&accuracy),
            avg_return: mean(&returns),
        },
        folds,
    }
}

/// One claim that holds, one that could not be checked, and the others without anything to say.
fn leak_certificate(
    numbers: &Numbers,
    seal: SealId,
    study: StudyId,
    best_configuration: BestConfigurationId,
    model_bundle: ModelBundleId,
) -> LeakCertificate {
    let claims = Claim::ALL.iter().enumerate().map(|(place, &claim)| {
        let evidence = Evidence {
            subject: numbers.text.clone(),
            counts: vec![Count { name: "rows".to_owned(), count: numbers.rows as u64 }],
            digest: Some(Digest::of(b"evidence")),
        };
        let (status, holds) = match place {
            0 => (ClaimStatus::Holds, true),
            1 => (ClaimStatus::Unchecked, false),
            _ => (ClaimStatus::NotApplicable, false),
        };
        let reason = Unchecked { subject: numbers.text.clone(), reason: "lost".into() };
        ClaimResult {
            claim,
            status,
            evidence: if holds { vec![evidence] } else { Vec::new() },
            violations: Vec::new(),
            unchecked: if holds { Vec::new() } else { vec![reason] },
        }
    });
    let leakage = LeakageKind::ALL.iter().enumerate().map(|(place, &kind)| {
        let verdict = [Verdict::Proven, Verdict::Attested, Verdict::Unknown][place % 3];
        Leakage {
            kind,
            verdict,
            claims: vec![Claim::ObjectsIntact],
            reason: "a reason".into(),
            attestation: (verdict == Verdict::Attested).then(|| numbers.text.clone()),
        }
    });
    LeakCertificate {
        seal,
        study: Some(study),
        best_configuration: Some(best_configuration),
        model_bundle: Some(model_bundle),
        claims: claims.collect(),
        leakage: leakage.collect(),
    }
}
