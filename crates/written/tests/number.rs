//! Numbers of older documents.

use proptest::prelude::*;
use serde_json_canonicalizer::to_vec;
use written::Number;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn only_json_numbers_are_parsed() {
    for bad in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "1_0", "--1"] {
        assert!(Number::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn equality_compares_value_and_integrality() {
    for (a, b) in [
        ("1e3", "1000.0"),
        ("0.10", "1e-1"),
        ("0.0", "0e9"),
        ("1e99999999999999999999", "1e99999999999999999999"),
    ] {
        assert_eq!(number(a), number(b));
    }
    for (a, b) in [("1", "1.0"), ("0", "-0"), ("0.1", "0.1000000000000000055511"), ("1e3", "1000")] {
        assert_ne!(number(a), number(b), "{a} {b}");
    }
}

#[test]
fn whole_numbers_are_recognised() {
    for (text, expected) in
        [("7", Some(7)), ("7.0", Some(7)), ("7e1", Some(70)), ("7.5", None), ("-1", None), ("1e300", None)]
    {
        assert_eq!(number(text).to_whole(), expected, "{text}");
    }
    assert_eq!(number("7.00000000000000000001").to_whole(), None);
    assert_eq!(number("7.0").as_u64(), None);
    assert_eq!(number("9007199254740993").as_u64(), None);
}

#[test]
fn only_numbers_that_read_back_equal_are_stored_plainly() {
    for (text, plain) in [
        ("5", "5"),
        ("-5", "-5"),
        ("1e-05", "0.00001"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("150.0", r#"{"$number":"150.0"}"#),
        ("-0", r#"{"$number":"-0"}"#),
        ("1e400", r#"{"$number":"1e400"}"#),
        ("9007199254740993", r#"{"$number":"9007199254740993"}"#),
        ("0.1000000000000000055511", r#"{"$number":"0.1000000000000000055511"}"#),
    ] {
        let bytes = to_vec(&number(text)).unwrap();
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), plain);
        assert_eq!(serde_json::from_slice::<Number>(&bytes).unwrap(), number(text), "{text}");
    }
}

proptest! {
    #[test]
    fn every_number_survives_canonical_json(text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?") {
        let bytes = to_vec(&number(&text)).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Number>(&bytes).unwrap(), number(&text));
    }

    #[test]
    fn floats_are_written_as_floats(value in any::<f64>()) {
        prop_assume!(value.is_finite());
        let number = Number::from_f64(value).unwrap();
        prop_assert!(!number.is_integer());
        prop_assert_eq!(number.as_f64().unwrap().to_bits(), value.to_bits());
    }
}
