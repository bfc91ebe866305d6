//! A growing list of findings.

use artifact_core::schema::written::Json;
use artifact_core::schema::{Damage, Done, Finding};
use std::collections::BTreeSet;

/// Findings about one trial, result or file, without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Findings(BTreeSet<Finding>);

impl Findings {
    pub(super) fn add(&mut self, place: &str, damage: Damage, found: impl Into<String>, done: Done) {
        self.0.insert(Finding { place: place.to_owned(), damage, found: found.into(), done });
    }

    /// Replaces every number in `value` that is not finite with null, and records each as a finding.
    pub(super) fn make_finite(&mut self, place: &str, value: &mut Json) {
        match value {
            Json::NotFinite(token) => {
                self.add(place, Damage::NotFinite, format!("{}, now null", token.token()), Done::Repaired);
                *value = Json::Null;
            }
            Json::Array(items) => {
                // Without the index of the item, a list full of NaN is one finding and not thousands.
                let place = format!("{place}[]");
                items.iter_mut().for_each(|item| self.make_finite(&place, item));
            }
            Json::Object(members) => {
                for (key, value) in members {
                    let place = below(place, key);
                    self.make_finite(&place, value);
                }
            }
            _ => {}
        }
    }

    /// The findings, in order of place.
    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0.into_iter().collect()
    }
}

/// The path of `key` below `place`.
pub(super) fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}
