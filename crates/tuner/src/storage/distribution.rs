//! Parameters and their distributions as Optuna writes them.

use crate::search_space::{Point, Scale, Space};
use serde_json::{Value, json};

/// A parameter of a trial, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// The value itself, also where the range is logarithmic; of a choice its place in the list.
    pub stored: f64,
    /// The distribution's JSON.
    pub distribution: String,
}

/// The parameters of a point; a fixed value is none, since it was not searched.
pub(crate) fn params(space: &Space, point: &Point) -> Vec<Param> {
    let params = space.dimensions().iter().zip(point).filter_map(|(dimension, &value)| {
        let (stored, distribution) = encode(&dimension.scale, value)?;
        Some(Param { name: dimension.name.to_owned(), stored, distribution })
    });
    params.collect()
}

fn encode(scale: &Scale, value: f64) -> Option<(f64, String)> {
    let (stored, name, attributes) = match scale {
        Scale::Fixed(_) => return None,
        Scale::Choices(choices) => {
            let place = choices.iter().position(|choice| *choice == value)?;
            let choices: Vec<Value> = choices.iter().map(|&choice| number(choice)).collect();
            (place as f64, "CategoricalDistribution", json!({ "choices": choices }))
        }
        Scale::Range { low, high, log, whole: true } => {
            let attributes = json!({ "log": log, "step": 1, "low": *low as i64, "high": *high as i64 });
            (value, "IntDistribution", attributes)
        }
        Scale::Range { low, high, log, whole: false } => {
            (value, "FloatDistribution", json!({ "step": null, "low": low, "high": high, "log": log }))
        }
    };
    Some((stored, json!({ "name": name, "attributes": attributes }).to_string()))
}

/// The value that a stored number stands for; `None` when the distribution cannot be read.
pub(super) fn decode(stored: f64, distribution: &str) -> Option<Value> {
    let distribution: Value = serde_json::from_str(distribution).ok()?;
    if distribution["name"] == "CategoricalDistribution" {
        return distribution["attributes"]["choices"].get(stored as usize).cloned();
    }
    Some(number(stored))
}

/// Whole numbers without a decimal point: to Python, and so to Optuna, 32 and 32.0 are different choices to read.
pub(crate) fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_have_optunas_form() {
        let check = |scale: Scale, value: f64, stored: f64, expected: Value| {
            let (found, text) = encode(&scale, value).unwrap();
            assert_eq!(found, stored);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
            assert_eq!(decode(found, &text).unwrap().as_f64(), Some(value));
        };
        check(
            Scale::Range { low: 1e-5, high: 5e-3, log: true, whole: false },
            1e-3,
            1e-3,
            json!({"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-5, "high": 5e-3, "log": true}}),
        );
        check(
            Scale::Range { low: 1.0, high: 4.0, log: false, whole: true },
            2.0,
            2.0,
            json!({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}),
        );
        check(
            Scale::Choices(vec![30.0, 60.0]),
            60.0,
            1.0,
            json!({"name": "CategoricalDistribution", "attributes": {"choices": [30, 60]}}),
        );
        assert_eq!(encode(&Scale::Fixed(1.0), 1.0), None);
        assert_eq!(decode(0.0, "not JSON"), None);
    }
}
