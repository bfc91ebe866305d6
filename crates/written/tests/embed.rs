//! Values of older documents inside stored ones.

use written::Json;

#[test]
fn unknown_dollar_keys_are_refused() {
    for bad in [r#"{"$other": 1}"#, r#"{"$number": "x"}"#, r#"{"$number": "1", "a": 1}"#, r#"{"$number": 1}"#]
    {
        assert!(serde_json::from_str::<Json>(bad).is_err(), "{bad}");
    }
}
