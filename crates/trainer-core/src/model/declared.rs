//! Parameters that several models share, with one meaning and one default search domain.

use crate::setting_error::SettingError;
use artifact_core::Params;
use serde_json::Value;
use settings::part::{Domain, Parameter};

/// The parameter that the optimizer reads as its peak learning rate.
pub const LEARNING_RATE: &str = "learning_rate";
/// The parameter that the optimizer reads as its decoupled weight decay.
pub const WEIGHT_DECAY: &str = "weight_decay";
/// The parameter that sets the number of sequences per batch.
pub const BATCH_SIZE: &str = "batch_size";

const DROPOUT_RATE: &str = "dropout_rate";
pub(super) const NUM_LAYERS: &str = "num_layers";
pub(super) const D_MODEL: &str = "d_model";

/// The peak learning rate; every model declares it.
pub fn learning_rate() -> Parameter {
    Parameter::float(LEARNING_RATE, "The peak learning rate.")
        .range(1e-12, f64::MAX)
        .default(1e-3)
        .search(Domain::Float { low: 1e-5, high: 5e-3, log: true, step: None })
}

/// The decoupled weight decay; every model declares it.
pub fn weight_decay() -> Parameter {
    Parameter::float(WEIGHT_DECAY, "The decoupled weight decay per unit of learning rate.")
        .range(0.0, f64::MAX)
        .default(1e-2)
        .search(Domain::Float { low: 1e-6, high: 1e-1, log: true, step: None })
}

/// The sequences per batch; every model declares it.
pub fn batch_size() -> Parameter {
    Parameter::size(BATCH_SIZE, "The sequences per batch.").default(64).search(choices(&[32, 64, 128]))
}

pub(super) fn dropout_rate(doc: &'static str) -> Parameter {
    Parameter::float(DROPOUT_RATE, doc).range(0.0, 0.999).default(0.1).search(Domain::Float {
        low: 0.0,
        high: 0.4,
        log: false,
        step: None,
    })
}

pub(super) fn num_layers(doc: &'static str) -> Parameter {
    Parameter::size(NUM_LAYERS, doc).default(2).search(Domain::Int { low: 1, high: 4, log: false, step: 1 })
}

pub(super) fn d_model(doc: &'static str) -> Parameter {
    Parameter::size(D_MODEL, doc).default(64).search(choices(&[32, 64, 128, 256]))
}

pub(super) fn choices(values: &[i64]) -> Domain {
    Domain::Categorical(values.iter().copied().map(Value::from).collect())
}

pub(super) fn dropout_of(params: &Params) -> Result<f64, SettingError> {
    number_of(params, DROPOUT_RATE)
}

/// Checks that each size is at least 1.
pub(super) fn check_sizes(sizes: &[(&'static str, usize)]) -> Result<(), SettingError> {
    sizes.iter().try_for_each(|&(field, size)| SettingError::require(size >= 1, field, size, "at least 1"))
}

/// Checks a dropout rate.
pub(super) fn check_dropout(rate: f64) -> Result<(), SettingError> {
    SettingError::require((0.0..1.0).contains(&rate), "dropout", rate, "a rate in [0, 1)")
}

/// Reads a parameter that is a number.
pub(crate) fn number_of(params: &Params, name: &'static str) -> Result<f64, SettingError> {
    params.float(name).ok_or_else(|| absent(params, name, "a number"))
}

/// Reads a parameter that is a whole number, at least 0.
pub(crate) fn size_of(params: &Params, name: &'static str) -> Result<usize, SettingError> {
    params.size(name).ok_or_else(|| absent(params, name, "a whole number"))
}

fn absent(params: &Params, name: &'static str, expected: &str) -> SettingError {
    let found = params.get(name).map_or("absent".to_owned(), ToString::to_string);
    SettingError { field: name.into(), found, expected: format!("{expected} among the model's parameters") }
}
