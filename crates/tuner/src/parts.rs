//! The exchangeable parts of a search.

use crate::pruners::{self, Pruner};
use crate::samplers::{self, Sampler};
use settings::part::{Catalog, Chosen, Part, PartSetting};
use settings::{ConfigError, TunerConfig};

/// The samplers and pruners that a configuration can name. Whoever runs a study passes them in.
#[derive(Debug, Clone)]
pub struct SearchParts {
    /// The samplers that `tuner.stages[].sampler` can name.
    pub samplers: Catalog<dyn Sampler>,
    /// The pruners that `tuner.pruner` can name.
    pub pruners: Catalog<dyn Pruner>,
}

/// The parts that one study uses, with their parameters.
#[derive(Debug, Clone)]
pub struct Search {
    /// The sampler of each stage, in order.
    pub samplers: Vec<Chosen<dyn Sampler>>,
    /// The pruner.
    pub pruner: Chosen<dyn Pruner>,
}

impl SearchParts {
    /// The built-in samplers and pruners.
    pub fn builtin() -> Self {
        Self { samplers: samplers::builtin(), pruners: pruners::builtin() }
    }

    /// Looks up the samplers and the pruner that a configuration names.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key of the first unknown part or invalid parameter.
    pub fn choose(&self, config: &TunerConfig) -> Result<Search, ConfigError> {
        let samplers = config.stages.iter().enumerate().map(|(place, stage)| {
            chosen(&format!("tuner.stages[{place}].sampler"), &self.samplers, &stage.sampler)
        });
        Ok(Search {
            samplers: samplers.collect::<Result<_, _>>()?,
            pruner: chosen("tuner.pruner", &self.pruners, &config.pruner)?,
        })
    }
}

fn chosen<P: Part + ?Sized>(
    key: &str,
    catalog: &Catalog<P>,
    setting: &PartSetting,
) -> Result<Chosen<P>, ConfigError> {
    catalog.choose(setting).map_err(|error| ConfigError::of_part(key, &error, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Config;

    fn refused(change: impl FnOnce(&mut TunerConfig)) -> String {
        let mut config = Config::default().tuner;
        change(&mut config);
        SearchParts::builtin().choose(&config).unwrap_err().to_string()
    }

    #[test]
    fn unknown_parts_and_parameters_are_reported_with_their_key() {
        SearchParts::builtin().choose(&Config::default().tuner).unwrap();
        assert_eq!(
            refused(|config| config.stages[1].sampler = "annealing".into()),
            "configuration: tuner.stages[1].sampler: \"annealing\" is not a known sampler; expected one of fine_tune, random, tpe"
        );
        assert_eq!(
            refused(|config| config.pruner = "hyperband".into()),
            "configuration: tuner.pruner: \"hyperband\" is not a known pruner; expected one of asha, median, none, percentile"
        );
        assert_eq!(
            refused(|config| config.pruner = PartSetting::named("asha").with("percentile", 25)),
            "configuration: tuner.pruner.percentile: asha has no parameter \"percentile\"; it has min_epochs, reduction"
        );
        assert_eq!(
            refused(|config| config.pruner = PartSetting::named("asha").with("reduction", 1)),
            "configuration: tuner.pruner.reduction: found 1, expected a whole number from 2 to 1000000"
        );
    }
}
