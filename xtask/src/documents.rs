//! Every document that the contract or a view writes.

use artifact_core::{Version, json_schema};
use serde_json::Value;

/// The schema of each document, by its name.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    json_schema::documents().into_iter().chain(views::json_schema::documents()).collect()
}

/// Every version of each document, the oldest first.
pub(crate) fn versions() -> Vec<(&'static str, &'static [Version])> {
    json_schema::versions().into_iter().chain(views::json_schema::versions()).collect()
}
