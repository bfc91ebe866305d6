//! Compares imported trials and studies: open documents with numbers as they were written.

use super::change::Change;
use super::document;
use artifact_core::schema::written::Number;
use serde_json::{Map, Value, json};

/// The differences between two imported documents.
pub(super) fn changes(left: &Value, right: &Value) -> Vec<Change> {
    document::changes("", &plain(left), &plain(right))
}

/// The document with embedded numbers and escaped keys decoded.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => match members.get("$number") {
            Some(Value::String(text)) => number(text),
            _ => {
                let written = |key: &str| key.strip_prefix('$').unwrap_or(key).to_owned();
                let members = members.iter().map(|(key, value)| (written(key), plain(value)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        },
        other => other.clone(),
    }
}

/// A number, or its text if a 64-bit float cannot represent it exactly.
fn number(text: &str) -> Value {
    let float = text.parse().ok().filter(|float: &f64| float.is_finite());
    let exact = float.filter(|&float| Number::from_f64(float) == Number::parse(text));
    exact.map_or_else(|| text.into(), |float| json!(float))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_results_are_compared_in_the_same_terms() {
        let check = |left: Value, right: Value, expected: &[&str]| {
            let lines: Vec<String> = changes(&left, &right).iter().map(ToString::to_string).collect();
            assert_eq!(lines, expected);
        };
        let number = |text: &str| json!({ "$number": text });
        check(
            json!({"artifacts": {"development": [[0, 76]], "scaler_std": number("2.0")}}),
            json!({"artifacts": {"development": [[0, 80]], "scaler_std": 2.0000000000000004}}),
            &[
                "sequences 76 to 79 of artifacts.development: out -> in",
                "scaler artifacts.scaler_std: 2.0 -> 2.0000000000000004 (+4.440892098500626e-16, 1 ulp)",
            ],
        );
        check(
            json!({"params": {"$x": 1, "seq_length": 30}, "artifacts": {"alpha_weights": [0.25, 0.5]}}),
            json!({"params": {"$x": 1, "seq_length": number("30.0")}, "artifacts": {"alpha_weights": [0.25, 1]}}),
            &[
                "classes artifacts.alpha_weights[1]: 0.5 -> 1 (+0.500000)",
                "hyperparameter seq_length: 30 -> 30.0 (+0e0, 0 ulps)",
            ],
        );
        check(
            json!({"metrics": {"validation_accuracy": number("0.12345678901234567890")}}),
            json!({"metrics": null}),
            &[r#"metric metrics: {"validation_accuracy":"0.12345678901234567890"} -> none"#],
        );
    }
}
