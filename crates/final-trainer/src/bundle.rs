//! The final model's directory, read back.

use artifact_core::files::{read, read_json};
use artifact_core::schema::Preprocessing;
use artifact_core::{Digest, Error};
use trainer_core::ENGINE_VERSION;
use views::{self, BundleConfig, ModelDirectory, read_object};

/// Reads configuration, preprocessing and weights, and checks that they belong together.
///
/// # Errors
///
/// [`Error::Io`] for a missing file; [`Error::Damaged`] when a file is not the one that `config.json` names;
/// [`Error::UnsupportedVersion`] for another schema or engine version.
pub fn read_model(directory: &ModelDirectory) -> Result<(BundleConfig, Preprocessing, Vec<u8>), Error> {
    let path = directory.file("config.json");
    let config: BundleConfig = read_json(&path)?;
    let what = path.display();
    // What `config.json` holds has been the same since its first version.
    let oldest = views::VERSIONS[0].major;
    let engine: u64 = ENGINE_VERSION.into();
    for (name, found, known) in [
        ("schema", config.schema_version, oldest..=views::VERSION),
        ("engine", config.engine_version.into(), engine..=engine),
    ] {
        if !known.contains(&found) {
            let (what, supported) = (format!("{what} ({name})"), *known.end());
            return Err(Error::UnsupportedVersion { what, found, supported });
        }
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
