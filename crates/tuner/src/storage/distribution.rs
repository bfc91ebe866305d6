//! Distributions as Optuna writes them.

use crate::search_space::Scale;
use serde_json::{Value, json};

/// The stored number and the distribution's JSON; `None` for a fixed value, which was not searched.
///
/// A range stores the value itself, also where it is logarithmic; a choice stores its place in the list.
pub(super) fn encode(scale: &Scale, value: f64) -> Option<(f64, String)> {
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

/// Whole numbers without a decimal point: to Python, and so to Optuna, 32 and 32.0 are different choices to read.
fn number(value: f64) -> Value {
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
    }
}
