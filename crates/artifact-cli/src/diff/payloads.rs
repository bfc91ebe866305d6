//! Compares two payloads of one kind.

use super::change::{Change, Topic};
use super::document::{self, without};
use super::{imported, preprocessing, split};
use artifact_core::{AnyPayload, Envelope};
use serde_json::json;

/// The differences between two artifacts, empty if they are the same; `None` if their kinds differ.
pub fn compare(left: &Envelope<AnyPayload>, right: &Envelope<AnyPayload>) -> Option<Vec<Change>> {
    if left.payload.kind() != right.payload.kind() {
        return None;
    }
    let mut changes = Vec::new();
    let producer = |envelope: &Envelope<AnyPayload>| json!({"producer": envelope.producer, "schema_version": envelope.schema_version});
    let origin = document::changes("", &producer(left), &producer(right));
    changes.extend(origin.into_iter().map(|change| Change { topic: Topic::Producer, ..change }));
    changes.extend(match (&left.payload, &right.payload) {
        (AnyPayload::SplitPlan(left), AnyPayload::SplitPlan(right)) => split::changes(left, right),
        (AnyPayload::Preprocessing(left), AnyPayload::Preprocessing(right)) => {
            preprocessing::changes(left, right)
        }
        (AnyPayload::BestConfiguration(left), AnyPayload::BestConfiguration(right)) => {
            let parts = [
                split::changes(&left.split, &right.split),
                preprocessing::changes(&left.preprocessing, &right.preprocessing),
            ];
            let mut changes = parts.concat();
            let own = |payload| without(payload, &["split", "preprocessing"]);
            changes.extend(document::changes("", &own(json!(left)), &own(json!(right))));
            changes
        }
        (
            left @ (AnyPayload::ImportedTrial(_) | AnyPayload::ImportedStudy(_)),
            right @ (AnyPayload::ImportedTrial(_) | AnyPayload::ImportedStudy(_)),
        ) => imported::changes(&left.document(), &right.document()),
        (left, right) => document::changes("", &left.document(), &right.document()),
    });
    changes.sort_by_key(|change| change.topic);
    Some(changes)
}
