//! The exchangeable parts of the data loader.

use crate::splits::{self, Splitter};
use crate::targets::{self, Target};
use settings::part::{Catalog, Chosen};
use settings::{Config, ConfigFault, ExtendedConfig};

/// The parts between bars and batches, by kind and name.
#[derive(Debug, Clone)]
pub struct DataParts {
    /// What says which class is true: `labels.rule`.
    pub targets: Catalog<dyn Target>,
    /// What cuts development sequences into folds: `extended.method`.
    pub splitters: Catalog<dyn Splitter>,
}

impl DataParts {
    /// The parts of this crate.
    pub fn builtin() -> Self {
        Self { targets: targets::builtin(), splitters: splits::splitters() }
    }

    /// Checks that a configuration names parts that are here, with parameters that they take.
    ///
    /// # Errors
    ///
    /// The first key that does not.
    pub fn check(&self, config: &Config) -> Result<(), ConfigFault> {
        self.target(config)?;
        self.splitter(config)?;
        Ok(())
    }

    /// The target.
    ///
    /// # Errors
    ///
    /// The key that is wrong.
    pub fn target(&self, config: &Config) -> Result<Chosen<dyn Target>, ConfigFault> {
        self.targets.configured("labels.rule", &config.labels.rule, &config.labels.passed_on())
    }

    /// The splitter of the cross-validation.
    ///
    /// # Errors
    ///
    /// The key that is wrong; also when there would be more than [`ExtendedConfig::MOST_FITS`] folds.
    pub fn splitter(&self, config: &Config) -> Result<Chosen<dyn Splitter>, ConfigFault> {
        let extended = &config.extended;
        let chosen = self.splitters.configured("extended.method", &extended.method, &extended.passed_on())?;
        let most = ExtendedConfig::MOST_FITS;
        if chosen.part.fold_count(&chosen.params).is_some_and(|folds| folds <= most) {
            return Ok(chosen);
        }
        let own = extended.method.params.get("folds").is_some();
        let key = if own { "extended.method" } else { "extended.folds" }.to_owned();
        Err(ConfigFault { key, reason: format!("there would be more than {most} fits of each trial") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Preset;

    #[track_caller]
    fn check(text: &str, key: &str, part: &str) {
        let config = Config::from_toml(Preset::Default, text, "run.toml").unwrap();
        let fault = DataParts::builtin().check(&config).unwrap_err();
        assert_eq!(fault.key, key, "{fault}");
        assert!(fault.reason.contains(part), "{fault}");
    }

    #[test]
    fn what_no_splitter_takes_is_named_by_its_key() {
        let text = |rest: &str| format!("[extended]\n{rest}\n");
        let known = "expected one of combinatorial_purged, kfold, walk_forward";
        check(&text("method = 'kfald'"), "extended.method", known);
        let combinations = |rest: &str| text(&format!("method = 'combinatorial_purged'\n{rest}"));
        check(&combinations("test_groups = 5"), "extended.test_groups", "test_groups is below folds");
        check(&combinations("test_groups = 10\nfolds = 20"), "extended.folds", "more than 10000 fits");
        check(&text("method = { name = 'kfold', folds = 1 }"), "extended.method.folds", "expected");
        check(&text("method = { name = 'kfold', groups = 3 }"), "extended.method.groups", "no parameter");
        check(&text("folds = 10001"), "extended.folds", "more than 10000 fits");
    }

    #[test]
    fn what_no_target_takes_is_named_by_its_key() {
        let text = |rest: &str| format!("[labels]\n{rest}\n");
        check(&text("rule = 'mine'"), "labels.rule", "expected one of excursion, first_touch, horizon");
        check(&text("rule = { name = 'horizon', threshold = 1 }"), "labels.rule.threshold", "threshold");
        let config = |text: &str| Config::from_toml(Preset::Full, text, "run.toml").unwrap();
        let chosen = |text: &str| DataParts::builtin().target(&config(text)).unwrap().component.to_string();
        assert_eq!(chosen(""), "first_touch");
        assert_eq!(chosen(&text("threshold = 0.03")), "first_touch(threshold=0.03)");
        let own = text("threshold = 0.03\nrule = { name = 'horizon', threshold = 0.01 }");
        assert_eq!(chosen(&own), "horizon(threshold=0.01)");
    }

    #[test]
    fn older_keys_are_passed_on() {
        let chosen = |text: &str| {
            let config = Config::from_toml(Preset::Full, text, "run.toml").unwrap();
            DataParts::builtin().splitter(&config).unwrap().component.to_string()
        };
        assert_eq!(chosen(""), "kfold");
        assert_eq!(chosen("[extended]\nfolds = 3"), "kfold(folds=3)");
        assert_eq!(chosen("[extended]\nfolds = 3\nmethod = { name = 'kfold', folds = 4 }"), "kfold(folds=4)");
        let groups = "[extended]\nmethod = 'combinatorial_purged'\nfolds = 6\ntest_groups = 3";
        assert_eq!(chosen(groups), "combinatorial_purged(folds=6, test_groups=3)");
    }
}
