//! Resolves what a user typed to an object.

use anyhow::{Context as _, anyhow};
use artifact_core::{Digest, Error, ObjectStore, Workspace, canonical_json, files};
use serde_json::{Map, Value};
use settings::cli::UsageError;
use std::path::Path;

/// The fewest digits of an id that are accepted.
const SHORTEST: usize = 6;

/// The error for a run that does not exist; names those that do.
pub(crate) fn no_run(workspace: &Workspace, name: &str) -> Result<UsageError, Error> {
    let (runs, place) = (workspace.runs()?, workspace.root().display());
    Ok(UsageError(match runs.is_empty() {
        true => format!("there is no run {name}: {place} has no runs; choose another with --workspace"),
        false => format!("there is no run {name} in {place}; existing runs: {}", runs.join(", ")),
    }))
}

/// An object's id and bytes.
pub(crate) struct Found {
    pub(crate) id: Digest,
    pub(crate) bytes: Vec<u8>,
}

/// Finds an object by its id, the start of its id, or a JSON file that holds it.
///
/// # Errors
///
/// If nothing matches, several ids match, or the content of the file does not match its id.
pub(crate) fn resolve(workspace: &Workspace, typed: &str) -> anyhow::Result<Found> {
    let hexadecimal = !typed.is_empty() && typed.bytes().all(|b| b.is_ascii_hexdigit());
    let path = Path::new(typed);
    // A name that could be an id is treated as one: a stray file must not hide an object.
    if path.is_file() && !(hexadecimal && typed.len() >= SHORTEST) {
        return from_file(path);
    }
    if !hexadecimal || typed.len() < SHORTEST || typed.len() > 64 {
        return Err(UsageError(format!(
            "{typed:?} is neither a file nor an id: expected {SHORTEST} to 64 hexadecimal digits"
        ))
        .into());
    }
    let id = by_prefix(workspace, &typed.to_ascii_lowercase())?;
    let bytes = workspace.store().get(&id)?;
    Ok(Found { id, bytes })
}

fn by_prefix(workspace: &Workspace, prefix: &str) -> anyhow::Result<Digest> {
    let ids = workspace.store().list()?;
    let matching: Vec<String> =
        ids.iter().map(Digest::to_string).filter(|id| id.starts_with(prefix)).collect();
    match &matching[..] {
        [only] => Ok(only.parse()?),
        [] => Err(anyhow!(
            "no object in {} starts with {prefix} ({} objects searched); check the id and --workspace",
            workspace.root().display(),
            ids.len()
        )),
        several => {
            let listed: Vec<&str> = several.iter().take(5).map(String::as_str).collect();
            let more = match several.len() - listed.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Err(UsageError(format!(
                "{} objects start with {prefix}: {}{more}; type more digits",
                several.len(),
                listed.join(", ")
            ))
            .into())
        }
    }
}

/// Reads an envelope from a file; if it states an `id`, the content must match it.
fn from_file(path: &Path) -> anyhow::Result<Found> {
    let mut document: Map<String, Value> = files::read_json(path)?;
    let claimed = document.remove("id");
    for part in ["kind", "schema_version", "parents", "producer", "payload"] {
        if !document.contains_key(part) {
            return Err(anyhow!(
                "{} does not hold a single artifact: it has no {part}; expected a file such as \
                 best_configuration_artifacts.json, or an id",
                path.display()
            ));
        }
    }
    // Files are written for reading, with an `id` and line breaks; the digest is that of the canonical bytes.
    let bytes = canonical_json(&document)?;
    let id = Digest::of(&bytes);
    if let Some(claimed) = claimed {
        let claimed: Digest = serde_json::from_value(claimed)
            .with_context(|| format!("cannot read the id in {}", path.display()))?;
        if claimed != id {
            return Err(Error::Damaged {
                id: claimed,
                found: format!("the content of {} has digest {id}", path.display()),
            }
            .into());
        }
    }
    Ok(Found { id, bytes })
}
