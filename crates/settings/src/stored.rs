//! From what is stored to settings, and back.

use crate::{Config, TrainingConfig};
use artifact_core::schema::TrainingSettings;
use artifact_core::{Component, Error, Invalid, RunRecord};
use serde::Deserialize;

impl Config {
    /// The configuration that a run was last worked on with; `None` for an imported run on which no phase has worked.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the record holds settings that a configuration file may not have: a key that is unknown, a
    /// value of another type or out of range.
    pub fn of_record(record: &RunRecord) -> Result<Option<Config>, Error> {
        let Some(document) = &record.config else {
            return Ok(None);
        };
        let refused = |error: &dyn std::fmt::Display| Error::Invalid {
            artifact: format!("the record of run {}", record.run),
            reason: Invalid {
                field: "config".to_owned(),
                found: format!("not acceptable ({error})"),
                expected: "settings that a configuration file may have".to_owned(),
            },
        };
        let config = Config::deserialize(document).map_err(|error| refused(&error))?;
        config.validate().map_err(|error| refused(&error))?;
        Ok(Some(config))
    }
}

impl TrainingConfig {
    /// These settings as they are stored, where the names of model and objective have become references.
    pub fn stored(&self, model: Component, objective: Component) -> TrainingSettings {
        let TrainingConfig {
            model: _,
            objective: _,
            focal_gamma,
            class_weight_mix,
            accumulation_steps,
            gradient_clip,
            warmup_fraction,
            patience,
            cost_bps,
        } = *self;
        TrainingSettings {
            model,
            objective,
            focal_gamma,
            class_weight_mix,
            accumulation_steps,
            gradient_clip,
            warmup_fraction,
            patience,
            cost_bps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::{Digest, Phase, PhaseRecord, Workspace};
    use serde_json::json;
    use std::path::Path;

    fn golden() -> Workspace {
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifact-core");
        Workspace::new(core.join("tests/golden/workspace"))
    }

    #[test]
    fn an_older_record_is_read_with_todays_defaults() {
        let record = golden().run("golden").record().unwrap().unwrap();
        let mut config = Config::of_record(&record).unwrap().unwrap();
        // Records held every domain, also those that the file did not give.
        assert_eq!(config.tuner.search_space.iter().count(), 10);
        config.tuner.search_space = Config::default().tuner.search_space;
        assert_eq!(config, Config::default());
        let imported = RunRecord::imported("old", PhaseRecord::new(Digest::of(b""), []));
        assert_eq!(Config::of_record(&imported).unwrap(), None);
    }

    #[test]
    fn settings_that_do_not_fit_are_refused_by_name() {
        for (document, part) in [
            (json!({"sed": 1}), "sed"),
            (json!({"seed": "one"}), "one"),
            (json!({"labels": {"threshold": 1.5}}), "labels.threshold"),
            (json!(null), "null"),
            (json!([1, 2]), "invalid"),
        ] {
            let record = RunRecord { config: Some(document), ..RunRecord::new("r", &json!({})).unwrap() };
            let error = Config::of_record(&record).unwrap_err();
            let text = error.to_string();
            assert!(error.is_validation() && text.contains("run r") && text.contains(part), "{text}");
        }
        let mut config = Config::default();
        config.labels.threshold = f64::NAN;
        assert!(matches!(RunRecord::new("r", &config), Err(Error::Refused { .. })));
    }

    #[test]
    fn a_record_is_written_in_the_order_of_the_settings() {
        let directory = tempfile::tempdir().unwrap();
        let run = Workspace::new(directory.path()).run("r");
        let config = Config::default();
        run.finish(&config, Phase::Data, PhaseRecord::new(Digest::of(b"key"), [])).unwrap();
        let text = std::fs::read_to_string(run.record_path()).unwrap();
        let places =
            ["\"name\"", "\"seed\"", "\"data\"", "\"source\"", "\"extended\""].map(|key| text.find(key));
        assert!(places.is_sorted() && places[0].is_some(), "{text}");
        assert_eq!(Config::of_record(&run.record().unwrap().unwrap()).unwrap(), Some(config));
    }

    #[test]
    fn stored_training_settings_are_those_of_the_file() {
        let config = TrainingConfig { patience: 3, focal_gamma: 0.5, ..TrainingConfig::default() };
        let (model, objective) = (Component::new("transformer", 1), Component::new("mcc", 1));
        let stored = serde_json::to_value(config.stored(model, objective)).unwrap();
        let config = serde_json::to_value(&config).unwrap();
        for (name, value) in config.as_object().unwrap() {
            let stored = stored[name].get("name").unwrap_or(&stored[name]);
            assert_eq!(stored, value, "{name}");
        }
    }
}
