//! What was measured before, by the digest of what it depends on.

use anyhow::Context as _;
use artifact_core::{Digest, files};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The digest of each file, by name.
pub(super) fn digests(paths: &[PathBuf]) -> anyhow::Result<BTreeMap<String, Digest>> {
    let mut digests = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
        digests.insert(name, Digest::of(&file));
    }
    Ok(digests)
}

/// The files of a folder, by name.
pub(super) fn files_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("failed to read {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(unreadable)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// What was measured of these inputs before, if the cache has it. `inputs` name everything that the figures depend on but
/// for the packages of Python and the machine.
pub(super) fn known(cache: Option<&Path>, inputs: &Value) -> anyhow::Result<Option<Value>> {
    let Some(cache) = cache else { return Ok(None) };
    let path = path(cache, inputs)?;
    let Ok(known) = std::fs::read(&path) else { return Ok(None) };
    serde_json::from_slice(&known).with_context(|| format!("failed to read {}", path.display()))
}

/// Keeps what was measured of some inputs. A null is not kept.
pub(super) fn keep(cache: Option<&Path>, inputs: &Value, measured: &Value) -> anyhow::Result<()> {
    if let Some(cache) = cache.filter(|_| !measured.is_null()) {
        std::fs::create_dir_all(cache)?;
        files::write_atomically(&path(cache, inputs)?, measured.to_string().as_bytes())?;
    }
    Ok(())
}

/// What was measured of these inputs before, see [`known`], else what is measured now.
pub(super) fn kept(
    cache: Option<&Path>,
    inputs: &Value,
    measured: impl FnOnce() -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    if let Some(known) = known(cache, inputs)? {
        return Ok(known);
    }
    let measured = measured()?;
    keep(cache, inputs, &measured)?;
    Ok(measured)
}

fn path(cache: &Path, inputs: &Value) -> anyhow::Result<PathBuf> {
    Ok(cache.join(format!("{}.json", Digest::of(&artifact_core::canonical_json(inputs)?).short())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use serde_json::json;

    #[test]
    fn a_figure_is_measured_once_for_the_same_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Some(folder.path());
        let figures = json!({ "mcc": 0.125 });
        assert_eq!(kept(cache, &json!([1]), || Ok(Value::Null)).unwrap(), Value::Null);
        assert_eq!(kept(cache, &json!([1]), || Ok(figures.clone())).unwrap(), figures);
        assert_eq!(kept(cache, &json!([1]), || bail!("measured twice")).unwrap(), figures);
        assert!(kept(cache, &json!([2]), || bail!("other inputs")).is_err());
    }
}
