//! From version 2 to version 3: what was one of a closed list becomes a reference to a component.
//!
//! Each function takes a payload as version 2 wrote it and gives the payload that version 3 would have written for the
//! same content. They know names and defaults of that time as they were, whatever becomes of the components since.

mod plan_settings;

use crate::error::Invalid;
use serde_json::Value;

pub(super) fn preprocessing(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn trial(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn study(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn cross_validation(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn best_configuration(payload: Value) -> Result<Value, Invalid> {
    Ok(payload)
}

pub(super) fn frozen_plan(mut payload: Value) -> Result<Value, Invalid> {
    plan_settings::upgrade(&mut payload);
    Ok(payload)
}
