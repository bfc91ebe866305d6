//! The rules by which bars are read and cleaned, apart from which bars they are.

use crate::{Config, ConfigError, DataConfig};
use artifact_core::schema::FlatSettings;
use serde::Deserialize as _;
use serde_json::{Map, Value};

/// The keys of `data` that say which bars are read. All others, also those that a later version adds, say how.
const SELECTION: [&str; 6] = ["source", "files", "series", "tickers", "period", "synthetic"];

impl DataConfig {
    /// The data settings by which other bars are read as those of a run were: its rules, with the first edition's source,
    /// files and period, which are the caller's to choose.
    ///
    /// `settings` are the run's settings of `data` by their key in that section, such as `adjust`. One that is missing has
    /// its value in [`Config::unwritten`], as in frozen plans.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] naming the key, for a rule that this version does not know, or that has another type here.
    pub fn of_rules(settings: &FlatSettings) -> Result<Self, ConfigError> {
        let first = Config::unwritten().data;
        let invalid = |key: &str, error: &serde_json::Error| {
            let reason =
                format!("cannot be followed ({error}); use the version of the program that fitted the model");
            ConfigError::of(format!("data.{key}"), reason)
        };
        let mut document = serde_json::to_value(&first).map_err(|error| invalid("*", &error))?;
        for (key, value) in settings {
            if SELECTION.iter().any(|apart| key.split('.').next() == Some(*apart)) {
                continue;
            }
            place(&mut document, key, value);
            // Key by key, so that the error can name the one at fault.
            DataConfig::deserialize(&document).map_err(|error| invalid(key, &error))?;
        }
        DataConfig::deserialize(document).map_err(|error| invalid("*", &error))
    }
}

/// Puts a value where its dotted key says.
fn place(document: &mut Value, key: &str, value: &Value) {
    let mut at = document;
    for part in key.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[part];
    }
    *at = value.clone();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OnFault, Unordered};
    use serde_json::json;

    /// The settings of `data` as a frozen plan has them, without the section's name.
    fn planned(config: &Config) -> FlatSettings {
        let settings = config.settings_of("data").unwrap();
        settings.into_iter().map(|(key, value)| (key["data.".len()..].to_owned(), value)).collect()
    }

    #[test]
    fn rules_come_back_and_what_selects_bars_does_not() {
        let mut config = Config::default();
        config.data.adjust = false;
        config.data.unordered = Unordered::Sort;
        config.data.on_fault = OnFault::Error;
        config.data.max_forward_fill = 2;
        config.data.period = "max".to_owned();
        config.data.tickers = vec!["A".to_owned()];
        config.data.synthetic.rows = 7;
        let found = DataConfig::of_rules(&planned(&config)).unwrap();
        let first = Config::unwritten().data;
        let DataConfig { period, tickers, synthetic, .. } = first;
        assert_eq!(found, DataConfig { period, tickers, synthetic, ..config.data });
    }

    #[test]
    fn the_selection_names_keys_that_exist() {
        // The series are written only where there are any.
        let document = serde_json::to_value(DataConfig::default()).unwrap();
        let written = |key: &&str| *key == "series" || document.get(key).is_some();
        assert!(SELECTION.iter().all(written), "{document}");
    }

    #[test]
    fn a_rule_of_another_version_is_refused_by_name() {
        for (key, value) in [("session", json!("NYSE")), ("adjust", json!("splits")), ("a.b", json!(1))] {
            let error = DataConfig::of_rules(&FlatSettings::from([(key.to_owned(), value)])).unwrap_err();
            assert!(error.to_string().contains(&format!("data.{key}: cannot be followed")), "{error}");
        }
        assert_eq!(DataConfig::of_rules(&FlatSettings::new()).unwrap(), Config::unwritten().data);
    }
}
