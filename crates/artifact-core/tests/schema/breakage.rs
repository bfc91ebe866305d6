//! What each kind refuses by itself, by field.

use artifact_core::Component;
use artifact_core::schema::*;
use artifact_core::{Digest, Envelope, Error, Id, IndexSet, Payload};
use fixtures::{Chain, Made, producer, score};

/// A field and a change that breaks it.
type Breakage<P> = (&'static str, fn(&mut P));

/// Each breakage must be refused with the name of its field.
#[track_caller]
fn check<P: Payload + Clone>(pick: fn(Made) -> P, breakages: &[Breakage<P>]) {
    let sound = pick(Chain::golden().make());
    assert_eq!(sound.validate(), Ok(()));
    for (place, (field, breakage)) in breakages.iter().enumerate() {
        let mut broken = sound.clone();
        breakage(&mut broken);
        let error = Envelope::new(broken, producer()).to_bytes().expect_err(field);
        let Error::Refused { artifact, reason } = &error else { panic!("{field}: {error}") };
        assert_eq!(
            (artifact.as_str(), reason.field.as_str()),
            (P::KIND, *field),
            "breakage {place}: {error}"
        );
        assert!(!reason.found.is_empty() && !reason.expected.is_empty(), "{error}");
    }
}

fn other<K>() -> Id<K> {
    Id::new(Digest::of(b"other"))
}

#[test]
fn snapshots() {
    check::<Snapshot>(
        |made| made.snapshot,
        &[
            ("tickers", |s| s.tickers.clear()),
            ("tickers[1]", |s| s.tickers[1] = "AAA".into()),
            ("tickers[0]", |s| s.tickers[0].clear()),
            ("columns", |s| s.columns.swap(0, 1)),
            ("rows", |s| s.rows = 0),
            ("first_date", |s| std::mem::swap(&mut s.first_date, &mut s.last_date)),
            ("last_date", |s| s.last_date = s.first_date),
            ("chunks", |s| s.chunks[1].start += 1),
            ("chunks", |s| s.chunks.swap(0, 1)),
            ("chunks", |s| s.chunks.truncate(1)),
            ("chunks", |s| s.chunks[0].end = 0),
        ],
    );
}

#[test]
fn seals() {
    check::<Seal>(
        |made| made.seal,
        &[
            ("split_row", |s| s.split_row = 0),
            ("split_row", |s| s.split_row = s.rows),
            ("split_row", |s| s.split_row += 1),
            ("train_test_split_ratio", |s| s.train_test_split_ratio = 1.0),
            ("development", |s| s.development = s.snapshot),
            ("faults[0].line", |s| s.faults[0].line = Some(0)),
        ],
    );
}

#[test]
fn split_plans() {
    check::<SplitPlan>(
        |made| made.split,
        &[
            ("seq_length", |s| s.seq_length = 0),
            ("time_window", |s| s.time_window = 0),
            ("rows", |s| s.rows = 4),
            ("validation_row and split_row", |s| s.validation_row = s.split_row),
            ("validation_ratio", |s| s.validation_ratio = 0.0),
            ("validation_row", |s| s.validation_ratio = 0.5),
            ("split_row", |s| s.train_test_split_ratio = 0.9),
            ("validation_date", |s| s.validation_date = s.split_date),
            ("train", |s| s.train = IndexSet::default()),
            ("test", |s| s.test = IndexSet::from_range(28..37)),
            ("train", |s| s.train = IndexSet::from_range(0..21)),
            ("train", |s| s.validation = s.train.clone()),
            ("development", |s| s.development = IndexSet::from_range(0..29)),
            ("validation", |s| s.validation = IndexSet::from_range(20..27)),
            ("final_train", |s| s.final_train = IndexSet::from_range(0..28)),
            ("train", |s| s.purge = Purge::Strict),
            ("final_train", |s| (s.purge, s.train) = (Purge::Strict, IndexSet::from_range(0..16))),
        ],
    );
}

#[test]
fn preprocessings() {
    check::<Preprocessing>(
        |made| made.preprocessing,
        &[
            ("tickers", |p| p.tickers.clear()),
            ("feature_names", |p| p.feature_names.swap(0, 4)),
            ("feature_names", |p| drop(p.feature_names.pop())),
            ("feature_names", |p| p.feature_names.clear()),
            ("feature_names", |p| p.feature_names[1] = p.feature_names[0].clone()),
            ("features", |p| p.features.clear()),
            ("features[0].name", |p| p.features[0].name.push('!')),
            ("features[0].version", |p| p.features[0].version = 0),
            ("scaler.kind.version", |p| p.scaler.kind.version = 0),
            ("labels.rule.version", |p| p.labels.rule.version = 0),
            ("labels.time_window", |p| p.labels.time_window = 0),
            ("scaler.mean", |p| p.scaler.mean.truncate(3)),
            ("scaler.std", |p| p.scaler.std.push(1.0)),
            ("scaler.mean", |p| p.scaler.per = ScalerScope::Feature),
            ("scaler.std", |p| p.scaler.std[2] = 0.0),
            ("scaler.fitted_rows", |p| p.scaler.fitted_rows = IndexSet::default()),
            ("class_weights.counts", |p| p.class_weights.counts = [0; 3]),
            ("class_weights.alpha[0]", |p| p.class_weights.counts[0] += 100),
            ("class_weights.alpha[2]", |p| p.class_weights.alpha[2] = 1e-9),
        ],
    );
}

#[test]
fn hyperparameters() {
    check::<Trial>(
        |made| made.trial,
        &[
            ("params.seq_length", |t| t.params.seq_length = 0),
            ("params.time_window", |t| t.params.time_window = 0),
            ("params.Rate", |t| t.params.model.set("Rate", 1)),
            ("params.seq_length", |t| t.params.model.set("seq_length", 1)),
            ("params.learning_rate", |t| t.params.model.set("learning_rate", f64::NAN)),
            ("params.layers", |t| t.params.model.set("layers", vec![1, 2])),
            ("model.name", |t| t.model.name = "A B".to_owned()),
            ("metrics.objective.version", |t| t.metrics.as_mut().unwrap().objective.version = 0),
        ],
    );
}

#[test]
fn trials() {
    fn metrics(trial: &mut Trial) -> &mut TrialMetrics {
        trial.metrics.as_mut().unwrap()
    }
    fn pruning(epochs_allowed: u64) -> Pruning {
        Pruning { pruner: "median".into(), epochs_allowed }
    }
    check::<Trial>(
        |made| made.trial,
        &[
            ("stage", |t| t.stage.clear()),
            ("metrics", |t| t.metrics = None),
            ("error", |t| t.error = Some("x".into())),
            ("metrics", |t| t.state = TrialState::Failed),
            ("pruning", |t| t.state = TrialState::Pruned),
            ("pruning", |t| t.pruning = Some(pruning(metrics(t).epochs_trained + 1))),
            ("split", |t| t.split = None),
            ("preprocessing", |t| t.preprocessing = None),
            ("metrics.objective_value", |t| metrics(t).objective_value += 1e-9),
            ("metrics.validation_accuracy", |t| metrics(t).validation_accuracy = 0.0),
            ("metrics.validation.samples", |t| metrics(t).validation.samples += 1),
            ("metrics.validation.accuracy", |t| metrics(t).validation.accuracy += 1e-9),
            ("metrics.validation.majority_accuracy", |t| metrics(t).validation.majority_accuracy = 1.0),
            ("metrics.validation.balanced_accuracy", |t| metrics(t).validation.balanced_accuracy = 1.0),
            ("metrics.validation.mcc_pooled", |t| metrics(t).validation.mcc_pooled = 1.0),
            ("metrics.validation.mcc", |t| metrics(t).validation.mcc = Some(1.5)),
            ("metrics.validation.log_loss_skill", |t| metrics(t).validation.log_loss_skill = Some(1.5)),
            ("metrics.validation.independent_rows", |t| metrics(t).validation.independent_rows = Some(9999)),
            ("metrics.validation.macro_f1", |t| metrics(t).validation.macro_f1 = 1.0),
            ("metrics.validation.log_loss", |t| metrics(t).validation.log_loss = -1.0),
            ("metrics.validation.strategy.hit_rate", |t| {
                metrics(t).validation.strategy.as_mut().unwrap().hit_rate = Some(1.5);
            }),
            ("metrics.validation.strategy.slippage", |t| {
                metrics(t).validation.strategy.as_mut().unwrap().slippage = Some(-1e-4);
            }),
            ("metrics.validation.strategy.participation", |t| {
                metrics(t).validation.strategy.as_mut().unwrap().participation = Some(-1.0);
            }),
            ("metrics.validation.strategy.bars", |t| {
                metrics(t).validation.strategy.as_mut().unwrap().bars = 0;
            }),
            ("metrics.validation.strategy.sharpe", |t| {
                metrics(t).validation.strategy.as_mut().unwrap().sharpe = Some(99.0);
            }),
            ("metrics.best_epoch", |t| metrics(t).best_epoch = 3),
            ("metrics.best_epoch", |t| metrics(t).best_epoch = 0),
            ("metrics.best_epoch", |t| metrics(t).history[2].objective = Some(1.0)),
            ("metrics.epochs_trained", |t| metrics(t).epochs_trained = 4),
            ("metrics.training_loss", |t| metrics(t).training_loss += 1.0),
            ("metrics.final_loss", |t| metrics(t).final_loss += 1.0),
            ("metrics.history[1].epoch", |t| metrics(t).history[1].epoch = 3),
            ("metrics.history[0].objective", |t| metrics(t).history[0].objective = None),
            ("metrics.history[0].validation_loss", |t| metrics(t).history[0].validation_loss = None),
            ("metrics.history[2].learning_rate", |t| metrics(t).history[2].learning_rate = -1.0),
        ],
    );
    check::<Trial>(
        |mut made| {
            made.trial.pruning = Some(pruning(metrics(&mut made.trial).epochs_trained + 1));
            Trial { state: TrialState::Pruned, ..made.trial }
        },
        &[
            ("metrics", |t| t.metrics = None),
            ("pruning", |t| t.pruning = None),
            ("pruning", |t| t.state = TrialState::Complete),
            ("pruning.pruner", |t| t.pruning.as_mut().unwrap().pruner.clear()),
            ("pruning.epochs_allowed", |t| t.pruning.as_mut().unwrap().epochs_allowed -= 1),
        ],
    );
    check::<Trial>(
        |made| made.failed,
        &[("error", |t| t.error = None), ("split", |t| t.preprocessing = Some(other()))],
    );
}

#[test]
fn studies() {
    check::<Study>(
        |made| made.study,
        &[
            ("trials", |s| s.trials.clear()),
            ("trials[1]", |s| s.trials[1] = s.trials[0]),
            ("best_trial", |s| s.best_trial = Some(2)),
        ],
    );
}

#[test]
fn cross_validations() {
    check::<CrossValidation>(
        |made| made.cross_validation,
        &[
            ("params.time_window", |c| c.params.time_window = 0),
            ("model.version", |c| c.model.version = 0),
            ("folds", |c| c.folds.truncate(1)),
            ("folds[1].fold", |c| c.folds[1].fold = 1),
            ("folds[0].train", |c| c.folds[0].train = IndexSet::default()),
            ("folds[0].evaluated", |c| c.folds[0].evaluated = IndexSet::default()),
            ("folds[1].train", |c| c.folds[1].train = c.folds[1].evaluated.clone()),
            ("method.name", |c| c.method.name = "K-Fold".into()),
            ("method.version", |c| c.method.version = 0),
            ("folds[0].refitted", |c| c.refitted_preprocessing = true),
            ("folds[0].history", |c| c.epochs_trained = 2),
            ("epochs_to_train", |c| c.epochs_to_train = 0),
            ("epochs_to_train", |c| c.epochs_to_train = 4),
            ("epochs_to_train", |c| c.folds[0].history[1].objective = Some(9.0)),
            ("summary.avg_objective", |c| c.folds[0].history[2].objective = Some(0.9)),
            ("folds[1].evaluation.accuracy", |c| c.folds[1].evaluation.accuracy = 0.0),
            ("summary.avg_objective", |c| c.summary.avg_objective += 1e-9),
            ("summary.std_objective", |c| c.summary.std_objective = 1.0),
            ("summary.avg_accuracy", |c| c.summary.avg_accuracy = 0.0),
            ("summary.std_accuracy", |c| c.summary.std_accuracy = 1.0),
            ("summary.avg_return", |c| c.summary.avg_return = -2.0),
        ],
    );
}

#[test]
fn best_configurations() {
    check::<BestConfiguration>(
        |made| made.best,
        &[
            ("params.seq_length", |b| b.params.seq_length = 0),
            ("baseline.params.seq_length", |b| b.baseline.params.seq_length = 0),
            ("baseline.model.name", |b| b.baseline.model.name = "A B".to_owned()),
            ("training.gradient_clip", |b| b.training.gradient_clip = 0.0),
            ("training.patience", |b| b.training.patience = 0),
            ("training.seeds", |b| b.training.seeds = 0),
            ("training.seeds", |b| b.training.seeds = 101),
            ("training.class_weight_mix", |b| b.training.class_weight_mix = 1.5),
            ("training.accumulation_steps", |b| b.training.accumulation_steps = 0),
            ("training.spread_bps", |b| b.training.spread_bps = Spread::Same(-1.0)),
            ("training.spread_bps", |b| b.training.spread_bps = Spread::ByTicker([].into())),
            ("training.spread_bps.AAA", |b| {
                b.training.spread_bps = Spread::ByTicker([("AAA".to_owned(), -1.0)].into());
            }),
            ("training.impact.coefficient", |b| {
                b.training.impact = Some(Impact { coefficient: -1.0, capital: 1.0, days: 2 });
            }),
            ("training.impact.capital", |b| {
                b.training.impact = Some(Impact { coefficient: 1.0, capital: 0.0, days: 2 });
            }),
            ("training.impact.days", |b| {
                b.training.impact = Some(Impact { coefficient: 1.0, capital: 1.0, days: 1 });
            }),
            ("split.rows", |b| b.split.rows = 1),
            ("preprocessing.scaler.std", |b| b.preprocessing.scaler.std[0] = -1.0),
            ("cv_results.folds", |b| b.cv_results.folds.clear()),
            ("trial", |b| b.trial = other()),
            ("trial_number", |b| b.trial_number = 1),
            ("params", |b| b.params.model.set("d_ff", 99)),
            ("model", |b| b.model = Component::new("linear", 1)),
            ("objective", |b| b.objective = Component::new("sharpe", 1)),
            ("training.objective", |b| b.training.objective = Component::new("sharpe", 1)),
            ("regenerated", |b| b.regenerated = true),
            ("epochs_to_train", |b| b.epochs_to_train = 1),
            ("schedule_epochs", |b| b.schedule_epochs = 9),
            ("baseline.epochs_to_train", |b| b.baseline.epochs_to_train = 4),
            ("cross_validation", |b| b.cross_validation = other()),
            ("candidates[1]", |b| b.candidates.push(b.cross_validation)),
            ("candidates[0]", |b| b.baseline.cross_validation = b.cross_validation),
            ("preprocessing.split", |b| b.preprocessing.split = other()),
            ("preprocessing.development_snapshot", |b| b.preprocessing.development_snapshot = other()),
            ("preprocessing.labels.time_window", |b| b.preprocessing.labels.time_window = 3),
        ],
    );
}

#[test]
fn frozen_plans() {
    check::<FrozenPlan>(
        |made| made.plan,
        &[
            ("model.params.seq_length", |p| p.model.params.seq_length = 0),
            ("model.epochs", |p| p.model.epochs = 0),
            ("baseline.epochs", |p| p.baseline.epochs = p.baseline.schedule_epochs + 1),
            ("baseline.kind.version", |p| p.baseline.kind.version = 0),
            ("target.name", |p| p.target.name = "First Touch".into()),
            ("thresholds.cost_bps", |p| p.thresholds.cost_bps = -1.0),
            ("metrics", |p| p.metrics.clear()),
            ("metrics[1]", |p| p.metrics[1] = p.metrics[0].clone()),
            ("configuration", |p| p.configuration = Digest::of(b"other")),
            ("configuration", |p| drop(p.settings.insert("labels.threshold".into(), 0.03.into()))),
            ("configuration", |p| drop(p.settings.remove("labels.rule"))),
            ("program_version", |p| p.program_version.clear()),
        ],
    );
}

#[test]
fn model_bundles() {
    check::<ModelBundle>(
        |made| made.bundle,
        &[
            ("epochs_trained", |b| b.epochs_trained += 1),
            ("history[0].epoch", |b| b.history[0].epoch = 0),
            ("history[1].objective", |b| b.history[1].objective = Some(0.5)),
            ("test.model.mcc_pooled", |b| b.test.model.mcc_pooled = 0.0),
            ("test.baselines[linear].confusion", |b| {
                b.test.baselines[0].evaluation.confusion[0][0] += 1;
                score(&mut b.test.baselines[0].evaluation);
            }),
            ("test.baselines[majority].confusion", |b| b.test.baselines[1].evaluation = b.test.model.clone()),
            ("test.inference.level", |b| b.test.inference.as_mut().unwrap().level = 1.0),
            ("test.inference.mcc", |b| b.test.inference.as_mut().unwrap().model[0].low = 2.0),
            ("test.tickers[].samples", |b| b.test.tickers[0].samples += 1),
            ("test.calibration.bins", |b| b.test.calibration.as_mut().unwrap().bins[0].class = 3),
        ],
    );
}

#[test]
fn leak_certificates() {
    check::<LeakCertificate>(
        |made| made.leak_certificate,
        &[
            ("claims", |c| drop(c.claims.pop())),
            ("claims", |c| c.claims.swap(0, 1)),
            ("claims[0].status", |c| c.claims[0].status = ClaimStatus::Violated),
            ("claims[0].status", |c| c.claims[0].evidence.clear()),
            ("claims[1].status", |c| c.claims[1].status = ClaimStatus::Holds),
            ("claims[2].status", |c| c.claims[2].unchecked.clear()),
            ("leakage", |c| c.leakage.swap(0, 1)),
            ("leakage[0].verdict", |c| c.leakage[0].verdict = Verdict::Violated),
            ("leakage[0].verdict", |c| c.leakage[0].claims.push(Claim::SnapshotFingerprint)),
            ("leakage[1].verdict", |c| c.leakage[1].attestation = None),
            ("leakage[2].verdict", |c| c.leakage[2].attestation = Some("nothing is wrong".into())),
            ("leakage[0].reason", |c| c.leakage[0].reason.clear()),
        ],
    );
}
