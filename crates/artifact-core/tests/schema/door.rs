//! The door: what may neither be written nor read.

use crate::golden::files;
use artifact_core::ledger::{Entry, Event};
use artifact_core::{
    Digest, Envelope, Error, Id, LARGEST_INTEGER, MemoryStore, Object, ObjectStore, Payload, canonical_json,
    save,
};
use fixtures::{Chain, Made, producer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Storing must fail and name the field; nothing is stored.
#[track_caller]
fn refused<P: Payload>(payload: P, field: &str, found: &str) {
    let store = MemoryStore::default();
    let error = save(&store, payload, producer()).unwrap_err();
    let text = error.to_string();
    let Error::Refused { artifact, reason } = error else { panic!("{text}") };
    assert_eq!((artifact.as_str(), reason.field.as_str(), reason.found.as_str()), (P::KIND, field, found));
    assert!(text.contains("nothing was written"), "{text}");
    assert_eq!(store.list().unwrap(), []);
}

/// A payload of the golden chain, changed.
fn changed<P>(pick: fn(Made) -> P, change: impl FnOnce(&mut P)) -> P {
    let mut payload = pick(Chain::golden().make());
    change(&mut payload);
    payload
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_the_path_of_their_field() {
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    refused(changed(|m| m.seal, |s| s.train_test_split_ratio = nan), "train_test_split_ratio", "NaN");
    refused(changed(|m| m.split, |s| s.validation_ratio = -infinity), "validation_ratio", "-inf");
    refused(changed(|m| m.preprocessing, |p| p.scaler.mean[3] = nan), "scaler.mean[3]", "NaN");
    refused(
        changed(|m| m.preprocessing, |p| p.class_weights.alpha[1] = infinity),
        "class_weights.alpha[1]",
        "inf",
    );
    refused(changed(|m| m.preprocessing, |p| p.scaler.mean[0] = nan), "scaler.mean[0]", "NaN");
    refused(
        changed(|m| m.trial, |t| t.params.model.set("weight_decay", infinity)),
        "params.weight_decay",
        "null",
    );
    let metrics = |change: fn(&mut artifact_core::schema::TrialMetrics)| {
        changed(|m| m.trial, |t| change(t.metrics.as_mut().unwrap()))
    };
    refused(metrics(|m| m.final_loss = f64::NAN), "metrics.final_loss", "NaN");
    refused(
        metrics(|m| m.history[2].validation_loss = Some(f64::NAN)),
        "metrics.history[2].validation_loss",
        "NaN",
    );
    let cv = |m: Made| m.cross_validation;
    refused(
        changed(cv, |c| c.folds[1].history[0].learning_rate = nan),
        "folds[1].history[0].learning_rate",
        "NaN",
    );
    refused(changed(cv, |c| c.summary.avg_return = infinity), "summary.avg_return", "inf");
    refused(changed(|m| m.best, |b| b.training.focal_gamma = nan), "training.focal_gamma", "NaN");
    refused(
        changed(|m| m.best, |b| b.cv_results.folds[0].evaluation.log_loss = nan),
        "cv_results.folds[0].evaluation.log_loss",
        "NaN",
    );
    let sharpe = |b: &mut artifact_core::schema::ModelBundle| {
        b.test.model.strategy.as_mut().unwrap().sharpe = Some(f64::NAN)
    };
    refused(changed(|m| m.bundle, sharpe), "test.model.strategy.sharpe", "NaN");
}

#[test]
fn integers_that_json_would_round_are_refused() {
    let large = LARGEST_INTEGER + 1;
    refused(changed(|m| m.trial, |t| t.seed = large), "seed", "9007199254740992");
    refused(
        changed(|m| m.preprocessing, |p| p.labels.permutation_seed = Some(u64::MAX)),
        "labels.permutation_seed",
        &u64::MAX.to_string(),
    );
    let store = MemoryStore::default();
    let largest = changed(|m| m.trial, |t| t.seed = LARGEST_INTEGER);
    let id = save(&store, largest.clone(), producer()).unwrap();
    assert_eq!(artifact_core::load(&store, id).unwrap(), largest);
}

/// -0 has no form of its own in RFC 8785: it is written 0, so that equal payloads have equal ids.
#[test]
fn negative_zero_is_stored_as_zero() {
    let with = |zero: f64| changed(|m| m.preprocessing, |p| p.scaler.mean[0] = zero);
    assert_eq!(with(0.0), with(-0.0));
    let store = MemoryStore::default();
    let id = save(&store, with(-0.0), producer()).unwrap();
    assert_eq!(save(&store, with(0.0), producer()).unwrap(), id);
    assert_eq!(artifact_core::load(&store, id).unwrap().scaler.mean[0].to_bits(), 0);
}

/// The members of older documents that are kept as they are: any key is allowed in them.
const OPEN: [&str; 3] = ["metrics", "extra", "config"];

/// The parameters of a component: only the component knows their names.
const PARAMS: &str = "params";

/// The settings of a frozen plan: any name is allowed, but their digest pins which ones there are.
const SETTINGS: &str = "settings";

/// Changes one object of a document after the other, in a fixed order, and passes each changed document to `check`.
pub(crate) fn at_every_object(
    document: &Value,
    change: &dyn Fn(&mut Map<String, Value>),
    check: &mut dyn FnMut(Value),
) {
    let imported = document["kind"].as_str().is_some_and(|kind| kind.starts_with("imported"));
    let closed = |key: &str| key != SETTINGS && key != PARAMS && (!imported || !OPEN.contains(&key));
    fn objects(
        value: &mut Value,
        countdown: &mut usize,
        closed: &dyn Fn(&str) -> bool,
        change: &dyn Fn(&mut Map<String, Value>),
    ) -> bool {
        match value {
            Value::Object(map) if *countdown == 0 => {
                change(map);
                true
            }
            Value::Object(map) => {
                *countdown -= 1;
                // A component's parameters are its own: any name is allowed.
                let component = ["name", "version", "params"].iter().all(|key| map.contains_key(*key));
                let closed_here = |key: &str| closed(key) && !(component && key == "params");
                let mut inside = map.iter_mut().filter(|(key, _)| closed_here(key));
                inside.any(|(_, value)| objects(value, countdown, closed, change))
            }
            Value::Array(list) => list.iter_mut().any(|value| objects(value, countdown, closed, change)),
            _ => false,
        }
    }
    for place in 0.. {
        let mut changed = document.clone();
        if !objects(&mut changed, &mut place.clone(), &closed, change) {
            break;
        }
        check(changed);
    }
}

pub(crate) fn read(document: &Value) -> Result<Object, Error> {
    let bytes = canonical_json(document).unwrap();
    Object::read(Digest::of(&bytes), bytes)
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(chain).unwrap_or_default();
    format!("{error}; {cause}")
}

#[test]
fn an_unknown_field_is_refused_at_every_level_of_every_kind() {
    let mut tried = 0;
    for (kind, bytes) in files() {
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let unknown = |map: &mut Map<String, Value>| drop(map.insert("zz_unknown".into(), Value::Null));
        at_every_object(&document, &unknown, &mut |changed| {
            tried += 1;
            let text = chain(&read(&changed).expect_err(kind));
            assert!(text.contains("zz_unknown"), "{kind}: {text}");
        });
    }
    assert!(tried > 60, "only {tried} objects");
}

#[test]
fn a_missing_field_is_refused_at_every_level_of_every_kind() {
    for (kind, bytes) in files() {
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        for nth in 0..25 {
            let remove = |map: &mut Map<String, Value>| {
                if let Some(key) = map.keys().nth(nth).cloned() {
                    map.remove(&key);
                }
            };
            at_every_object(&document, &remove, &mut |changed| {
                // Without one of its five members the bytes are not an envelope but a blob.
                let envelope = changed.as_object().is_some_and(|members| members.len() == 5);
                if changed != document && envelope {
                    let error = read(&changed).expect_err(kind);
                    assert!(error.is_validation(), "{kind}: {error}");
                }
            });
        }
    }
}

#[test]
fn other_forms_of_the_same_content_are_refused() {
    for (kind, bytes) in files() {
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let pretty = serde_json::to_vec_pretty(&document).unwrap();
        let error = Object::read(Digest::of(&pretty), pretty).expect_err(kind).to_string();
        assert!(error.contains("canonical form") && error.contains("restore it"), "{error}");
    }
}

#[test]
fn views_and_ledger_entries_know_their_fields_too() {
    fn check<T: Serialize + DeserializeOwned>(value: &T) {
        let document = serde_json::to_value(value).unwrap();
        let unknown = |map: &mut Map<String, Value>| drop(map.insert("zz_unknown".into(), Value::Null));
        at_every_object(&document, &unknown, &mut |changed| {
            let error = serde_json::from_value::<T>(changed).err().expect("an unknown field");
            assert!(error.to_string().contains("zz_unknown"), "{error}");
        });
        serde_json::from_value::<T>(document).unwrap();
    }
    let made = Chain::golden().make();
    for event in [
        Event::Unsealed {
            seal: made.best.seal,
            plan: Id::new(Digest::of(b"plan")),
            best_configuration: made.bundle.best_configuration,
        },
        Event::Scored { unsealed: Digest::of(b"u"), metrics: Digest::of(b"m") },
    ] {
        check(&Entry {
            index: 1,
            previous: Digest::of(b""),
            at: "2020-01-01T00:00:00Z".into(),
            run: "r".into(),
            configuration: made.plan.configuration,
            snapshot: made.plan.snapshot,
            split: made.plan.split,
            split_row: made.plan.split_row,
            event,
        });
    }
}

#[test]
fn envelopes_say_what_was_found_and_what_to_do() {
    let bytes = &files()["study"];
    let text = String::from_utf8(bytes.clone()).unwrap();
    let check = |changed: String, parts: &[&str]| {
        let error = chain(
            &Envelope::<artifact_core::schema::Study>::from_bytes(changed.as_bytes(), "study x").unwrap_err(),
        );
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in {error}");
        }
    };
    check(
        text.replace("\"schema_version\":3", "\"schema_version\":4"),
        &["study x", "version 4", "reads version 3", "use one that reads 4"],
    );
    check(text.replace("\"kind\":\"study\"", "\"kind\":\"seal\""), &["is a seal, expected a study"]);
    check(
        text.replace("\"best_trial\":0", "\"best_trial\":9"),
        &["study x", "best_trial is 9", "expected a number below 2", "restore it"],
    );
    check(text.replace("\"best_trial\":0", "\"best_trial\":1e0"), &["study x"]);
    check(text.replacen("\"parents\":[\"", "\"parents\":[\"0", 1), &["is not an id"]);
}
