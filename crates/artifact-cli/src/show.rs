//! `artifact show`: prints one artifact.

use crate::kinds::document;
use crate::output;
use crate::resolve::{Found, resolve};
use artifact_core::{AnyPayload, BLOB, Digest, Envelope, Object, ObjectStore, Workspace};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(crate) fn run(workspace: &Workspace, typed: &str, as_json: bool) -> anyhow::Result<()> {
    let Found { id, bytes } = resolve(workspace, typed)?;
    let size = bytes.len();
    let document = document(id, &bytes);
    let Object::Artifact(envelope) = Object::read(id, bytes)? else {
        return if as_json {
            output::json(&json!({"id": id, "kind": BLOB, "bytes": size}))
        } else {
            output::text(&format!("blob, {size} bytes\nid  {id}"))
        };
    };
    if as_json {
        let mut document = document?;
        document["id"] = json!(id);
        return output::json(&document);
    }
    output::text(&readable(workspace, id, &envelope, &document?)?)
}

fn readable(
    workspace: &Workspace,
    id: Digest,
    envelope: &Envelope<AnyPayload>,
    document: &Value,
) -> anyhow::Result<String> {
    let producer = &envelope.producer;
    let engine = producer.engine_version.map(|version| format!(", engine {version}")).unwrap_or_default();
    let mut text = format!(
        "{}\nid        {id}\nschema    {}\nproducer  {} {}{engine}\n",
        envelope.kind, envelope.schema_version, producer.name, producer.version
    );
    if envelope.parents.is_empty() {
        text.push_str("parents   none\n");
    }
    for (name, ids) in [("parents", &envelope.parents), ("blobs", &envelope.payload.blobs())] {
        for (place, id) in ids.iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            writeln!(text, "{name:<10}{id}  {}", kind_of(workspace, id))?;
        }
    }
    let payload = serde_json::to_string_pretty(&document["payload"])?;
    writeln!(text, "payload\n{payload}")?;
    Ok(text)
}

/// The kind of an object, or what is wrong with it, in a word.
pub(crate) fn kind_of(workspace: &Workspace, id: &Digest) -> String {
    match workspace.store().get(id) {
        Ok(bytes) => match Object::read(*id, bytes) {
            Ok(object) => object.kind().to_owned(),
            Err(_) => "invalid".to_owned(),
        },
        Err(artifact_core::Error::NotFound { .. }) => "missing".to_owned(),
        Err(_) => "damaged".to_owned(),
    }
}
