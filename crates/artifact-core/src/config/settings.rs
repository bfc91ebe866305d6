//! Settings by name: a configuration as a flat list that can be digested and compared.

use super::Config;
use crate::{Digest, Error, canonical_json};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by dotted key, such as `labels.threshold`; lists are one value.
pub type Settings = BTreeMap<String, Value>;

/// What says nothing about the work: the name, and where files lie. What they hold is in the seal.
const APART: [&str; 2] = ["name", "data.files"];

impl Config {
    /// Every setting by its dotted key, except the run's name and the paths of files.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`] when a number is not finite.
    pub fn settings(&self) -> Result<Settings, Error> {
        let mut settings = flatten(self)?;
        APART.iter().for_each(|key| drop(settings.remove(*key)));
        Ok(settings)
    }
}

/// The digest of settings: of their canonical JSON.
///
/// # Errors
///
/// [`Error::Canonical`].
pub(crate) fn settings_digest(settings: &Settings) -> Result<Digest, Error> {
    Ok(Digest::of(&canonical_json(settings)?))
}

/// The leaves of a value by dotted key, each as canonical JSON gives it back: 5.0 is 5.
pub(crate) fn flatten(value: &impl Serialize) -> Result<Settings, Error> {
    let bytes = canonical_json(value)?;
    let document = serde_json::from_slice(&bytes).map_err(|source| Error::Canonical { source })?;
    let mut leaves = Settings::new();
    walk(String::new(), document, &mut leaves);
    Ok(leaves)
}

fn walk(path: String, value: Value, leaves: &mut Settings) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                walk(path, value, leaves);
            }
        }
        leaf => drop(leaves.insert(path, leaf)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use std::path::PathBuf;

    fn settings(toml: &str) -> Settings {
        Config::from_toml(Preset::Smoke, toml, "test").unwrap().settings().unwrap()
    }

    #[test]
    fn every_setting_is_there_but_names_and_paths() {
        let found = settings("[labels]\nthreshold = 0.05\n");
        assert_eq!(found["labels.threshold"], 0.05);
        assert_eq!(found["data.period"], "5y");
        assert_eq!(found["training.focal_gamma"], 2);
        assert!(found["tuner.stages"].is_array());
        assert!(APART.iter().all(|key| !found.contains_key(*key)));
        let mut elsewhere = Config::default();
        let here = elsewhere.settings().unwrap();
        elsewhere.name = "other".to_owned();
        elsewhere.data.files.push(PathBuf::from("bars.csv"));
        assert_eq!(elsewhere.settings().unwrap(), here);
    }

    #[test]
    fn any_other_change_changes_the_digest() {
        let digest = |toml: &str| settings_digest(&settings(toml)).unwrap();
        let base = digest("");
        assert_eq!(digest("name = 'x'"), base);
        for changed in
            ["seed = 7", "[extended]\nfolds = 9", "[tuner]\nparallelism = 3", "[labels]\nthreshold = 0.05"]
        {
            assert_ne!(digest(changed), base, "{changed}");
        }
    }
}
