//! What the readers of views reject.

use artifact_core::{Digest, Id};
use fixtures::Chain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use views::{BundleConfig, ExtendedResults, LossSettings, TrialResults};

#[test]
fn unknown_fields_are_rejected() {
    fn check<T: Serialize + DeserializeOwned>(value: &T, places: &[&str]) {
        let document = serde_json::to_value(value).unwrap();
        for place in places {
            let mut changed = document.clone();
            let object = changed.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
            object.insert("zz_unknown".into(), Value::Null);
            let error = serde_json::from_value::<T>(changed).err().expect("an unknown field");
            assert!(error.to_string().contains("zz_unknown"), "{place}: {error}");
        }
        serde_json::from_value::<T>(document).unwrap();
    }
    let made = Chain::golden().make();
    let trial = Id::new(Digest::of(b"trial"));
    let trials = [(trial, made.trial), (trial, made.failed)];
    check(
        &TrialResults::new(Digest::of(b"key"), None, &trials, &LossSettings::default()),
        &["", "/units/metrics.objective_value", "/trials/0", "/trials/0/artifacts", "/trials/1"],
    );
    check(
        &ExtendedResults::new(made.best.study, &[(made.best.cross_validation, made.cross_validation)]),
        &["", "/results/0"],
    );
}

#[test]
fn a_model_is_not_read_with_values_that_no_program_wrote() {
    // Of an earlier version, without a digest that would have to be computed again.
    let file = "../../tests/workspaces/a482565/workspace/runs/gru-008bab25/final_model/config.json";
    let text = std::fs::read(file).unwrap();
    BundleConfig::parse(&text, "config.json").unwrap();
    for (field, value) in [
        ("kind", "\u{1b}[31m".into()),
        ("temperature", 0.0.into()),
        ("temperature", (-1.0).into()),
        ("temperature", 1e-320.into()),
        ("decision_balance", 1e308.into()),
        ("decision_balance", (-0.5).into()),
    ] {
        let mut document: Value = serde_json::from_slice(&text).unwrap();
        document[field] = value;
        let changed = serde_json::to_vec(&document).unwrap();
        let error = BundleConfig::parse(&changed, "config.json").unwrap_err().to_string();
        assert!(error.contains(field) && error.contains("expected"), "{error}");
    }
}
