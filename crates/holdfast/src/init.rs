//! `holdfast init`: a configuration file to start from.

use anyhow::Context as _;
use clap::Args;
use settings::cli::{UsageError, output};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

/// Options of `holdfast init`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InitArgs {
    /// File to write
    #[arg(value_name = "FILE", default_value = "holdfast.toml")]
    file: PathBuf,
}

/// Only what most people change first; every other key has a default.
const TEMPLATE: &str = include_str!("template.toml");

impl InitArgs {
    /// Writes the file; never overwrites an existing one.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let path = self.file.display();
        // `create_new` checks and creates in one step, so that no file written in between is overwritten.
        let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&self.file);
        let mut file = match created {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(UsageError(format!("{path} already exists; name another file")).into());
            }
            created => created.with_context(|| format!("failed to create {path}"))?,
        };
        file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("failed to write {path}"))?;
        writeln!(output(), "wrote {path}; now run `holdfast pipeline --config {path}`")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::{Config, Preset};

    #[test]
    fn the_template_is_a_valid_configuration() {
        let config = Config::from_toml(Preset::Default, TEMPLATE, "holdfast.toml").unwrap();
        assert_eq!(config.name, "mine");
        let preset = Config::load(Preset::Default, None).unwrap();
        assert_eq!((config.training, config.features), (preset.training, preset.features));
    }

    #[test]
    fn what_the_template_leaves_to_the_preset_is_valid_too() {
        // Comments that are settings, such as `# set = [..]`, and not those that are sentences.
        let settings = TEMPLATE.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => setting,
            _ => line,
        });
        // The sample takes the place of the files, which do not exist.
        let settings = settings.filter(|line| !line.starts_with("source = \"sample\""));
        let text = settings.collect::<Vec<_>>().join("\n");
        let config = Config::from_toml(Preset::Empty, &text, "holdfast.toml").unwrap();
        assert_eq!((config.features.set.len(), config.training.model.len()), (4, 3));
        assert_eq!((config.data.source.name.as_str(), config.data.files.len()), ("csv", 2));
    }
}
