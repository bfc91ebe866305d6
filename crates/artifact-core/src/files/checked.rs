//! Small documents that are replaced in place but reveal edits: each holds the digest of the rest.

use crate::canonical::canonical_json;
use crate::error::{Error, Invalid};
use crate::id::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The member that holds the digest.
const DIGEST: &str = "digest";

#[derive(Serialize)]
struct Checked<'c, T> {
    #[serde(flatten)]
    content: &'c T,
    digest: Digest,
}

/// Indented JSON of an object, with the digest of its canonical JSON as an extra member, `digest`.
///
/// # Errors
///
/// [`Error::Canonical`] when the value has no canonical JSON.
pub fn checked_json<T: Serialize>(content: &T) -> Result<Vec<u8>, Error> {
    pretty_json(&Checked { content, digest: Digest::of(&canonical_json(content)?) })
}

/// The same as one line of canonical JSON.
///
/// # Errors
///
/// [`Error::Canonical`] when the value has no canonical JSON.
pub(crate) fn checked_line<T: Serialize>(content: &T) -> Result<Vec<u8>, Error> {
    canonical_json(&Checked { content, digest: Digest::of(&canonical_json(content)?) })
}

/// Reads what [`checked_json`] wrote, on however many lines; `what` names it in errors.
///
/// # Errors
///
/// [`Error::Json`], or [`Error::Invalid`] when the content does not match its digest.
pub fn parse_checked<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Error> {
    let json = |source| Error::Json { what: what.to_owned(), source };
    let mut document: Map<String, Value> = serde_json::from_slice(text).map_err(json)?;
    let stated = document.remove(DIGEST).unwrap_or_default();
    let found = Digest::of(&canonical_json(&document)?);
    if stated.as_str() != Some(&found.to_string()) {
        let reason = Invalid {
            field: DIGEST.to_owned(),
            found: stated.as_str().unwrap_or("absent").to_owned(),
            expected: format!("{found}, the digest of the rest"),
        };
        return Err(Error::Invalid { artifact: what.to_owned(), reason });
    }
    serde_json::from_value(Value::Object(document)).map_err(json)
}

/// Indented JSON with a final newline.
///
/// # Errors
///
/// [`Error::Canonical`] when the value has no JSON form.
pub fn pretty_json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| Error::Canonical { source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_truncation_and_bit_flip_is_detected() {
        let content = BTreeMap::from([("name", "a run"), ("empty", ""), ("note", "ü\n\"")]);
        let sound = checked_json(&content).unwrap();
        let read = |text: &[u8]| parse_checked::<BTreeMap<String, String>>(text, "run.json");
        assert_eq!(read(&sound).unwrap().len(), 3);
        // Without its last byte, a newline, the document is still complete.
        for length in 0..sound.len() - 1 {
            assert!(read(&sound[..length]).is_err(), "cut to {length}");
        }
        for bit in 0..sound.len() * 8 {
            let mut flipped = sound.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&flipped));
        }
    }
}
