//! Where two documents differ.

use crate::error::Invalid;
use serde_json::Value;

/// The path of the first place where `found` differs from `expected`; both are JSON documents.
pub(crate) fn difference(found: &[u8], expected: &[u8]) -> Invalid {
    let values = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let parted = values(found).zip(values(expected)).and_then(|(found, expected)| {
        let mut path = Vec::new();
        part(Some(&found), Some(&expected), &mut path)
    });
    parted.unwrap_or_else(|| Invalid {
        field: "the document".to_owned(),
        found: "not in canonical form".to_owned(),
        expected: "RFC 8785 JSON: sorted keys, no white space, shortest numbers".to_owned(),
    })
}

/// Walks both values in parallel to the first parts that differ.
fn part(found: Option<&Value>, expected: Option<&Value>, path: &mut Vec<String>) -> Option<Invalid> {
    if found == expected {
        return None;
    }
    match (found, expected) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            left.keys().chain(right.keys()).find_map(|key| {
                path.push(if path.is_empty() { key.clone() } else { format!(".{key}") });
                let found = part(left.get(key), right.get(key), path);
                path.pop();
                found
            })
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            (0..left.len().max(right.len())).find_map(|place| {
                path.push(format!("[{place}]"));
                let found = part(left.get(place), right.get(place), path);
                path.pop();
                found
            })
        }
        _ => {
            let text = |value: Option<&Value>| value.map_or("absent".to_owned(), Value::to_string);
            Some(Invalid { field: path.concat(), found: text(found), expected: text(expected) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let check = |found: &str, expected: &str, text: &str| {
            assert_eq!(difference(found.as_bytes(), expected.as_bytes()).to_string(), text);
        };
        check(r#"{"a":{"b":[1,{}]}}"#, r#"{"a":{"b":[1,{"c":null}]}}"#, "a.b[1].c is absent, expected null");
        check(r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, "a[1] is 2, expected absent");
        check(r#"{"a":1.5}"#, r#"{"a":1}"#, "a is 1.5, expected 1");
        assert!(difference(b"{ }", b"{}").to_string().contains("not in canonical form"));
    }
}
