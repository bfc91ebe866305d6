//! From version 2 to version 3: what was one of a closed list becomes a reference to a component.
//!
//! Each function takes a payload as version 2 wrote it and gives the payload that version 3 would have written for the
//! same content. They know names and defaults of that time as they were, whatever becomes of the components since.

use crate::component::Component;
use crate::error::{Invalid, ensure};
use serde_json::{Map, Value, json};

pub(super) fn preprocessing(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn trial(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn study(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn cross_validation(mut payload: Value) -> Result<Value, Invalid> {
    fold_method(members(&mut payload, "payload")?)?;
    Ok(payload)
}

pub(super) fn best_configuration(mut payload: Value) -> Result<Value, Invalid> {
    within(&mut payload, "cv_results", cross_validation)?;
    Ok(payload)
}

pub(super) fn frozen_plan(payload: Value) -> Result<Value, Invalid> {
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

/// Takes a whole number from 0 out of a payload.
fn number(payload: &mut Map<String, Value>, field: &str) -> Result<u64, Invalid> {
    let found = payload.remove(field).unwrap_or_default();
    let expected = "a whole number from 0".to_owned();
    found.as_u64().ok_or_else(|| Invalid { field: field.to_owned(), found: found.to_string(), expected })
}

/// Upgrades a payload that lies in another one.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, groups: u64, test_groups: u64, expected: Value) {
        let found = cross_validation(json!({"method": name, "groups": groups, "test_groups": test_groups}));
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
        let nested = json!({"cv_results": {"method": "kfold", "groups": 5, "test_groups": 1}});
        let found = best_configuration(nested).unwrap();
        assert_eq!(found["cv_results"]["method"]["name"], "kfold");
    }

    #[test]
    fn what_version_2_never_wrote_is_named() {
        let error = |payload: Value| cross_validation(payload).unwrap_err().field;
        assert_eq!(error(json!(3)), "payload");
        assert_eq!(error(json!({"method": "kfold"})), "groups");
        assert_eq!(error(json!({"method": "mine", "groups": 3, "test_groups": 1})), "method");
        assert_eq!(error(json!({"method": "kfold", "groups": 3, "test_groups": 2})), "test_groups");
    }
}
