//! References to components, and their parameters.

use artifact_core::{Component, brief};
use serde_json::json;

#[test]
fn a_reference_is_written_for_people() {
    assert_eq!(Component::new("rsi", 1).to_string(), "rsi");
    let smooth = Component::new("rsi", 2).with("window", 14).with("kind", "wilder");
    assert_eq!(smooth.to_string(), "rsi@2(kind=wilder, window=14)");
}

#[test]
fn values_are_short_for_people() {
    let values = [json!(64), json!(0.256_41), json!(0.004_012), json!("adamw"), json!(true)];
    assert_eq!(values.each_ref().map(brief), ["64", "0.256", "4.01e-3", "adamw", "true"]);
}

#[test]
fn numbers_have_one_form() {
    let float = Component::new("rsi", 1).with("window", 14.0);
    assert_eq!(float, Component::new("rsi", 1).with("window", 14));
    assert_eq!(float.params.size("window"), Some(14));
    assert_eq!(float.params.float("window"), Some(14.0));
    let nested = Component::new("x", 1).with("list", json!([1.0, {"a": 2.0}, 0.5]));
    assert_eq!(nested.params.get("list"), Some(&json!([1, {"a": 2}, 0.5])));
}
