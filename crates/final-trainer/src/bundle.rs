//! Reads the final model's directory back.

use artifact_core::files::read;
use artifact_core::schema::Preprocessing;
use artifact_core::{Digest, Error};
use trainer_core::ENGINE_VERSION;
use views::{self, BundleConfig, ModelDirectory, read_object};

/// Reads the configuration, the preprocessing and the bytes of the weights, and checks that no file of the directory was
/// changed. That cannot be checked of `config.json`, `metrics.json` and the model card of an earlier version; a warning
/// says so.
///
/// # Errors
///
/// [`Error::Io`] for a missing file; [`Error::Invalid`] when `config.json` was changed, and [`Error::Damaged`] when another
/// file is not the one that it names; [`Error::UnsupportedVersion`] for another schema or engine version.
pub fn read_model(directory: &ModelDirectory) -> Result<(BundleConfig, Preprocessing, Vec<u8>), Error> {
    let path = directory.file("config.json");
    let config = BundleConfig::read(&path)?;
    let what = path.display();
    let (found, supported) = (config.engine_version.into(), ENGINE_VERSION.into());
    // Before the weights are read: another engine may compute other outputs from them.
    if found != supported {
        return Err(Error::UnsupportedVersion { what: format!("{what} (engine)"), found, supported });
    }
    if config.files.is_empty() {
        tracing::warn!(
            "{what} is of an earlier version, without digests, so that it may have been changed; `holdfast artifact \
             rebuild-views RUN` writes it again"
        );
    }
    for (name, digest) in &config.files {
        directory.check(name, *digest)?;
    }
    let (id, preprocessing) = read_object::<Preprocessing>(&directory.file("preprocessing.json"))?;
    let belongs = |file: &str, found: Digest, expected: Digest| {
        if found == expected {
            return Ok(());
        }
        Err(Error::Damaged {
            id: expected,
            found: format!("{} has digest {found}", directory.file(file).display()),
        })
    };
    belongs("preprocessing.json", id.digest(), config.lineage.preprocessing.digest())?;
    let weights = read(&directory.file("model.safetensors"))?;
    belongs("model.safetensors", Digest::of(&weights), config.weights)?;
    Ok((config, preprocessing, weights))
}
