//! Every document that the contract or a view defines.

use artifact_core::{Version, json_schema};
use serde_json::Value;

/// Each document's name and schema.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    json_schema::documents().into_iter().chain(views::json_schema::documents()).collect()
}

/// Each document's name and versions, oldest first.
pub(crate) fn versions() -> Vec<(&'static str, &'static [Version])> {
    json_schema::versions().into_iter().chain(views::json_schema::versions()).collect()
}
