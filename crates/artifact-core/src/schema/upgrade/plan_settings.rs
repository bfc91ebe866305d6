//! The settings of a frozen plan, as version 2 spelled them.

use super::super::{FlatSettings, settings_digest};
use serde_json::{Map, Value, json};

const SPACE: &str = "tuner.search_space.";

/// Spells a plan's settings as version 3 does: a pruner with its parameters is one value, as is a search-space domain.
///
/// Settings at their default stay where they are: a plan may hold them.
pub(super) fn upgrade(payload: &mut Value) {
    let Some(settings) = payload.get("settings").and_then(Value::as_object) else { return };
    let before: FlatSettings = settings.clone().into_iter().collect();
    let mut after = before.clone();
    for section in ["tuner.pruner", "extended.pruner"] {
        one_pruner(&mut after, section);
    }
    one_value_per_domain(&mut after);
    let digest = |settings: &FlatSettings| settings_digest(settings).ok().map(|digest| digest.to_string());
    // A digest that was wrong before stays, so that validation finds it.
    let is_sound = payload.get("configuration").and_then(Value::as_str) == digest(&before).as_deref();
    if let (true, Some(digest)) = (is_sound, digest(&after)) {
        payload["configuration"] = digest.into();
        payload["settings"] = Value::Object(after.into_iter().collect());
    }
}

/// Keeps those settings of a pruner that its kind read and that were not at their default.
fn one_pruner(settings: &mut FlatSettings, section: &str) {
    let Some(Value::String(kind)) = settings.remove(&format!("{section}.kind")) else { return };
    let read = match kind.as_str() {
        "median" => json!({"startup_trials": 5, "warmup_epochs": 5, "interval_epochs": 1}),
        "percentile" => {
            json!({"percentile": 25, "startup_trials": 5, "warmup_epochs": 5, "interval_epochs": 1})
        }
        "asha" => json!({"min_epochs": 2, "reduction": 3}),
        "wilcoxon" => json!({"p_threshold": 0.1, "startup_folds": 2}),
        _ => json!({}),
    };
    let mut part = Map::new();
    settings.retain(|key, value| {
        let Some(name) = key.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')) else {
            return true;
        };
        if read.get(name).is_some_and(|default| default != value) {
            part.insert(name.to_owned(), value.clone());
        }
        false
    });
    let value = if part.is_empty() {
        Value::String(kind)
    } else {
        part.insert("name".to_owned(), Value::String(kind));
        Value::Object(part)
    };
    settings.insert(section.to_owned(), value);
}

fn one_value_per_domain(settings: &mut FlatSettings) {
    let mut domains = FlatSettings::new();
    settings.retain(|key, value| {
        let Some((name, field)) = key.strip_prefix(SPACE).and_then(|rest| rest.split_once('.')) else {
            return true;
        };
        let domain = domains.entry(format!("{SPACE}{name}")).or_insert_with(|| json!({}));
        domain[field] = value.clone();
        false
    });
    settings.append(&mut domains);
}
