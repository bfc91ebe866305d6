//! Values of older documents, embedded in stored ones.

use written::Json;

#[test]
fn unknown_dollar_keys_are_rejected() {
    for bad in [r#"{"$other": 1}"#, r#"{"$number": "x"}"#, r#"{"$number": "1", "a": 1}"#, r#"{"$number": 1}"#]
    {
        assert!(serde_json::from_str::<Json>(bad).is_err(), "{bad}");
    }
}
