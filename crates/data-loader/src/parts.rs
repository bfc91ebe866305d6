//! The parts that inputs are made with: what is known, and what is chosen.

use crate::features::{self, Feature};
use crate::scalers::{self, Scaler};
use crate::source::{self, Source};
use artifact_core::Params;
use artifact_core::schema::Preprocessing;
use serde_json::Value;
use settings::part::{Catalog, Chosen, PartError, PartSetting};
use settings::{Config, ConfigError, DataConfig, SyntheticConfig};

/// Every part of this crate that a name can choose, by kind.
///
/// Parts of your own are added to the catalogs of [`DataParts::builtin`], and the whole is handed to what runs a phase.
#[derive(Debug, Clone)]
pub struct DataParts {
    /// Where bars come from.
    pub sources: Catalog<dyn Source>,
    /// What is computed from the bars.
    pub features: Catalog<dyn Feature>,
    /// How features are scaled.
    pub scalers: Catalog<dyn Scaler>,
}

/// The parts that turn the bars of one run into inputs, chosen and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What is computed from the bars, in the order of the columns.
    pub features: Vec<Chosen<dyn Feature>>,
    /// How the features are scaled.
    pub scaler: Chosen<dyn Scaler>,
}

impl DataParts {
    /// The parts of this crate.
    pub fn builtin() -> Self {
        Self { sources: source::builtin(), features: features::builtin(), scalers: scalers::builtin() }
    }

    /// Chooses the source that a configuration names, with the parameters that are given with it or by `data.synthetic`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`].
    pub fn source(&self, data: &DataConfig) -> Result<Chosen<dyn Source>, ConfigError> {
        let given = choose(&self.sources, "data.source", &data.source)?;
        if data.source.name != "synthetic" {
            return Ok(given);
        }
        let SyntheticConfig { tickers, rows, signal } = data.synthetic;
        let older: [(&str, Value); 3] =
            [("tickers", tickers.into()), ("rows", rows.into()), ("signal", signal.into())];
        let declaration = given.part.declaration();
        let older: Params = older.into_iter().filter(|(name, _)| declaration.find(name).is_some()).collect();
        let params = older.with_all(&data.source.params);
        choose(&self.sources, "data.source", &PartSetting { params, ..data.source.clone() })
    }

    /// Chooses what a configuration says.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`]: the key of a part that is not known, or does not take its parameters, with what is known;
    /// or features that have a column of the same name.
    pub fn recipe(&self, config: &Config) -> Result<Recipe, ConfigError> {
        self.source(&config.data)?;
        let features = config.features.set.iter().map(|feature| self.features.choose(feature));
        let features = features.collect::<Result<Vec<_>, _>>();
        let features = features.map_err(|error| ConfigError::of("features.set", error))?;
        features::column_names(&features).map_err(|error| ConfigError::of("features.set", error))?;
        Ok(Recipe { features, scaler: choose(&self.scalers, "scaler.kind", &config.scaler.kind)? })
    }

    /// Finds the parts that a stored preprocessing was made with.
    ///
    /// # Errors
    ///
    /// [`PartError`] for one that is not known here, or in another version.
    pub fn stored(&self, preprocessing: &Preprocessing) -> Result<Recipe, PartError> {
        let features = preprocessing.features.iter().map(|feature| self.features.find(feature));
        let features = features.collect::<Result<_, _>>()?;
        Ok(Recipe { features, scaler: self.scalers.find(&preprocessing.scaler.kind)? })
    }
}

/// Chooses the part that `key` names.
fn choose<P: settings::part::Part + ?Sized>(
    catalog: &Catalog<P>,
    key: &str,
    setting: &PartSetting,
) -> Result<Chosen<P>, ConfigError> {
    catalog.choose(setting).map_err(|error| ConfigError::of(key, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Component;

    #[test]
    fn a_recipe_is_what_the_configuration_says() {
        let mut config = Config::default();
        config.features.set.push("close".into());
        let recipe = DataParts::builtin().recipe(&config).unwrap();
        let features: Vec<Component> =
            recipe.features.iter().map(|chosen| chosen.component.clone()).collect();
        assert_eq!(features, [Component::new("ohlcv", 1), Component::new("close", 1)]);
        assert_eq!(recipe.scaler.component, Component::new("standard", 1));
    }

    #[test]
    fn what_is_not_known_is_named_with_its_key_and_what_is_known() {
        let check = |change: fn(&mut Config), expected: &str| {
            let mut config = Config::default();
            change(&mut config);
            let error = DataParts::builtin().recipe(&config).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(
            |c| c.features.set.push("alpha".into()),
            "features.set: \"alpha\" is no known feature; expected one of close, ohlcv",
        );
        check(|c| c.features.set.push("ohlcv".into()), "features.set: ohlcv and ohlcv both have a column");
        check(
            |c| c.features.set[0] = PartSetting::named("ohlcv").with("window", 3),
            "features.set: ohlcv has no parameter \"window\"",
        );
        check(|c| c.scaler.kind = "robust".into(), "scaler.kind: \"robust\" is no known scaler");
        check(
            |c| c.data.source = "yahoo".into(),
            "data.source: \"yahoo\" is no known source; expected one of csv",
        );
    }
}
