//! Settings by name: a flat list that can be digested and compared, whatever type they came from.

use crate::canonical::canonical_json;
use crate::error::Error;
use crate::id::Digest;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by dotted key, such as `labels.threshold`; lists are one value.
pub type FlatSettings = BTreeMap<String, Value>;

/// The digest of settings: of their canonical JSON.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn settings_digest(settings: &FlatSettings) -> Result<Digest, Error> {
    Ok(Digest::of(&canonical_json(settings)?))
}

/// The leaves of a value by dotted key, each as canonical JSON gives it back: 5.0 is 5.
///
/// # Errors
///
/// [`Error::Refused`] when a number is not finite, [`Error::Canonical`] when the value has no JSON form.
pub fn flatten(value: &impl Serialize) -> Result<FlatSettings, Error> {
    flatten_to(value, |_| false)
}

/// As [`flatten`], but a table whose key satisfies `is_whole` is kept as one value.
///
/// # Errors
///
/// As [`flatten`].
pub fn flatten_to(value: &impl Serialize, is_whole: impl Fn(&str) -> bool) -> Result<FlatSettings, Error> {
    let bytes = canonical_json(value)?;
    let document = serde_json::from_slice(&bytes).map_err(|source| Error::Canonical { source })?;
    let mut leaves = FlatSettings::new();
    walk(String::new(), document, &is_whole, &mut leaves);
    Ok(leaves)
}

fn walk(path: String, value: Value, is_whole: &impl Fn(&str) -> bool, leaves: &mut FlatSettings) {
    match value {
        Value::Object(members) if !is_whole(&path) => {
            for (key, value) in members {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                walk(path, value, is_whole, leaves);
            }
        }
        leaf => drop(leaves.insert(path, leaf)),
    }
}
