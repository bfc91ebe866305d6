//! Parameters and their distributions in Optuna's format.

use crate::search_space::{Domain, Point, Space};
use serde_json::{Value, json};

/// A parameter of a trial as Optuna stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value as the number in a point: the value itself, or the index of a choice.
    pub stored: f64,
    /// Its distribution, as JSON.
    pub distribution: String,
}

/// The searched parameters of a point, without inactive and fixed ones, in the order of the space.
pub(crate) fn params(space: &Space, point: &Point) -> Vec<Param> {
    let params = space.dimensions().iter().zip(point).filter_map(|(dimension, number)| {
        let (stored, distribution) = ((*number)?, json(&dimension.domain)?);
        Some(Param { name: dimension.name.clone(), stored, distribution })
    });
    params.collect()
}

/// The distribution's JSON; `None` for a fixed value, which was not searched.
///
/// The number stored with it is the one in a point: a number itself, even where its logarithm is uniform, or the index
/// of a choice in the list.
fn json(domain: &Domain) -> Option<String> {
    let (name, attributes) = match domain {
        Domain::Fixed(_) => return None,
        Domain::Categorical(choices) => ("CategoricalDistribution", json!({ "choices": choices })),
        Domain::Int { low, high, log, step } => {
            ("IntDistribution", json!({ "log": log, "step": step, "low": low, "high": high }))
        }
        Domain::Float { low, high, log, step } => {
            let step: Value = (*step).into();
            ("FloatDistribution", json!({ "step": step, "low": low, "high": high, "log": log }))
        }
    };
    Some(json!({ "name": name, "attributes": attributes }).to_string())
}

/// The value that a stored number represents; `None` when the distribution cannot be read.
pub(super) fn decode(stored: f64, distribution: &str) -> Option<Value> {
    let distribution: Value = serde_json::from_str(distribution).ok()?;
    if distribution["name"] == "CategoricalDistribution" {
        return distribution["attributes"]["choices"].get(stored as usize).cloned();
    }
    Some(number(stored))
}

/// Whole numbers without a decimal point: Python, and so Optuna, reads 32 and 32.0 as different choices.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_have_optunas_form() {
        let check = |domain: Domain, expected: Value| {
            let text = json(&domain).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        };
        check(
            Domain::Float { low: 1e-5, high: 5e-3, log: true, step: None },
            json!({"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-5, "high": 5e-3, "log": true}}),
        );
        check(
            Domain::Float { low: 0.0, high: 1.0, log: false, step: Some(0.25) },
            json!({"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}),
        );
        check(
            Domain::Int { low: 1, high: 4, log: false, step: 1 },
            json!({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}),
        );
        check(
            Domain::Categorical(vec![json!(30), json!("a"), json!(null)]),
            json!({"name": "CategoricalDistribution", "attributes": {"choices": [30, "a", null]}}),
        );
        assert_eq!(json(&Domain::Fixed(json!(1))), None);
    }
}
