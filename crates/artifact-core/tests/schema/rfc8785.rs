//! RFC 8785: numbers (appendix B), key order (3.2.3), escapes (3.2.2.2).

use artifact_core::canonical_json;
use proptest::prelude::*;
use serde_json::{Value, json};

fn written(value: &impl serde::Serialize) -> String {
    String::from_utf8(canonical_json(value).unwrap()).unwrap()
}

#[test]
fn numbers_are_those_of_appendix_b() {
    for (bits, text) in [
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x8000000000000001, "-5e-324"),
        (0x7fefffffffffffff, "1.7976931348623157e+308"),
        (0xffefffffffffffff, "-1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0xc340000000000000, "-9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44b52d02c7e14af5, "9.999999999999997e+22"),
        (0x44b52d02c7e14af6, "1e+23"),
        (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
        (0x444b1ae4d6e2ef4e, "999999999999999700000"),
        (0x444b1ae4d6e2ef4f, "999999999999999900000"),
        (0x444b1ae4d6e2ef50, "1e+21"),
        (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
        (0x3eb0c6f7a0b5ed8d, "0.000001"),
        (0x41b3de4355555553, "333333333.3333332"),
        (0x41b3de4355555554, "333333333.33333325"),
        (0x41b3de4355555555, "333333333.3333333"),
        (0x41b3de4355555556, "333333333.3333334"),
        (0x41b3de4355555557, "333333333.33333343"),
        (0xbecbf647612f3696, "-0.0000033333333333333333"),
        (0x43143ff3c1cb0959, "1424953923781206.2"),
    ] {
        assert_eq!(written(&f64::from_bits(bits)), text, "{bits:016x}");
    }
    for bits in [0x7fffffffffffffff, 0x7ff0000000000000, 0xfff0000000000000] {
        assert!(canonical_json(&f64::from_bits(bits)).is_err(), "{bits:016x}");
    }
}

#[test]
fn keys_are_sorted_by_utf_16_code_units() {
    // U+1F600 is written d83d de00 in UTF-16, before U+FB33; in UTF-8 or by code point it comes after.
    let value = json!({
        "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7, "": 8, "a": 9, "B": 0
    });
    let order: Vec<u64> = written(&value).split(':').skip(1).map(|part| part[..1].parse().unwrap()).collect();
    assert_eq!(order, [8, 2, 4, 0, 9, 6, 7, 1, 5, 3]);
}

#[test]
fn only_what_must_be_escaped_is() {
    let text = "\u{20ac}$\u{f}\u{a}A'\u{42}\u{22}\u{5c}\\\"/\u{7f}\u{8}\u{9}\u{c}\u{d}\u{0}\u{1f}";
    let expected = "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\\b\\t\\f\\r\\u0000\\u001f\"";
    assert_eq!(written(&text), expected);
}

/// Any JSON document whose numbers have a canonical form.
fn document() -> impl Strategy<Value = Value> {
    let number = any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| json!(x));
    let integer = (-(1i64 << 53) + 1..1i64 << 53).prop_map(|n| json!(n));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        integer,
        ".*".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonicalisation_is_idempotent(value in document()) {
        let once = canonical_json(&value).unwrap();
        let read: Value = serde_json::from_slice(&once).unwrap();
        prop_assert_eq!(canonical_json(&read).unwrap(), once);
    }

    #[test]
    fn the_order_of_keys_and_white_space_do_not_matter(value in document()) {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let read: Value = serde_json::from_str(&pretty).unwrap();
        prop_assert_eq!(canonical_json(&read).unwrap(), canonical_json(&value).unwrap());
    }
}
