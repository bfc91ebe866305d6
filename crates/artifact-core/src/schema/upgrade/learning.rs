//! What is learned: targets, splitters, models and metrics become references to components.

use super::named::{named, reference};
use crate::component::Component;
use crate::error::{Invalid, ensure};
use serde_json::{Map, Value, json};

pub(super) fn preprocessing(mut payload: Value) -> Result<Value, Invalid> {
    within(&mut payload, "labels", label_rule)?;
    Ok(payload)
}

pub(super) fn cross_validation(mut payload: Value) -> Result<Value, Invalid> {
    fold_method(members(&mut payload, "payload")?)?;
    reference(&mut payload, "/model");
    reference(&mut payload, "/objective");
    Ok(payload)
}

pub(super) fn best_configuration(mut payload: Value) -> Result<Value, Invalid> {
    within(&mut payload, "preprocessing", preprocessing)?;
    within(&mut payload, "cv_results", cross_validation)?;
    for place in ["/model", "/objective", "/training/model", "/training/objective"] {
        reference(&mut payload, place);
    }
    // Version 2 had no other baseline.
    if let Some(baseline) = payload.get_mut("baseline").and_then(Value::as_object_mut) {
        baseline.insert("model".to_owned(), named("linear"));
    }
    Ok(payload)
}

pub(super) fn frozen_plan(mut payload: Value) -> Result<Value, Invalid> {
    plan_target(members(&mut payload, "payload")?)?;
    reference(&mut payload, "/model/kind");
    reference(&mut payload, "/baseline/kind");
    Ok(payload)
}

/// `method`, `groups` and `test_groups` become a splitter with its parameters.
fn fold_method(payload: &mut Map<String, Value>) -> Result<(), Invalid> {
    let groups = number(payload, "groups")?;
    let test_groups = number(payload, "test_groups")?;
    let name = payload.get("method").and_then(Value::as_str).unwrap_or_default().to_owned();
    let folds = match name.as_str() {
        "kfold" | "combinatorial_purged" => groups,
        "walk_forward" => groups.saturating_sub(1),
        other => {
            let expected = "kfold, walk_forward or combinatorial_purged".to_owned();
            return Err(Invalid { field: "method".to_owned(), found: format!("{other:?}"), expected });
        }
    };
    let mut method = Component::new(&*name, 1);
    if folds != 5 {
        method.params.set("folds", folds);
    }
    if name == "combinatorial_purged" {
        if test_groups != 2 {
            method.params.set("test_groups", test_groups);
        }
    } else {
        ensure(test_groups == 1, "test_groups", test_groups, 1)?;
    }
    payload.insert("method".to_owned(), json!(method));
    Ok(())
}

/// `rule` and `threshold` of labels become a target with its parameter.
fn label_rule(mut labels: Value) -> Result<Value, Invalid> {
    let own = members(&mut labels, "labels")?;
    let threshold = own.remove("threshold").unwrap_or_default();
    let name = own.get("rule").cloned().unwrap_or_default();
    let rule = target(&name, &threshold, "rule", "threshold")?;
    own.insert("rule".to_owned(), json!(rule));
    Ok(labels)
}

/// A plan knew the threshold, and the rule as one of its settings.
fn plan_target(plan: &mut Map<String, Value>) -> Result<(), Invalid> {
    let name = plan.get("settings").and_then(|settings| settings.get("labels.rule"));
    let name = name.cloned().unwrap_or_else(|| "first_touch".into());
    let thresholds = plan.get_mut("thresholds").and_then(Value::as_object_mut);
    let threshold = thresholds.and_then(|own| own.remove("label_threshold")).unwrap_or_default();
    let target = target(&name, &threshold, "settings.labels.rule", "thresholds.label_threshold")?;
    plan.insert("target".to_owned(), json!(target));
    Ok(())
}

/// A target of version 3; `of_name` and `of_threshold` are the fields that held its name and its threshold.
fn target(name: &Value, threshold: &Value, of_name: &str, of_threshold: &str) -> Result<Component, Invalid> {
    let known = name.as_str().filter(|name| ["first_touch", "excursion", "horizon"].contains(name));
    let Some(known) = known else {
        let (field, found) = (of_name.to_owned(), name.to_string());
        return Err(Invalid { field, found, expected: "first_touch, excursion or horizon".to_owned() });
    };
    let inside = threshold.as_f64().is_some_and(|threshold| threshold > 0.0 && threshold < 1.0);
    ensure(inside, of_threshold, threshold, "a fraction between 0 and 1")?;
    let target = Component::new(known, 1);
    let default = threshold.as_f64() == Some(0.02);
    Ok(if default { target } else { target.with("threshold", threshold.clone()) })
}

/// Takes a whole number from 0 out of a payload.
fn number(payload: &mut Map<String, Value>, field: &str) -> Result<u64, Invalid> {
    let found = payload.remove(field).unwrap_or_default();
    let expected = "a whole number from 0".to_owned();
    found.as_u64().ok_or_else(|| Invalid { field: field.to_owned(), found: found.to_string(), expected })
}

/// Upgrades a payload inside another one.
fn within(
    payload: &mut Value,
    field: &str,
    upgrade: fn(Value) -> Result<Value, Invalid>,
) -> Result<(), Invalid> {
    let inner = members(payload, "payload")?.entry(field).or_insert(Value::Null);
    *inner = upgrade(inner.take()).map_err(|invalid| invalid.within(field))?;
    Ok(())
}

/// The members of an object.
fn members<'v>(value: &'v mut Value, field: &str) -> Result<&'v mut Map<String, Value>, Invalid> {
    match value {
        Value::Object(members) => Ok(members),
        other => {
            let (field, found) = (field.to_owned(), other.to_string());
            Err(Invalid { field, found, expected: "an object".to_owned() })
        }
    }
}
