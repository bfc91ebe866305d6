//! Conversion between stored and configured settings.

use crate::{Config, ImpactSetting, TrainingConfig};
use artifact_core::schema::TrainingSettings;
use artifact_core::{Component, Error, Invalid, RunRecord};
use serde::Deserialize;
use serde_json::{Map, Value, json};

impl Config {
    /// The configuration of the last phase that a run finished; `None` for an imported run without a finished phase.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the record contains settings that a configuration file would not accept: an unknown key,
    /// or a value of the wrong type or out of range.
    pub fn of_record(record: &RunRecord) -> Result<Option<Config>, Error> {
        let Some(document) = &record.config else {
            return Ok(None);
        };
        let refused = |error: &dyn std::fmt::Display| Error::Invalid {
            artifact: format!("the record of run {}", record.run),
            reason: Invalid {
                field: "config".to_owned(),
                found: format!("not valid ({error})"),
                expected: "settings that a configuration file accepts".to_owned(),
            },
        };
        let config = Config::deserialize(upgraded(document)).map_err(|error| refused(&error))?;
        config.validate().map_err(|error| refused(&error))?;
        Ok(Some(config))
    }
}

/// Brings an older record to the present form.
fn upgraded(document: &Value) -> Value {
    let mut document = with_parts(document);
    // A record has every key of its time. The defaults of these are not what was done before there was a choice.
    for (section, key, before) in [
        ("training", "scope", json!("joint")),
        ("labels", "time_window", json!(0)),
        ("labels", "entry", json!("close")),
    ] {
        if let Some(section) = document.get_mut(section).and_then(Value::as_object_mut) {
            section.entry(key).or_insert(before);
        }
    }
    document
}

/// Converts an older record's pruners to parts. They were a `kind` with the keys of all kinds; keeps the keys that the
/// kind actually read and whose values differ from their defaults.
fn with_parts(document: &Value) -> Value {
    let mut document = document.clone();
    for section in ["tuner", "extended"] {
        let pruner = document.get_mut(section).and_then(|section| section.get_mut("pruner"));
        let Some(pruner) = pruner.and_then(Value::as_object_mut) else { continue };
        // Today's records write a part's name as `name`, so a `kind` marks an older one.
        let Some(kind) = pruner.remove("kind") else { continue };
        let read = read_by(kind.as_str().unwrap_or_default());
        // Values at their default must go: the same run, configured today, leaves them out and would not compare equal.
        pruner.retain(|key, value| read.get(key).is_some_and(|default| value.as_f64() != default.as_f64()));
        pruner.insert("name".to_owned(), kind);
    }
    document
}

/// The keys that an older pruner read, with the defaults of that time.
fn read_by(kind: &str) -> Map<String, Value> {
    let read = match kind {
        "median" => json!({"startup_trials": 5, "warmup_epochs": 5, "interval_epochs": 1}),
        "percentile" => {
            json!({"percentile": 25, "startup_trials": 5, "warmup_epochs": 5, "interval_epochs": 1})
        }
        "asha" => json!({"min_epochs": 2, "reduction": 3}),
        "wilcoxon" => json!({"p_threshold": 0.1, "startup_folds": 2}),
        _ => json!({}),
    };
    read.as_object().cloned().unwrap_or_default()
}

impl TrainingConfig {
    /// These settings in their stored form, where references replace the names of model and objective.
    pub fn stored(&self, model: Component, objective: Component) -> TrainingSettings {
        // Every field is named, without `..`, so that a new setting does not compile until it is stored.
        let TrainingConfig {
            model: _,
            // The preprocessing stores it.
            scope: _,
            objective: _,
            focal_gamma,
            class_weight_mix,
            accumulation_steps,
            gradient_clip,
            warmup_fraction,
            patience,
            samples_per_epoch,
            uniqueness,
            time_decay,
            seeds,
            decision,
            calibration,
            cost_bps,
            ref spread_bps,
            impact,
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
            samples_per_epoch,
            uniqueness,
            time_decay,
            seeds,
            decision,
            calibration,
            cost_bps,
            spread_bps: spread_bps.clone(),
            impact: impact.map(ImpactSetting::stored),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PartSetting;
    use artifact_core::schema::{Calibrator, DecisionRule, Spread};
    use artifact_core::{Digest, Phase, PhaseRecord, Workspace};
    use std::path::Path;

    fn golden() -> Workspace {
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifact-core");
        Workspace::new(core.join("tests/golden/workspace"))
    }

    #[test]
    fn an_older_record_is_read_with_the_defaults_of_its_time() {
        let record = golden().run("golden").record().unwrap().unwrap();
        let mut config = Config::of_record(&record).unwrap().unwrap();
        // Older records held every domain, even those that the file did not set.
        assert_eq!(config.tuner.search_space.iter().count(), 10);
        config.tuner.search_space = Config::unwritten().tuner.search_space;
        // The preset of that time.
        let full = Config { name: "full".to_owned(), ..Config::unwritten() };
        assert_eq!(config, full);
        let imported = RunRecord::imported("old", PhaseRecord::new(Digest::of(b""), []));
        assert_eq!(Config::of_record(&imported).unwrap(), None);
    }

    #[test]
    fn an_older_records_pruners_become_parts() {
        let pruner = |kind: &str| {
            json!({"kind": kind, "percentile": 25.0, "startup_trials": 2, "warmup_epochs": 5, "interval_epochs": 1,
                   "min_epochs": 2, "reduction": 4})
        };
        let read = |kind: &str| {
            let document = json!({"tuner": {"pruner": pruner(kind)}});
            let record = RunRecord { config: Some(document), ..RunRecord::new("r", &json!({})).unwrap() };
            Config::of_record(&record).unwrap().unwrap().tuner.pruner
        };
        assert_eq!(read("none"), PartSetting::named("none"));
        assert_eq!(read("percentile"), PartSetting::named("percentile").with("startup_trials", 2));
        assert_eq!(read("asha"), PartSetting::named("asha").with("reduction", 4));
    }

    #[test]
    fn invalid_settings_are_rejected_by_name() {
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
        let (patience, focal_gamma, samples_per_epoch, seeds) = (3, 0.5, 9, 2);
        let (uniqueness, time_decay, decision) = (true, 0.5, DecisionRule::Tuned);
        let calibration = Calibrator::Temperature;
        let impact = Some(ImpactSetting { coefficient: 0.5, capital: 1e6, days: 10 });
        let spread_bps = Spread::ByTicker([("A".to_owned(), 2.0)].into());
        let default = TrainingConfig::default();
        let config = TrainingConfig {
            patience,
            focal_gamma,
            samples_per_epoch,
            seeds,
            uniqueness,
            time_decay,
            decision,
            calibration,
            spread_bps,
            impact,
            ..default
        };
        let (model, objective) = (Component::new("transformer", 1), Component::new("mcc", 1));
        let stored = serde_json::to_value(config.stored(model, objective)).unwrap();
        let config = serde_json::to_value(&config).unwrap();
        for (name, value) in config.as_object().unwrap().iter().filter(|(name, _)| *name != "scope") {
            let stored = stored[name].get("name").unwrap_or(&stored[name]);
            assert_eq!(stored, value, "{name}");
        }
    }
}
