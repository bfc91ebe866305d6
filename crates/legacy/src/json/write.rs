//! JSON output, for people and for programs that read version 1.

use artifact_core::schema::written::{Json, quoted};

/// Formats a value with an indent of two; lists without nested lists or objects stay on one line.
pub fn to_text(value: &Json) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Json, depth: usize, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        // The text as it was read: through an f64, `1.0` would become `1` and long numbers would lose digits.
        Json::Number(number) => out.push_str(number.text()),
        // Not JSON, but what Python writes and reads.
        Json::NotFinite(token) => out.push_str(token.token()),
        Json::String(text) => out.push_str(&quoted(text)),
        Json::Array(items) => {
            let flat = !items.iter().any(|item| matches!(item, Json::Array(_) | Json::Object(_)));
            let items = items.iter().map(|item| (None, item));
            write_items(items, ('[', ']'), flat, depth, out);
        }
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| (Some(key.as_str()), value));
            write_items(members, ('{', '}'), false, depth, out);
        }
    }
}

fn write_items<'v>(
    items: impl ExactSizeIterator<Item = (Option<&'v str>, &'v Json)>,
    (open, close): (char, char),
    flat: bool,
    depth: usize,
    out: &mut String,
) {
    out.push(open);
    let empty = items.len() == 0;
    for (place, (key, value)) in items.enumerate() {
        match (place, flat) {
            (0, true) => {}
            (_, true) => out.push_str(", "),
            (0, false) => new_line(depth + 1, out),
            (_, false) => {
                out.push(',');
                new_line(depth + 1, out);
            }
        }
        if let Some(key) = key {
            out.push_str(&quoted(key));
            out.push_str(": ");
        }
        write(value, depth + 1, out);
    }
    if !flat && !empty {
        new_line(depth, out);
    }
    out.push(close);
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_value;
    use artifact_core::canonical_json;

    #[test]
    fn values_survive_canonical_json() {
        for text in [
            r#"{"$number": "5", "$$x": {"$": [1.0, 1, -0.0, NaN, -Infinity]}}"#,
            r#"[{}, [], "", null, true, 1e999, 12345678901234567890123]"#,
        ] {
            let (value, _) = read_value(text.as_bytes()).unwrap();
            let bytes = canonical_json(&value).unwrap();
            assert_eq!(serde_json::from_slice::<Json>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn written_text_reads_back() {
        let text = r#"{"a": [1, 2.0, "x\u0001\"\\"], "b": {"c": [], "d": {}, "e": [[], [1]]}, "f": null}"#;
        let (value, _) = read_value(text.as_bytes()).unwrap();
        let written = to_text(&value);
        assert_eq!(read_value(written.as_bytes()).unwrap().0, value);
        assert!(written.starts_with("{\n  \"a\": [1, 2.0, \"x\\u0001"), "{written}");
    }
}
