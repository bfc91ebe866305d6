//! From version 2 to version 3: what was one of a closed list becomes a reference to a component.
//!
//! Each function takes a payload as version 2 wrote it and gives the payload that version 3 would have written for the
//! same content. They know names and defaults of that time as they were, whatever becomes of the components since.

use crate::error::Invalid;
use serde_json::{Value, json};

pub(super) fn preprocessing(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn trial(mut payload: Value) -> Result<Value, Invalid> {
    reference(&mut payload, "/model");
    reference(&mut payload, "/metrics/objective");
    Ok(payload)
}

pub(super) fn study(mut payload: Value) -> Result<Value, Invalid> {
    reference(&mut payload, "/objective");
    Ok(payload)
}

pub(super) fn cross_validation(mut payload: Value) -> Result<Value, Invalid> {
    reference(&mut payload, "/model");
    reference(&mut payload, "/objective");
    Ok(payload)
}

pub(super) fn best_configuration(mut payload: Value) -> Result<Value, Invalid> {
    for place in ["/model", "/objective", "/training/model", "/training/objective"] {
        reference(&mut payload, place);
    }
    if let Some(copy) = payload.get_mut("cv_results") {
        *copy = cross_validation(copy.take())?;
    }
    // There was no other baseline.
    if let Some(baseline) = payload.get_mut("baseline").and_then(Value::as_object_mut) {
        baseline.insert("model".to_owned(), named("linear"));
    }
    Ok(payload)
}

pub(super) fn frozen_plan(mut payload: Value) -> Result<Value, Invalid> {
    reference(&mut payload, "/model/kind");
    reference(&mut payload, "/baseline/kind");
    Ok(payload)
}

/// Turns a name into a reference to the part of this name. Anything else stays, to be refused by who reads it.
/// Also for views, which hold some of the same.
pub(crate) fn reference(payload: &mut Value, place: &str) {
    if let Some(value) = payload.pointer_mut(place)
        && let Some(name) = value.as_str()
    {
        *value = named(name);
    }
}

/// The first version of a part, without parameters.
fn named(name: &str) -> Value {
    json!({"name": name, "version": 1, "params": {}})
}
