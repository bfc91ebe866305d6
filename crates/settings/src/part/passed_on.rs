//! Parameters that the configuration file sets outside the part's own table.

use super::{Catalog, Chosen, ParamError, Part, PartError, PartSetting};
use crate::ConfigError;
use serde_json::Value;

/// A parameter that a separate key sets, as `extended.folds` sets a splitter's `folds`. It is passed on to a part that
/// has such a parameter, unless the part's own table sets it.
#[derive(Debug, Clone, PartialEq)]
pub struct PassedOn {
    /// The parameter's name.
    pub parameter: &'static str,
    /// The key's dotted path.
    pub key: &'static str,
    /// The key's value.
    pub value: Value,
}

impl PassedOn {
    /// The parameter `parameter` with the value of the key `key`.
    pub fn new(parameter: &'static str, key: &'static str, value: impl Into<Value>) -> Self {
        Self { parameter, key, value: value.into() }
    }
}

impl<P: Part + ?Sized> Catalog<P> {
    /// Chooses the part that the key `key` of a configuration names, with the parameters that other keys set.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key concerned and what is wrong with it: a name that is not registered, or a
    /// parameter that the part does not accept.
    pub fn configured(
        &self,
        key: &str,
        setting: &PartSetting,
        passed_on: &[PassedOn],
    ) -> Result<Chosen<P>, ConfigError> {
        let mut full = setting.clone();
        let declaration = match self.get(&setting.name) {
            Ok(part) => part.declaration(),
            Err(error) => return Err(ConfigError::of_part(key, &error, None)),
        };
        for PassedOn { parameter, value, .. } in passed_on {
            if declaration.find(parameter).is_some() && full.params.get(parameter).is_none() {
                full.params.set(*parameter, value.clone());
            }
        }
        // Blame the key that the user wrote: the part's own table, or the separate key that the value came from.
        self.choose(&full).map_err(|error| {
            let parameter = concerned(&error);
            let own = |name: &str| setting.params.get(name).is_some();
            let key = match parameter {
                Some(name) if own(name) => format!("{key}.{name}"),
                Some(name) => {
                    let other = passed_on.iter().find(|other| other.parameter == name);
                    other.map_or(key, |other| other.key).to_owned()
                }
                None => key.to_owned(),
            };
            ConfigError::of(key, error.under_key())
        })
    }
}

/// The parameter that an error is about; the first of two that are not allowed together.
fn concerned(error: &PartError) -> Option<&str> {
    match error {
        PartError::Params(ParamError::Together { first, .. }) => first.split(" = ").next(),
        PartError::Params(error) => error.parameter(),
        PartError::Unknown { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::{Declaration, Parameter};
    use std::sync::Arc;

    struct Cut;

    impl Part for Cut {
        fn declaration(&self) -> Declaration {
            Declaration::new("cut", "Cuts.")
                .parameter(Parameter::int("folds", "How many.", 2, 9).default(5))
                .parameter(Parameter::int("held", "How many of them.", 1, 9).default(1))
                .constraint(["held", "folds"], "held must be below folds", |held, folds| {
                    held.as_i64() < folds.as_i64()
                })
        }
    }

    fn choose(setting: PartSetting, folds: usize) -> Result<Chosen<dyn Part>, ConfigError> {
        let mut catalog: Catalog<dyn Part> = Catalog::new("cutter");
        catalog.add(Arc::new(Cut));
        let others = [PassedOn::new("folds", "old.folds", folds), PassedOn::new("rate", "old.rate", 1)];
        catalog.configured("cutter", &setting, &others)
    }

    #[test]
    fn a_part_takes_the_parameters_that_it_declares_and_its_table_does_not_set() {
        let chosen = choose(PartSetting::named("cut"), 3).unwrap();
        assert_eq!(chosen.component.to_string(), "cut(folds=3)");
        let chosen = choose(PartSetting::named("cut").with("folds", 4), 3).unwrap();
        assert_eq!(chosen.component.to_string(), "cut(folds=4)");
        assert_eq!(choose(PartSetting::named("cut"), 5).unwrap().component.to_string(), "cut");
    }

    #[test]
    fn the_key_that_is_wrong_is_named() {
        let key = |setting, folds| match choose(setting, folds).unwrap_err() {
            ConfigError::Value { key, .. } => key,
            other => panic!("{other}"),
        };
        assert_eq!(key(PartSetting::named("cat"), 3), "cutter");
        assert_eq!(key(PartSetting::named("cut"), 1), "old.folds");
        assert_eq!(key(PartSetting::named("cut").with("folds", 10), 3), "cutter.folds");
        assert_eq!(key(PartSetting::named("cut").with("depth", 10), 3), "cutter.depth");
        assert_eq!(key(PartSetting::named("cut").with("held", 4), 3), "cutter.held");
        let error = choose(PartSetting::named("cat"), 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "configuration: cutter: \"cat\" is not a known cutter; the only one is cut"
        );
    }
}
