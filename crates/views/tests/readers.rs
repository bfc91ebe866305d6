//! What the readers of views reject.

use artifact_core::{Digest, Id};
use fixtures::Chain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use views::{ExtendedResults, LossSettings, TrialResults};

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
