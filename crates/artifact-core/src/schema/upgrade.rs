//! From each major version to the next: what a payload of an earlier version says, in the words of the next one.
//!
//! Version 3 turned what was one of a closed list into references to components; version 4 (3 of a model bundle) told figures
//! within tickers from those over all samples. Each function takes a payload as version `from` wrote it, and gives the payload
//! that the next version would have written for the same content. They use the names and defaults of that time, whatever has
//! become of the components since.

mod figures;
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

pub(super) fn trial(from: u64, mut payload: Value) -> Result<Value, Invalid> {
    if from == 2 {
        reference(&mut payload, "/model");
        reference(&mut payload, "/metrics/objective");
        return Ok(payload);
    }
    figures::evaluation_at(&mut payload, "/metrics/validation");
    Ok(payload)
}

pub(super) fn study(mut payload: Value) -> Result<Value, Invalid> {
    reference(&mut payload, "/objective");
    Ok(payload)
}

pub(super) fn cross_validation(from: u64, mut payload: Value) -> Result<Value, Invalid> {
    if from == 2 {
        return learning::cross_validation(inputs::cross_validation(payload)?);
    }
    figures::folds_at(&mut payload, "/folds");
    Ok(payload)
}

pub(super) fn best_configuration(from: u64, mut payload: Value) -> Result<Value, Invalid> {
    if from == 2 {
        return learning::best_configuration(inputs::best_configuration(payload)?);
    }
    figures::folds_at(&mut payload, "/cv_results/folds");
    payload["corrected_objective"] = Value::Null;
    payload["further_baselines"] = Value::Array(Vec::new());
    Ok(payload)
}

pub(super) fn model_bundle(mut payload: Value) -> Result<Value, Invalid> {
    figures::test_metrics(&mut payload);
    Ok(payload)
}

pub(super) fn frozen_plan(payload: Value) -> Result<Value, Invalid> {
    learning::frozen_plan(inputs::frozen_plan(payload)?)
}
