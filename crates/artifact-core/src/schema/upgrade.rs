//! From each major version to the next: what was one of a closed list becomes a reference to a component.
//!
//! Each function takes a payload as major version `from` wrote it and gives the payload that the next one would have
//! written for the same content. They know names and defaults of that time as they were, whatever becomes of the
//! components since.

mod from_2;
mod from_3;
mod named;
mod plan_settings;

pub use named::reference;

use crate::error::Invalid;
use serde_json::Value;

pub(super) fn preprocessing(from: u64, payload: Value) -> Result<Value, Invalid> {
    match from {
        2 => from_2::preprocessing(payload),
        _ => from_3::preprocessing(payload),
    }
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

pub(super) fn cross_validation(from: u64, payload: Value) -> Result<Value, Invalid> {
    match from {
        2 => from_2::cross_validation(payload),
        _ => from_3::cross_validation(payload),
    }
}

pub(super) fn best_configuration(from: u64, payload: Value) -> Result<Value, Invalid> {
    match from {
        2 => from_2::best_configuration(payload),
        _ => from_3::best_configuration(payload),
    }
}

pub(super) fn frozen_plan(from: u64, payload: Value) -> Result<Value, Invalid> {
    match from {
        2 => from_2::frozen_plan(payload),
        _ => from_3::frozen_plan(payload),
    }
}
