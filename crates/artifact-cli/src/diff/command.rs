//! `artifact diff`: how two artifacts of one kind differ.

use super::change::Change;
use super::payloads::compare;
use super::{bars, weights};
use crate::outcome::Outcome;
use crate::output;
use crate::resolve::{Found, resolve};
use artifact_core::schema::ModelBundle;
use artifact_core::{AnyPayload, Digest, Envelope, Object, Workspace};
use serde_json::{Value, json};
use settings::cli::UsageError;

pub(crate) fn run(
    workspace: &Workspace,
    left: &str,
    right: &str,
    exit_code: bool,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let (left, right) = (resolve(workspace, left)?, resolve(workspace, right)?);
    let ids = (left.id, right.id);
    let (left, right) = (read(left)?, read(right)?);
    let kinds = (left.kind(), right.kind());
    if kinds.0 != kinds.1 {
        return Err(UsageError(format!(
            "{} is a {} and {} is a {}; only artifacts of one kind can be compared",
            ids.0.short(),
            kinds.0,
            ids.1.short(),
            kinds.1
        ))
        .into());
    }
    let changes = match (&left, &right) {
        _ if ids.0 == ids.1 => Vec::new(),
        (Object::Artifact(left), Object::Artifact(right)) => differences(workspace, left, right),
        (Object::Blob(left), Object::Blob(right)) => weights::of_blobs("blob", left, right),
        _ => Vec::new(),
    };
    if as_json {
        output::json(&as_document(kinds.0, ids, &changes))?;
    } else {
        output::text(&readable(kinds.0, ids, &changes))?;
    }
    Ok(if exit_code && ids.0 != ids.1 { Outcome::Different } else { Outcome::Sound })
}

fn read(found: Found) -> Result<Object, artifact_core::Error> {
    Object::read(found.id, found.bytes)
}

/// The payloads' differences, and those of the blobs behind them.
fn differences(
    workspace: &Workspace,
    left: &Envelope<AnyPayload>,
    right: &Envelope<AnyPayload>,
) -> Vec<Change> {
    let mut changes = compare(left, right).unwrap_or_default();
    match (&left.payload, &right.payload) {
        (AnyPayload::Snapshot(left), AnyPayload::Snapshot(right)) => {
            // The values say more than the digests of the blobs that hold them.
            changes.retain(|change| !change.what.starts_with("chunks") && change.what != "number of chunks");
            changes.extend(bars::changes(&workspace.store(), left, right));
        }
        (AnyPayload::ModelBundle(left), AnyPayload::ModelBundle(right)) => {
            let blobs = |bundle: &ModelBundle| [bundle.weights, bundle.baseline_weights];
            for ((name, from), to) in
                ["weights", "baseline_weights"].into_iter().zip(blobs(left)).zip(blobs(right))
            {
                if from != to {
                    changes.extend(weights::changes(&workspace.store(), name, from, to));
                }
            }
        }
        _ => {}
    }
    changes
}

fn readable(kind: &str, (left, right): (Digest, Digest), changes: &[Change]) -> String {
    if left == right {
        return format!("{kind} {}: identical", left.short());
    }
    let mut text = format!("{kind} {} -> {}\n", left.short(), right.short());
    for change in changes {
        text.push_str(&format!("{change}\n"));
    }
    text
}

fn as_document(kind: &str, (left, right): (Digest, Digest), changes: &[Change]) -> Value {
    json!({"kind": kind, "left": left, "right": right, "identical": left == right, "changes": changes})
}
