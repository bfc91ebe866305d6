//! The settings, as JSON.

use super::Section;
use crate::gather::RunData;
use crate::html::{Element, el, section as new_section};
use serde::Serialize;
use settings::Config;
use std::path::PathBuf;

const ID: &str = "configuration";

/// The chosen hyperparameters and all settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Configuration;

impl Section for Configuration {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Configuration"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        Some(section(run))
    }
}

fn section(run: &RunData) -> Element {
    let mut section = new_section(ID, "Configuration");
    if let Some(cv) = &run.cross_validation {
        section = section.push(block("Chosen hyperparameters", &cv.best.params));
        section = section.push(block("Baseline hyperparameters", &cv.best.baseline.params));
    }
    section.push(block("All settings of the run", &without_directories(&run.config)))
}

/// A setting's written name, as in configuration files.
pub(crate) fn written<T: Serialize>(setting: &T) -> String {
    match serde_json::to_value(setting) {
        Ok(serde_json::Value::String(name)) => name.replace('_', " "),
        // Settings are enums without content; anything else is shown as it is stored.
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Strips the directories from file paths: the page is meant to be shared, and the digests in the seal identify the
/// files.
fn without_directories(config: &Config) -> Config {
    let mut config = config.clone();
    for file in &mut config.data.files {
        *file = PathBuf::from(file.file_name().unwrap_or_default());
    }
    config
}

fn block(title: &str, value: &impl Serialize) -> Element {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|error| error.to_string());
    el("details").push(el("summary").text(title)).push(el("pre").push(el("code").text(text)))
}
