//! From version 2 to version 3: names of closed lists become references.

use artifact_core::Payload as _;
use artifact_core::schema::{
    BestConfiguration, CrossValidation, FlatSettings, FrozenPlan, Preprocessing, settings_digest,
};
use serde_json::{Value, json};

#[track_caller]
fn check(name: &str, groups: u64, test_groups: u64, expected: Value) {
    let found =
        CrossValidation::upgrade(2, json!({"method": name, "groups": groups, "test_groups": test_groups}));
    assert_eq!(found.unwrap(), json!({ "method": expected }));
}

#[test]
fn a_method_with_its_groups_becomes_a_splitter() {
    let splitter = |name: &str, params: Value| json!({"name": name, "version": 1, "params": params});
    check("kfold", 5, 1, splitter("kfold", json!({})));
    check("kfold", 3, 1, splitter("kfold", json!({"folds": 3})));
    check("walk_forward", 6, 1, splitter("walk_forward", json!({})));
    check("walk_forward", 3, 1, splitter("walk_forward", json!({"folds": 2})));
    check("combinatorial_purged", 5, 2, splitter("combinatorial_purged", json!({})));
    let both = json!({"folds": 6, "test_groups": 3});
    check("combinatorial_purged", 6, 3, splitter("combinatorial_purged", both));
    let nested = json!({
        "cv_results": {"method": "kfold", "groups": 5, "test_groups": 1},
        "preprocessing": {"labels": {"rule": "horizon", "threshold": 0.02}},
    });
    let found = BestConfiguration::upgrade(2, nested).unwrap();
    assert_eq!(found["cv_results"]["method"]["name"], "kfold");
}

#[test]
fn a_rule_with_its_threshold_becomes_a_target() {
    let target = |params: Value| json!({"name": "excursion", "version": 1, "params": params});
    for (threshold, params) in [(0.02, json!({})), (0.03, json!({"threshold": 0.03}))] {
        let old = json!({"labels": {"rule": "excursion", "threshold": threshold, "time_window": 5}});
        let new = json!({"labels": {"rule": target(params.clone()), "time_window": 5}});
        assert_eq!(Preprocessing::upgrade(2, old).unwrap(), new);
        let thresholds = json!({"label_threshold": threshold, "cost_bps": 5});
        let old = json!({"thresholds": thresholds, "settings": {"labels.rule": "excursion"}});
        let new = FrozenPlan::upgrade(2, old).unwrap();
        assert_eq!((&new["target"], &new["thresholds"]), (&target(params), &json!({"cost_bps": 5})));
    }
    let error =
        Preprocessing::upgrade(2, json!({"labels": {"rule": "horizon", "threshold": 1}})).unwrap_err();
    assert_eq!(error.field, "labels.threshold");
    let error = Preprocessing::upgrade(2, json!({"labels": {"rule": "mine", "threshold": 0.5}})).unwrap_err();
    assert_eq!(error.field, "labels.rule");
}

#[test]
fn what_version_2_never_wrote_is_named() {
    let error = |payload: Value| CrossValidation::upgrade(2, payload).unwrap_err().field;
    assert_eq!(error(json!(3)), "payload");
    assert_eq!(error(json!({"method": "kfold"})), "groups");
    assert_eq!(error(json!({"method": "mine", "groups": 3, "test_groups": 1})), "method");
    assert_eq!(error(json!({"method": "kfold", "groups": 3, "test_groups": 2})), "test_groups");
}

fn settings(value: Value) -> FlatSettings {
    value.as_object().unwrap().clone().into_iter().collect()
}

/// A plan's target, settings and digest as version 2 wrote them.
fn plan(settings: &FlatSettings, configuration: &str) -> Value {
    let thresholds = json!({"label_threshold": 0.02, "cost_bps": 5});
    json!({"thresholds": thresholds, "settings": settings, "configuration": configuration})
}

#[test]
fn pruners_and_domains_become_one_value_each() {
    let before = settings(json!({
        "seed": 3,
        "tuner.pruner.kind": "median", "tuner.pruner.percentile": 30, "tuner.pruner.startup_trials": 2,
        "tuner.pruner.warmup_epochs": 5, "tuner.pruner.reduction": 3,
        "extended.pruner.kind": "none", "extended.pruner.p_threshold": 0.1,
        "tuner.search_space.d_model.choices": [8, 16],
        "tuner.search_space.num_layers.low": 1, "tuner.search_space.num_layers.high": 2,
        "tuner.search_space.batch_size": 64,
    }));
    let digest = settings_digest(&before).unwrap().to_string();
    let found = FrozenPlan::upgrade(2, plan(&before, &digest)).unwrap();
    let after = settings(json!({
        "seed": 3,
        "tuner.pruner": {"name": "median", "startup_trials": 2},
        "extended.pruner": "none",
        "tuner.search_space.d_model": {"choices": [8, 16]},
        "tuner.search_space.num_layers": {"low": 1, "high": 2},
        "tuner.search_space.batch_size": 64,
    }));
    let digest = settings_digest(&after).unwrap().to_string();
    assert_eq!((&found["settings"], &found["configuration"]), (&json!(after), &json!(digest)));
}

#[test]
fn a_wrong_digest_stays_wrong() {
    let before = settings(json!({"tuner.pruner.kind": "none"}));
    let found = FrozenPlan::upgrade(2, plan(&before, "0")).unwrap();
    assert_eq!((&found["settings"], &found["configuration"]), (&json!(before), &json!("0")));
}
