//! The settings that differ from [`Config::unwritten`], as a flat map that can be digested and compared.
//!
//! Of all settings, only this map enters the names of runs, the keys of studies, and frozen plans. So adding a setting
//! changes no name and no id where it keeps the previous behaviour.

use crate::Config;
use crate::load::is_whole;
use artifact_core::Error;
use artifact_core::schema::{FlatSettings, flatten_to};
use serde_json::Value;

/// The settings that no result depends on: the run's name and the paths of files. The files' contents are in the seal.
const APART: [&str; 2] = ["name", "data.files"];

impl Config {
    /// Every setting that differs from [`Config::unwritten`], by its dotted key, except the run's name and the paths of files. A
    /// part with its parameters, a domain of the search space and a list are one value each.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if a number is not finite.
    pub fn settings(&self) -> Result<FlatSettings, Error> {
        let own = Config { data: self.data.without_paths(), ..self.clone() };
        Ok(without_apart(differing(&own, &Config::unwritten())?))
    }

    /// Every setting of [`Config::unwritten`]: the values of the keys that [`Config::settings`] omits.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`]; in practice none.
    pub fn unwritten_settings() -> Result<FlatSettings, Error> {
        Ok(without_apart(flatten_to(&Config::unwritten(), is_whole)?))
    }

    /// As [`Config::settings`], for one section, such as `extended`.
    ///
    /// # Errors
    ///
    /// As [`Config::settings`].
    pub fn settings_of(&self, section: &str) -> Result<FlatSettings, Error> {
        let mut settings = self.settings()?;
        settings.retain(|key, _| key.split('.').next() == Some(section));
        Ok(settings)
    }
}

fn without_apart(mut settings: FlatSettings) -> FlatSettings {
    APART.iter().for_each(|key| drop(settings.remove(*key)));
    settings
}

/// The settings of `config` that differ from those of `defaults`.
pub(crate) fn differing(config: &Config, defaults: &Config) -> Result<FlatSettings, Error> {
    Ok(differing_leaves(flatten_to(config, is_whole)?, &flatten_to(defaults, is_whole)?))
}

/// The entries of `settings` that are missing from `defaults` or have a different value there. A key found only in
/// `defaults` becomes null, so that its absence counts as a difference too.
fn differing_leaves(mut settings: FlatSettings, defaults: &FlatSettings) -> FlatSettings {
    for (key, default) in defaults {
        match settings.get(key) {
            Some(value) if value == default => drop(settings.remove(key)),
            Some(_) => {}
            None => drop(settings.insert(key.clone(), Value::Null)),
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;
    use artifact_core::schema::settings_digest;
    use serde_json::json;
    use std::path::PathBuf;

    fn config(toml: &str) -> Config {
        Config::from_toml(Preset::Smoke, toml, "test").unwrap()
    }

    fn settings(toml: &str) -> FlatSettings {
        config(toml).settings().unwrap()
    }

    #[test]
    fn only_settings_that_differ_from_the_first_edition_are_listed() {
        assert_eq!(Config::unwritten().settings().unwrap(), FlatSettings::new());
        let newer = Config::default().settings().unwrap();
        let keys: Vec<&str> = newer.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["data.alignment", "labels.entry", "labels.rule", "labels.time_window", "training.scope"]
        );
        assert_eq!(settings("[features]\nticker_embedding = true\n")["features.ticker_embedding"], true);
        let found = settings("[labels]\nthreshold = 0.05\n[tuner.pruner]\nkind = 'asha'\nreduction = 4\n");
        assert_eq!(found["labels.threshold"], 0.05);
        assert_eq!(found["tuner.pruner"], json!({"name": "asha", "reduction": 4}));
        assert_eq!(found["tuner.search_space.num_heads"], json!({"choices": [2, 4]}));
        assert!(found["tuner.stages"].is_array());
        let at_default =
            ["features.ticker_embedding", "data.period", "training.focal_gamma", "seed", "extended.pruner"];
        assert!(at_default.iter().chain(&APART).all(|key| !found.contains_key(*key)), "{found:?}");
        let defaults = Config::unwritten_settings().unwrap();
        assert!(at_default.iter().all(|key| defaults.contains_key(*key)));
        assert_eq!(config("").settings_of("extended").unwrap().len(), 3);
    }

    #[test]
    fn names_and_paths_are_not_listed() {
        let mut elsewhere = Config { name: "other".to_owned(), ..Config::unwritten() };
        elsewhere.data.files.push(PathBuf::from("bars.csv"));
        assert_eq!(elsewhere.settings().unwrap(), FlatSettings::new());
        let name = |file: &str| {
            let mut config = config("[data]\nsource = 'csv'\nfiles = ['x.csv']");
            config.data.files = vec![PathBuf::from(file)];
            config.run_name().unwrap()
        };
        assert_eq!(name("bars.csv"), name("../elsewhere/bars.csv"));
        assert_eq!(name("bars.csv"), name("/elsewhere/bars.csv"));
    }

    #[test]
    fn any_other_change_changes_the_digest() {
        let digest = |toml: &str| settings_digest(&settings(toml)).unwrap();
        let base = digest("");
        assert_eq!(digest("name = 'x'"), base);
        for changed in [
            "seed = 7",
            "[features]\nticker_embedding = true",
            "[extended]\nfolds = 9",
            "[tuner]\nparallelism = 3",
            "[labels]\nthreshold = 0.05",
            "[tuner]\npruner = 'median'",
            "[tuner.pruner]\nname = 'median'\nwarmup_epochs = 1",
        ] {
            assert_ne!(digest(changed), base, "{changed}");
        }
    }

    #[test]
    fn adding_a_setting_with_a_default_changes_no_digest() {
        let config = config("[labels]\nthreshold = 0.05\n");
        let leaves = |config: &Config| flatten_to(config, is_whole).unwrap();
        let (own, defaults) = (leaves(&config), leaves(&Config::default()));
        let later = |settings: &FlatSettings| {
            let mut settings = settings.clone();
            settings.insert("training.label_smoothing".to_owned(), json!(0));
            settings.insert("warp.drive".to_owned(), json!({"speed": [1, 2]}));
            settings
        };
        let digest = |own: FlatSettings, defaults: &FlatSettings| {
            settings_digest(&differing_leaves(own, defaults)).unwrap()
        };
        let before = digest(own.clone(), &defaults);
        assert_eq!(digest(later(&own), &later(&defaults)), before);
        assert_ne!(digest(later(&own), &defaults), before, "not at its default");
    }
}
