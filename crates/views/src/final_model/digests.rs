//! What shows that a file of a final model was changed: the digests that `config.json` has of the others and of itself.

use artifact_core::files::parse_checked;
use artifact_core::{Digest, Error, Invalid, canonical_json};
use serde_json::Value;

/// The minor version of `config.json`, of major version 4, that added the digests and the data settings.
pub(super) const MINOR: u64 = 2;

/// The digest of a file: of a JSON document that of its canonical JSON, so that other spacing is no change, else that of
/// its bytes.
pub(super) fn of_file(name: &str, bytes: &[u8]) -> Digest {
    let canonical = || canonical_json(&serde_json::from_slice::<Value>(bytes).ok()?).ok();
    let canonical = if name.ends_with(".json") { canonical() } else { None };
    Digest::of(canonical.as_deref().unwrap_or(bytes))
}

/// The document of `config.json`, checked against its own digest; `what` names the file in errors.
///
/// # Errors
///
/// [`Error::Json`], or [`Error::Invalid`] if the digest is another, or is missing though the file's version has one.
pub(super) fn checked_document(text: &[u8], what: &str) -> Result<Value, Error> {
    let json = |source| Error::Json { what: what.to_owned(), source };
    let document: Value = serde_json::from_slice(text).map_err(json)?;
    if document.get("digest").is_some() {
        return parse_checked(text, what);
    }
    let version = |key: &str| document.get(key).and_then(Value::as_u64).unwrap_or(0);
    if (version("schema_version"), version("schema_minor")) < (4, MINOR) {
        return Ok(document);
    }
    let reason = Invalid {
        field: "digest".to_owned(),
        found: "absent".to_owned(),
        expected: "the digest of the rest".to_owned(),
    };
    Err(Error::Invalid { artifact: what.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::files::checked_json;
    use serde_json::json;

    #[test]
    fn spacing_is_no_change_of_json_and_one_of_anything_else() {
        assert_eq!(of_file("a.json", b"{\"a\": 1}\n"), of_file("a.json", b"{\"a\":1}"));
        assert_ne!(of_file("a.json", b"{\"a\":1}"), of_file("a.json", b"{\"a\":2}"));
        assert_ne!(of_file("a.md", b"{\"a\": 1}"), of_file("a.md", b"{\"a\":1}"));
        assert_eq!(of_file("a.json", b"no json"), Digest::of(b"no json"));
    }

    #[test]
    fn a_changed_document_is_refused_and_an_older_one_has_no_digest() {
        let check = |text: &[u8]| checked_document(text, "config.json");
        let document = json!({"schema_version": 4, "schema_minor": 2, "tickers": ["A"]});
        let text = String::from_utf8(checked_json(&document).unwrap()).unwrap();
        assert_eq!(check(text.as_bytes()).unwrap(), document);
        let refused = |text: &str| check(text.as_bytes()).unwrap_err();
        for changed in [text.replace("\"A\"", "\"B\""), document.to_string()] {
            let error = refused(&changed);
            assert!(error.is_validation() && error.to_string().contains("config.json"), "{error}");
        }
        for (major, minor) in [(4, 1), (4, 0), (3, 0), (2, 0)] {
            let older = json!({"schema_version": major, "schema_minor": minor});
            assert_eq!(check(older.to_string().as_bytes()).unwrap(), older);
        }
    }
}
