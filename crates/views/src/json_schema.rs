//! JSON Schemas of the views that are not stored objects.

use crate::{ExtendedResults, TrialResults, VERSION, VERSIONS};
use artifact_core::Version;
use artifact_core::json_schema::document;
use serde_json::Value;

/// The schema of each view, by its name.
pub fn documents() -> Vec<(&'static str, Value)> {
    vec![
        document::<TrialResults>("trial_results", VERSION),
        document::<ExtendedResults>("extended_training_results", VERSION),
    ]
}

/// Every version of each view, oldest first, by the view's name.
pub fn versions() -> Vec<(&'static str, &'static [Version])> {
    vec![("trial_results", VERSIONS), ("extended_training_results", VERSIONS)]
}
