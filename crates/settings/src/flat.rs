//! The settings as a flat list that can be digested and compared.

use crate::Config;
use artifact_core::Error;
use artifact_core::schema::{FlatSettings, flatten};

/// What says nothing about the work: the name, and where files lie. What they hold is in the seal.
const APART: [&str; 2] = ["name", "data.files"];

impl Config {
    /// Every setting by its dotted key, except the run's name and the paths of files.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when a number is not finite.
    pub fn settings(&self) -> Result<FlatSettings, Error> {
        let mut settings = flatten(self)?;
        APART.iter().for_each(|key| drop(settings.remove(*key)));
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;
    use artifact_core::schema::settings_digest;
    use std::path::PathBuf;

    fn settings(toml: &str) -> FlatSettings {
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
