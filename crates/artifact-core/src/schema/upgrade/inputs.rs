//! What a model reads: features and scalers become references to components, and a plan's settings are spelled
//! as parts and domains.

use super::plan_settings;
use crate::error::{Invalid, ensure};
use serde_json::{Value, json};

pub(super) fn preprocessing(mut payload: Value) -> Result<Value, Invalid> {
    features_and_scaler(&mut payload, "")?;
    Ok(payload)
}

pub(super) fn cross_validation(mut payload: Value) -> Result<Value, Invalid> {
    scalers_of_folds(&mut payload, "")?;
    Ok(payload)
}

pub(super) fn best_configuration(mut payload: Value) -> Result<Value, Invalid> {
    if let Some(preprocessing) = payload.get_mut("preprocessing") {
        features_and_scaler(preprocessing, "preprocessing.")?;
    }
    if let Some(cv_results) = payload.get_mut("cv_results") {
        scalers_of_folds(cv_results, "cv_results.")?;
    }
    Ok(payload)
}

pub(super) fn frozen_plan(mut payload: Value) -> Result<Value, Invalid> {
    plan_settings::upgrade(&mut payload);
    Ok(payload)
}

// A missing field, or one of another type, is left for the reader of the present form to refuse.

/// The features and the scaler of a preprocessing; `at` is put before the fields' names.
fn features_and_scaler(preprocessing: &mut Value, at: &str) -> Result<(), Invalid> {
    if let Some(features) = preprocessing.get_mut("features") {
        *features = json!([reference(features, &["close", "ohlcv"], &format!("{at}features"))?]);
    }
    scaler(preprocessing, at)
}

/// The scalers that folds fitted for themselves.
fn scalers_of_folds(cross_validation: &mut Value, at: &str) -> Result<(), Invalid> {
    let folds = cross_validation.get_mut("folds").and_then(Value::as_array_mut);
    for (place, fold) in folds.into_iter().flatten().enumerate() {
        if let Some(refitted) = fold.get_mut("refitted") {
            scaler(refitted, &format!("{at}folds[{place}].refitted."))?;
        }
    }
    Ok(())
}

fn scaler(holder: &mut Value, at: &str) -> Result<(), Invalid> {
    if let Some(kind) = holder.get_mut("scaler").and_then(|scaler| scaler.get_mut("kind")) {
        *kind = reference(kind, &["standard"], &format!("{at}scaler.kind"))?;
    }
    Ok(())
}

/// The reference that replaces a name of a closed list.
fn reference(name: &Value, known: &[&str], field: &str) -> Result<Value, Invalid> {
    let is_known = name.as_str().is_some_and(|name| known.contains(&name));
    ensure(is_known, field, name, format!("one of {}", known.join(", ")))?;
    Ok(json!({"name": name, "version": 1, "params": {}}))
}
