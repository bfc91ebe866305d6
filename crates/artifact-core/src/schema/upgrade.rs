//! From version 2 to version 3: what was one of a closed list becomes a reference to a component.
//!
//! Each function takes a payload as version 2 wrote it and gives the payload that version 3 would have written for the
//! same content. They use the names and defaults of that time, whatever has become of the components since.

mod inputs;
mod learning;
mod named;
mod plan_settings;

pub use named::reference;

use crate::error::Invalid;
use serde_json::Value;

pub(super) fn preprocessing(payload: Value) -> Result<Value, Invalid> {
    learning::preprocessing(inputs::preprocessing(payload)?)
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

pub(super) fn cross_validation(payload: Value) -> Result<Value, Invalid> {
    learning::cross_validation(inputs::cross_validation(payload)?)
}

pub(super) fn best_configuration(payload: Value) -> Result<Value, Invalid> {
    learning::best_configuration(inputs::best_configuration(payload)?)
}

pub(super) fn frozen_plan(payload: Value) -> Result<Value, Invalid> {
    learning::frozen_plan(inputs::frozen_plan(payload)?)
}
