//! What each kind refuses when it is compared with the objects it was made from.

use artifact_core::schema::written::{Json, Members, Number};
use artifact_core::schema::*;
use artifact_core::{
    Component, Digest, Error, Id, IndexSet, ObjectStore, Payload, load_verified, verify::verify,
};
use chrono::TimeDelta;
use fixtures::{Chain, Cut, Made, put, score};

/// A field and a change, which may store other objects of the chain, that breaks it.
type Breakage<P> = (&'static str, fn(&mut P, &Made));

/// Each breakage is valid on its own, so it can be stored; compared with its parents, it is refused by its field.
#[track_caller]
fn check<P: Payload + Clone>(pick: fn(&Made) -> &P, breakages: &[Breakage<P>]) {
    let made = Chain::golden().make();
    verify(&made.store, put(&made.store, pick(&made)).digest()).unwrap();
    for (place, (field, breakage)) in breakages.iter().enumerate() {
        let mut broken = pick(&made).clone();
        breakage(&mut broken, &made);
        let id = put(&made.store, &broken).digest();
        let error = verify(&made.store, id).expect_err(field);
        let Error::Invalid { artifact, reason } = &error else { panic!("{field}: {error}") };
        assert_eq!(reason.field, *field, "breakage {place}: {error}");
        assert_eq!(*artifact, format!("{} {}", P::KIND, id.short()));
        assert!(error.to_string().contains("restore it from a copy"), "{error}");
        assert!(load_verified::<P>(&made.store, Id::new(id)).is_err());
        artifact_core::load::<P>(&made.store, Id::new(id)).unwrap();
    }
}

/// The id of a changed copy of another object of the chain.
fn changed<P: Payload + Clone>(made: &Made, payload: &P, change: impl FnOnce(&mut P)) -> Id<P> {
    let mut copy = payload.clone();
    change(&mut copy);
    put(&made.store, &copy)
}

#[test]
fn seals() {
    check::<Seal>(
        |made| &made.seal,
        &[
            ("rows", |s, _| (s.rows, s.split_row) = (41, 30)),
            ("split_row", |s, _| (s.split_row, s.train_test_split_ratio) = (20, 0.5)),
            ("split_date", |s, _| s.split_date += TimeDelta::days(-1)),
            ("split_date", |s, _| s.split_date += TimeDelta::days(99)),
            ("faults[0].ticker", |s, _| s.faults[0].ticker = "CCC".into()),
            ("development.tickers", |s, made| {
                s.development = changed(made, &made.development, |d| d.tickers[0] = "ZZZ".into());
            }),
            ("development.first_date", |s, made| {
                s.development = changed(made, &made.development, |d| d.first_date += TimeDelta::days(-1));
            }),
            ("development.chunks[0].blob", |s, made| {
                s.development =
                    changed(made, &made.development, |d| d.chunks[0].blob = Digest::of(b"weights"));
            }),
        ],
    );
}

#[test]
fn split_plans() {
    check::<SplitPlan>(
        |made| &made.split,
        &[
            ("split_row", |s, made| {
                s.development_snapshot = put(&made.store, &made.snapshot);
            }),
            ("split_date", |s, _| s.split_date += TimeDelta::days(-1)),
            ("validation_date", |s, _| s.validation_date += TimeDelta::days(1)),
        ],
    );
}

#[test]
fn preprocessings() {
    check::<Preprocessing>(
        |made| &made.preprocessing,
        &[
            ("development_snapshot", |p, made| p.development_snapshot = made.seal.snapshot),
            ("tickers", |p, _| {
                p.tickers[0] = "CCC".into();
                p.feature_names.iter_mut().for_each(|name| *name = name.replace("AAA", "CCC"));
            }),
            ("labels.time_window", |p, _| p.labels.time_window = 3),
            ("scaler.fitted_rows", |p, _| p.scaler.fitted_rows = IndexSet::from_range(0..30)),
            ("class_weights.counts", |p, _| {
                p.class_weights = ClassWeights { counts: [37, 0, 0], alpha: [1.0, 0.0, 0.0] };
            }),
        ],
    );
}

#[test]
fn trials() {
    check::<Trial>(
        |made| &made.trial,
        &[
            ("params.seq_length", |t, _| t.params.seq_length = 4),
            ("params.time_window", |t, _| t.params.time_window = 3),
            ("development_snapshot", |t, made| t.development_snapshot = made.seal.snapshot),
            ("preprocessing", |t, made| {
                t.preprocessing = Some(changed(made, &made.preprocessing, |p| {
                    p.split = changed(made, &made.split, |s| s.embargo = 9);
                }));
            }),
            ("metrics.daily_returns", |t, made| {
                t.metrics.as_mut().unwrap().daily_returns = made.store.put(&[0; 16]).unwrap();
            }),
            ("metrics.daily_returns.daily returns", |t, made| {
                t.metrics.as_mut().unwrap().daily_returns = made.store.put(&[0; 15]).unwrap();
            }),
            ("metrics.validation.samples", |t, _| {
                let metrics = t.metrics.as_mut().unwrap();
                metrics.validation.confusion = metrics.validation.confusion.map(|row| row.map(|n| n * 9));
                score(&mut metrics.validation);
            }),
        ],
    );
}

#[test]
fn studies() {
    check::<Study>(
        |made| &made.study,
        &[
            ("trials[0].number", |s, _| s.trials.reverse()),
            ("trials[0].study_key", |s, _| s.study_key = Digest::of(b"another")),
            ("trials[0].metrics.objective", |s, _| s.objective = Component::new("accuracy", 1)),
            ("best_trial", |s, _| s.best_trial = Some(1)),
            ("best_trial", |s, _| s.best_trial = None),
            ("best_trial", |s, made| {
                // As good as trial 0, but later.
                s.trials[1] = changed(made, &made.trial, |t| t.number = 1);
                s.best_trial = Some(1);
            }),
            ("best_trial", |s, made| {
                // Pruned trials are never the best.
                s.trials[0] = changed(made, &made.trial, |t| {
                    let run = t.metrics.as_ref().unwrap().epochs_trained;
                    t.state = TrialState::Pruned;
                    t.pruning = Some(Pruning { pruner: "asha".into(), epochs_allowed: run + 1 });
                });
            }),
            ("trials[0].development_snapshot", |s, made| {
                let other = changed(made, &made.development, |d| d.fingerprint = Digest::of(b"x"));
                s.seal = changed(made, &made.seal, |seal| seal.development = other);
            }),
        ],
    );
}

#[test]
fn cross_validations() {
    check::<CrossValidation>(
        |made| &made.cross_validation,
        &[
            ("trial_number", |c, _| c.trial_number = 3),
            ("params", |c, _| c.params.model.set("d_ff", 99)),
            ("model", |c, _| c.model = Component::new("linear", 1)),
            ("split", |c, made| {
                c.split = changed(made, &made.split, |s| s.embargo = 0);
                c.preprocessing = changed(made, &made.preprocessing, |p| p.split = c.split);
            }),
            ("preprocessing", |c, made| {
                c.preprocessing = changed(made, &made.preprocessing, |p| p.warnings.clear());
            }),
            ("folds[0].train", |c, _| {
                c.folds[0].train = c.folds[0].train.iter().chain([13]).collect();
            }),
            ("folds[1].train", |c, _| c.folds[1].train = IndexSet::from_range(0..13)),
            ("folds[1].evaluated", |c, _| c.folds[1].evaluated = IndexSet::from_range(13..27)),
            ("folds[0].train", |c, _| c.folds[0].train = IndexSet::from_range(20..30)),
        ],
    );
}

#[test]
fn folds_of_any_splitter_keep_clear_of_every_block() {
    let made = Chain::golden().method(Cut::Combinatorial).rows(80).make();
    let refused = |field: &str, change: fn(&mut CrossValidation, &SplitPlan)| {
        let mut broken = made.cross_validation.clone();
        broken.method = Component::new("mine", 7).with("depth", 3);
        change(&mut broken, &made.split);
        let error = verify(&made.store, put(&made.store, &broken).digest()).expect_err(field).to_string();
        assert!(error.contains(field), "{field}: {error}");
    };
    assert_eq!(made.cross_validation.folds.len(), 6);
    assert_eq!((made.cross_validation.paths(), made.cross_validation.label_overlap()), (3, 0));
    // A splitter that forgets the purge.
    refused("folds[0].train is ", |cv, split| {
        let others = |i: &usize| !cv.folds[0].evaluated.contains(*i);
        cv.folds[0].train = split.development.iter().filter(others).collect();
    });
    // Between two blocks, training keeps clear of both.
    refused("folds[1].train is ", |cv, split| {
        let blocks: Vec<_> = cv.folds[1].evaluated.ranges().collect();
        let near = blocks[0].end..blocks[0].end + split.time_window + split.embargo;
        cv.folds[1].train = cv.folds[1].train.iter().chain([near.end - 2]).collect();
    });
}

#[test]
fn best_configurations() {
    check::<BestConfiguration>(
        |made| &made.best,
        &[
            ("snapshot", |b, _| b.snapshot = b.split.development_snapshot),
            ("seed", |b, _| b.seed = 1),
            ("study.seal", |b, made| {
                b.study = changed(made, &made.study, |s| {
                    s.seal = changed(made, &made.seal, |seal| seal.faults.clear());
                })
                .into();
            }),
            ("trial", |b, made| b.study = changed(made, &made.study, |s| s.trials.reverse()).into()),
            ("objective", |b, made| {
                b.study = changed(made, &made.study, |s| s.objective = Component::new("sharpe", 1)).into()
            }),
            ("split", |b, _| b.split.embargo = 7),
            ("preprocessing", |b, _| b.preprocessing.warnings.clear()),
            ("candidates[1].role", |b, made| {
                b.candidates.push(changed(made, &made.baseline, |c| c.regenerated = true));
            }),
            ("cv_results", |b, _| b.cv_results.folds[0].initial_weights = Digest::of(b"x")),
            ("baseline.cross_validation.role", |b, made| {
                b.baseline.cross_validation = changed(made, &made.cross_validation, |c| c.regenerated = true);
            }),
            ("baseline.params", |b, _| b.baseline.params.model.set("batch_size", 7)),
            ("baseline.model", |b, _| b.baseline.model.version += 1),
            ("baseline.epochs_to_train", |b, _| b.baseline.epochs_to_train = 1),
        ],
    );
}

#[test]
fn frozen_plans() {
    check::<FrozenPlan>(
        |made| &made.plan,
        &[
            ("seal", |p, made| p.seal = changed(made, &made.seal, |s| s.faults.clear())),
            ("snapshot", |p, made| p.snapshot = made.seal.development),
            ("split", |p, made| p.split = changed(made, &made.split, |s| s.embargo = 9)),
            ("split_row", |p, _| p.split_row += 1),
            ("seed", |p, _| p.seed += 1),
            ("model.kind", |p, _| p.model.kind = Component::new("linear", 1)),
            ("model.epochs", |p, _| p.model.epochs -= 1),
            ("model.params", |p, _| p.model.params.model.set("batch_size", 7)),
            ("model.schedule_epochs", |p, _| p.model.schedule_epochs += 1),
            ("baseline.kind", |p, _| p.baseline.kind.version += 1),
            ("baseline.epochs", |p, _| p.baseline.epochs -= 1),
            ("baseline.params", |p, _| p.baseline.params.model.set("batch_size", 7)),
            ("target", |p, _| p.target.params.set("threshold", 0.5)),
            ("thresholds.cost_bps", |p, _| p.thresholds.cost_bps += 1.0),
        ],
    );
}

#[test]
fn model_bundles() {
    check::<ModelBundle>(
        |made| &made.bundle,
        &[
            ("epochs_trained", |b, _| {
                b.history.pop();
                b.epochs_trained -= 1;
            }),
            ("train", |b, _| b.train = IndexSet::from_range(0..1)),
            ("test.model.samples", |b, _| {
                let baselines = b.test.baselines.iter_mut().map(|own| &mut own.evaluation);
                for evaluation in baselines.chain([&mut b.test.model]) {
                    evaluation.confusion = evaluation.confusion.map(|row| row.map(|n| n * 9));
                    score(evaluation);
                }
                let ticker = &mut b.test.tickers[0];
                (ticker.samples, ticker.confusion) = (b.test.model.samples, b.test.model.confusion);
            }),
            ("test.baselines[majority].confusion", |b, _| {
                let majority = &mut b.test.baselines[1].evaluation;
                majority.confusion = majority.confusion.map(|row| [0, row[0], 0]);
                score(majority);
            }),
            ("test.baselines[linear].strategy.cost_bps", |b, _| {
                b.test.baselines[0].evaluation.strategy.as_mut().unwrap().cost_bps = 1.0;
            }),
            ("test.model.strategy.slippage", |b, _| {
                b.test.model.strategy.as_mut().unwrap().slippage = Some(1e-4);
            }),
            ("test.model.strategy.participation", |b, _| {
                b.test.model.strategy.as_mut().unwrap().participation = Some(0.5);
            }),
        ],
    );
}

#[test]
fn missing_parents_and_blobs_and_parents_of_another_kind_are_named() {
    let made = Chain::golden().make();
    let missing = Digest::of(b"nothing");
    let check = |id: Digest, expected: &str| {
        let error = verify(&made.store, id).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let study = changed(&made, &made.study, |s| s.trials[1] = Id::new(missing));
    check(study.digest(), &format!("trial {missing} is not in the store"));
    let study = changed(&made, &made.study, |s| s.trials[1] = Id::new(s.seal.digest()));
    check(study.digest(), "is a seal, expected a trial");
    let bundle = changed(&made, &made.bundle, |b| b.weights = missing);
    check(bundle.digest(), &format!("blob {missing} is not in the store"));
    check(missing, "is not in the store");
    verify(&made.store, made.store.put(b"a blob").unwrap()).unwrap();
}

/// The chain's trial as older results would state it.
fn as_older_result(made: &Made) -> ImportedTrial {
    let float = |value: f64| Json::from(Number::from_f64(value));
    let floats = |values: &[f64]| Json::from(values.iter().copied().map(float).collect::<Vec<_>>());
    let params = &made.trial.params;
    let mut members = Members::new();
    for (key, value) in [("time_window", params.time_window), ("seq_length", params.seq_length)] {
        members.insert(key.to_owned(), (value as u64).into());
    }
    for (key, value) in params.model.iter() {
        let value = value.as_u64().map_or_else(|| float(value.as_f64().unwrap()), Json::from);
        members.insert(key.to_owned(), value);
    }
    let mut trial = made.imported_trial.clone();
    trial.number = made.trial.number;
    trial.params = members;
    trial.original.end = 1000;
    trial.artifacts = Some(ImportedArtifacts {
        development: Some(made.split.development.clone()),
        test: Some(made.split.test.clone()),
        scaler_mean: Some(floats(&made.preprocessing.scaler.mean)),
        scaler_std: Some(floats(&made.preprocessing.scaler.std)),
        alpha_weights: made.preprocessing.class_weights.alpha.map(Number::from_f64).into_iter().collect(),
        tickers: Some(made.preprocessing.tickers.clone()),
        ..ImportedArtifacts::default()
    });
    trial
}

#[test]
fn what_follows_an_imported_trial_repeats_what_it_states() {
    let made = Chain::golden().make();
    let check = |field: Option<&str>, change: fn(&mut ImportedTrial, &mut CrossValidation)| {
        let mut trial = as_older_result(&made);
        let mut cv = made.cross_validation.clone();
        change(&mut trial, &mut cv);
        cv.trial = put(&made.store, &trial).into();
        let found = verify(&made.store, put(&made.store, &cv).digest());
        match (found, field) {
            (Ok(()), None) => {}
            (Err(Error::Invalid { reason, .. }), Some(field)) => assert_eq!(reason.field, field, "{reason}"),
            (found, _) => panic!("expected {field:?}, found {found:?}"),
        }
    };
    check(None, |_, _| {});
    check(Some("trial_number"), |trial, _| trial.number += 1);
    check(Some("params"), |_, cv| cv.params.model.set("d_ff", 17));
    check(Some("params.d_ff"), |trial, _| drop(trial.params.remove("d_ff")));
    fn own(trial: &mut ImportedTrial) -> &mut ImportedArtifacts {
        trial.artifacts.as_mut().unwrap()
    }
    check(Some("artifacts.tickers"), |trial, _| own(trial).tickers.as_mut().unwrap().reverse());
    check(Some("artifacts.development"), |trial, _| {
        own(trial).development = Some(IndexSet::from_range(0..9))
    });
    check(Some("artifacts.scaler_std"), |trial, _| own(trial).scaler_std = own(trial).scaler_mean.clone());
    check(Some("artifacts.alpha_weights"), |trial, _| own(trial).alpha_weights.as_mut().unwrap().reverse());
    // Marked as regenerated, or with nothing stated, they need not agree.
    check(None, |trial, cv| {
        cv.regenerated = true;
        own(trial).development = Some(IndexSet::from_range(0..9));
    });
    check(None, |trial, _| trial.artifacts = None);
}

#[test]
fn a_best_configuration_may_come_from_an_imported_study() {
    let made = Chain::golden().make();
    let trial = put(&made.store, &as_older_result(&made));
    let study = changed(&made, &made.imported_study, |study| study.trials = vec![trial]);
    let cv = changed(&made, &made.cross_validation, |cv| cv.trial = trial.into());
    let mut best = made.best.clone();
    (best.study, best.trial, best.cross_validation) = (study.into(), trial.into(), cv);
    (best.candidates, best.cv_results.trial) = (vec![cv], trial.into());
    verify(&made.store, put(&made.store, &best).digest()).unwrap();
    best.study = changed(&made, &made.imported_study, |study| study.trials.clear()).into();
    let error = verify(&made.store, put(&made.store, &best).digest()).unwrap_err().to_string();
    assert!(error.contains("a trial of the imported study"), "{error}");
}
