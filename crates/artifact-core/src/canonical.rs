//! Canonical bytes: RFC 8785 JSON, the form that is hashed.

use crate::Error;
use serde::Serialize;

/// Writes `value` as canonical JSON (RFC 8785): sorted keys, no white space, shortest round-trip numbers.
///
/// # Errors
///
/// [`Error::Canonical`] when the value has no JSON form, for example a map whose keys are not strings.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json_canonicalizer::to_vec(value).map_err(|source| Error::Canonical { source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_numbers_shortest() {
        let value = json!({"b": [1e21, 0.1, 1.0, -0.0], "a": {"ü": null, "z": true}});
        let text = String::from_utf8(canonical_json(&value).unwrap()).unwrap();
        assert_eq!(text, r#"{"a":{"z":true,"ü":null},"b":[1e+21,0.1,1,0]}"#);
    }

    proptest! {
        #[test]
        fn every_finite_number_but_negative_zero_survives(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite() && bits != (-0.0f64).to_bits());
            let bytes = canonical_json(&number).unwrap();
            prop_assert_eq!(serde_json::from_slice::<f64>(&bytes).unwrap().to_bits(), bits);
        }
    }
}
