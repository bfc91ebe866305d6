//! The parts that turn bars into inputs: the catalogs of known ones, and the ones chosen for a run.

use crate::features::{self, Feature, Formula};
use crate::scalers::{self, Scaler};
use crate::sources::{self, Source};
use crate::splits::{self, Splitter};
use crate::targets::{self, Target, Task};
use artifact_core::Params;
use artifact_core::schema::{BestConfiguration, COLUMNS, Preprocessing};
use expressions::Expression;
use serde_json::Value;
use settings::part::{Catalog, Chosen, PartError, PartSetting};
use settings::{Config, ConfigError, DataConfig, ExtendedConfig, LabelConfig, SyntheticConfig};
#[cfg(feature = "postgres")]
use std::sync::Arc;

/// Every part of this crate that can be chosen by name, one catalog per kind.
///
/// To use your own parts, add them to the catalogs of [`DataParts::builtin`] and pass the result to what runs a phase.
#[derive(Debug, Clone)]
pub struct DataParts {
    /// Where bars come from.
    pub sources: Catalog<dyn Source>,
    /// What features are computed from the bars.
    pub features: Catalog<dyn Feature>,
    /// What is to be predicted of each row.
    pub targets: Catalog<dyn Target>,
    /// How features are scaled.
    pub scalers: Catalog<dyn Scaler>,
    /// What cuts development sequences into folds.
    pub splitters: Catalog<dyn Splitter>,
}

/// The parts that turn the bars of one run into inputs, chosen and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The features computed from the bars, in column order.
    pub features: Vec<Chosen<dyn Feature>>,
    /// What is to be predicted of each row.
    pub target: Chosen<dyn Target>,
    /// How the features are scaled.
    pub scaler: Chosen<dyn Scaler>,
    /// What cuts development sequences into folds.
    pub splitter: Chosen<dyn Splitter>,
}

impl Recipe {
    /// What is predicted.
    pub fn task(&self) -> Task {
        self.target.part.task(&self.target.params)
    }
}

impl DataParts {
    /// The parts of this crate.
    pub fn builtin() -> Self {
        Self {
            sources: sources::builtin(),
            features: features::builtin(),
            targets: targets::builtin(),
            scalers: scalers::builtin(),
            splitters: splits::builtin(),
        }
    }

    /// The same with the passwords for the servers that the source `sql` asks. Settings hold none, since they are stored.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_passwords(mut self, passwords: postgres_tls::Passwords) -> Self {
        self.sources.add(Arc::new(sources::sql::Sql::with_passwords(passwords)));
        self
    }

    /// Chooses the source that a configuration names, with the parameters given there or, for the source `synthetic`,
    /// under `data.synthetic`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if the source is unknown or does not take its parameters.
    pub fn source(&self, data: &DataConfig) -> Result<Chosen<dyn Source>, ConfigError> {
        let given = choose(&self.sources, "data.source", &data.source)?;
        if data.source.name != "synthetic" {
            return Ok(given);
        }
        let SyntheticConfig { tickers, rows, signal } = data.synthetic;
        let older: [(&str, Value); 3] =
            [("tickers", tickers.into()), ("rows", rows.into()), ("signal", signal.into())];
        // A source registered in place of the built-in one need not have these parameters.
        let declaration = given.part.declaration();
        let older: Params = older.into_iter().filter(|(name, _)| declaration.find(name).is_some()).collect();
        let params = older.with_all(&data.source.params);
        choose(&self.sources, "data.source", &PartSetting { params, ..data.source.clone() })
    }

    /// Chooses a feature that a configuration lists: by its name, or an expression as it stands. `own` are the columns of
    /// one's own.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if it is neither a known feature nor an expression, does not take its parameters, or reads a
    /// column that is not there.
    fn feature(&self, item: &PartSetting, own: &[String]) -> Result<Chosen<dyn Feature>, ConfigError> {
        let bare = Formula::bare(item).or_else(|| Formula::of_columns(item, own));
        let bare = bare.filter(|_| self.features.get(&item.name).is_err());
        let chosen = choose(&self.features, "features.set", bare.as_ref().unwrap_or(item))?;
        let checked = chosen.part.check(&chosen.params);
        let checked = checked.and_then(|()| chosen.part.check_columns(&chosen.params, own));
        checked.map_err(|reason| ConfigError::of("features.set", reason))?;
        Ok(chosen)
    }

    /// Chooses the target that a configuration names, with the parameters given there or by `labels.threshold`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if the target is unknown, or does not take its parameters or the time window.
    pub fn target(&self, labels: &LabelConfig) -> Result<Chosen<dyn Target>, ConfigError> {
        let chosen = self.targets.configured("labels.rule", &labels.rule, &labels.passed_on())?;
        // With 0 the study searches the window, and a trial whose window does not fit fails.
        if labels.time_window > 0 {
            let checked = chosen.part.check(labels.time_window, &chosen.params);
            checked.map_err(|reason| ConfigError::of("labels.rule", reason))?;
        }
        Ok(chosen)
    }

    /// Chooses the splitter of the cross-validation that a configuration names, with the parameters given there or by
    /// `extended.folds` and `extended.test_groups`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if the splitter is unknown, does not take its parameters, or would cut more than
    /// [`ExtendedConfig::MOST_FITS`] folds.
    pub fn splitter(&self, extended: &ExtendedConfig) -> Result<Chosen<dyn Splitter>, ConfigError> {
        let chosen = self.splitters.configured("extended.method", &extended.method, &extended.passed_on())?;
        let most = ExtendedConfig::MOST_FITS;
        if chosen.part.fold_count(&chosen.params).is_some_and(|folds| folds <= most) {
            return Ok(chosen);
        }
        let own = extended.method.params.get("folds").is_some();
        let key = if own { "extended.method" } else { "extended.folds" };
        Err(ConfigError::of(key, format!("each trial would take more than {most} fits; use fewer folds")))
    }

    /// Chooses every part that a configuration names. The source is checked too, though it is not part of the recipe.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] names the key of a part that is unknown (and lists the known ones) or does not take its
    /// parameters; also if two features have a column of the same name, or a column of one's own has a name that means
    /// something else in an expression, or the scaler cannot scale windows of these columns.
    pub fn recipe(&self, config: &Config) -> Result<Recipe, ConfigError> {
        self.source(&config.data)?;
        let own = self.own_columns(&config.data)?;
        let features = config.features.set.iter().map(|feature| self.feature(feature, &own));
        let features = features.collect::<Result<Vec<_>, _>>()?;
        let columns = features::column_names(&features);
        let columns = columns.map_err(|error| ConfigError::of("features.set", error))?;
        let scaler = choose(&self.scalers, "scaler.kind", &config.scaler.kind)?;
        let within = scaler.part.within_window(&columns, &scaler.params);
        within.map_err(|reason| ConfigError::of("scaler.kind", reason))?;
        let target = self.target(&config.labels)?;
        let known = |column: &String| own.contains(column) || COLUMNS.contains(&column.as_str());
        if let Some(column) = target.part.columns(&target.params).iter().find(|column| !known(column)) {
            let list = if own.is_empty() {
                "there are none".to_owned()
            } else {
                format!("there are {}", own.join(", "))
            };
            let reason = format!(
                "the target {} reads the column {column:?}, which neither data.columns nor data.series names; {list}",
                target.component.name
            );
            return Err(ConfigError::of("labels.rule", reason));
        }
        Ok(Recipe { features, target, scaler, splitter: self.splitter(&config.extended)? })
    }

    /// The names of the columns of one's own, if expressions can read all of them and none is the name of a feature.
    fn own_columns(&self, data: &DataConfig) -> Result<Vec<String>, ConfigError> {
        let names = data.own_columns();
        for (place, name) in names.iter().enumerate() {
            let what = if Expression::is_reserved(name) {
                "a word of the expression language"
            } else if self.features.get(name).is_ok() {
                "the name of a feature"
            } else {
                continue;
            };
            let key = match place.checked_sub(data.columns.own.len()) {
                None => data.columns.key_of(place),
                Some(at) => format!("data.series[{at}]"),
            };
            return Err(ConfigError::of(key, format!("{name:?} is {what}; choose another name")));
        }
        Ok(names)
    }

    /// Finds the parts that a stored configuration was made with.
    ///
    /// # Errors
    ///
    /// [`PartError`] for a part that is unknown here, or known only in another version.
    pub fn stored(&self, best: &BestConfiguration) -> Result<Recipe, PartError> {
        let preprocessing = &best.preprocessing;
        Ok(Recipe {
            features: self.stored_features(preprocessing)?,
            target: self.targets.find(&preprocessing.labels.rule)?,
            scaler: self.scalers.find(&preprocessing.scaler.kind)?,
            splitter: self.splitters.find(&best.cv_results.method)?,
        })
    }

    /// Finds the features that a stored preprocessing was made with: new bars need no other parts but its scaler to become
    /// inputs.
    ///
    /// # Errors
    ///
    /// [`PartError`] for a feature that is unknown here, or known only in another version.
    pub fn stored_features(
        &self,
        preprocessing: &Preprocessing,
    ) -> Result<Vec<Chosen<dyn Feature>>, PartError> {
        preprocessing.features.iter().map(|feature| self.features.find(feature)).collect()
    }
}

/// Chooses the part that `key` names.
fn choose<P: settings::part::Part + ?Sized>(
    catalog: &Catalog<P>,
    key: &str,
    setting: &PartSetting,
) -> Result<Chosen<P>, ConfigError> {
    catalog.choose(setting).map_err(|error| ConfigError::of_part(key, &error, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Component;
    use settings::Preset;

    #[test]
    fn a_recipe_follows_the_configuration() {
        let mut config = Config::default();
        config.features.set.push("close".into());
        let recipe = DataParts::builtin().recipe(&config).unwrap();
        let features: Vec<Component> =
            recipe.features.iter().map(|chosen| chosen.component.clone()).collect();
        assert_eq!(features, [Component::new("ohlcv", 1), Component::new("close", 1)]);
        assert_eq!(recipe.scaler.component, Component::new("standard", 1));
    }

    #[test]
    fn a_list_item_may_be_an_expression() {
        let features = |text: &str| {
            let config = Config::from_toml(Preset::Default, text, "run.toml").unwrap();
            let recipe = DataParts::builtin().recipe(&config);
            recipe.map(|recipe| recipe.features.iter().map(|f| f.component.to_string()).collect::<Vec<_>>())
        };
        let text = "[features]\nset = ['ohlcv', 'close / ref(close, 5) - 1', 'rsi(14)']";
        let expected =
            ["ohlcv", "expression(formula=close / ref(close, 5) - 1)", "expression(formula=rsi(14))"];
        assert_eq!(features(text).unwrap(), expected);
        // These could be names, and are none.
        let read = features("[features]\nset = ['close-open', '-close', 'vwap', 'close']").unwrap();
        let formula = |text: &str| format!("expression(formula={text})");
        assert_eq!(read, [formula("close-open"), formula("-close"), formula("vwap"), "close".to_owned()]);
        let check = |text: &str, part: &str| {
            let error = features(text).unwrap_err().to_string();
            assert!(error.contains("features.set") && error.contains(part), "{error}");
        };
        check("[features]\nset = ['ref(close, -1)']", "ref");
        check("[features]\nset = ['closee + 1']", "close");
        check("[features]\nset = { name = 'expression', formula = '1 +' }", "expected");
        check("[features]\nset = 'rsi'", "not a known feature");
        check("[features]\nset = '3'", "not a known feature");
    }

    #[test]
    fn columns_of_ones_own_are_known_to_features() {
        let recipe = |data: &str, set: &str| {
            let text = format!("[data]\n{data}\n[features]\nset = {set}");
            let config = Config::from_toml(Preset::Default, &text, "run.toml").unwrap();
            let recipe = DataParts::builtin().recipe(&config).map_err(|error| error.to_string())?;
            Ok::<_, String>(recipe.features.iter().map(|f| f.component.to_string()).collect::<Vec<_>>())
        };
        let data = "columns = ['sentiment', 'mood']\nseries = [{ name = 'vix', file = 'vix.csv' }]";
        let found = recipe(data, "['ts_mean(sentiment, 5)', 'close / vix', 'vix', 'trend']").unwrap();
        let expected = ["(formula=ts_mean(sentiment, 5))", "(formula=close / vix)", "(formula=vix)"];
        assert_eq!(found[..3], expected.map(|formula| format!("expression{formula}")));
        assert_eq!(found[3], "trend");
        let refused = |data: &str, set: &str, parts: &[&str]| {
            let error = recipe(data, set).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        };
        refused(data, "['ts_mean(sentimant, 5)']", &["features.set", "did you mean `sentiment`?"]);
        refused(data, "['close / turnover']", &["features.set", "close, volume, vwap, sentiment, mood, vix"]);
        refused("", "['close / vix']", &["features.set", "`vix`"]);
        refused("", "'vix'", &["\"vix\" is not a known feature"]);
        refused("columns = ['x', 'rank']", "'ohlcv'", &["data.columns[1]", "\"rank\""]);
        refused("columns = ['trend']", "'ohlcv'", &["data.columns[0]", "\"trend\" is the name of a feature"]);
        refused("series = [{ name = 'not', file = 'x' }]", "'ohlcv'", &["data.series[0]", "\"not\""]);
    }

    #[test]
    fn an_unknown_part_is_reported_with_its_key_and_the_known_ones() {
        let check = |change: fn(&mut Config), expected: &str| {
            let mut config = Config::default();
            change(&mut config);
            let error = DataParts::builtin().recipe(&config).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(
            |c| c.features.set.push("alpha".into()),
            "features.set: \"alpha\" is not a known feature; expected one of alpha158, alpha360, close, expression, ohlcv, trend",
        );
        check(|c| c.features.set.push("ohlcv".into()), "features.set: ohlcv and ohlcv both have a column");
        check(
            |c| c.features.set[0] = PartSetting::named("ohlcv").with("window", 3),
            "features.set.window: ohlcv takes no parameters",
        );
        check(|c| c.scaler.kind = "robust".into(), "scaler.kind: \"robust\" is not a known scaler");
        check(
            |c| c.data.source = "tape".into(),
            "data.source: \"tape\" is not a known source; expected one of csv",
        );
    }

    #[track_caller]
    fn check(text: &str, expected_key: &str, part: &str) {
        let config = Config::from_toml(Preset::Default, text, "run.toml").unwrap();
        match DataParts::builtin().recipe(&config).unwrap_err() {
            ConfigError::Value { key, reason, .. } => {
                assert_eq!(key, expected_key, "{reason}");
                assert!(reason.contains(part), "{reason}");
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_no_splitter_takes_is_reported_with_its_key() {
        let text = |rest: &str| format!("[extended]\n{rest}\n");
        let known = "expected one of combinatorial_purged, kfold, walk_forward";
        check(&text("method = 'kfald'"), "extended.method", known);
        let combinations = |rest: &str| text(&format!("method = 'combinatorial_purged'\n{rest}"));
        check(&combinations("test_groups = 5"), "extended.test_groups", "test_groups must be below folds");
        check(&combinations("test_groups = 10\nfolds = 20"), "extended.folds", "more than 10000 fits");
        check(&text("method = { name = 'kfold', folds = 1 }"), "extended.method.folds", "expected");
        check(&text("method = { name = 'kfold', groups = 3 }"), "extended.method.groups", "no parameter");
        check(&text("folds = 10001"), "extended.folds", "more than 10000 fits");
    }

    #[test]
    fn what_no_target_takes_is_reported_with_its_key() {
        let text = |rest: &str| format!("[labels]\n{rest}\n");
        check(&text("rule = 'mine'"), "labels.rule", "expected one of barrier, excursion, first_touch");
        check(&text("rule = { name = 'horizon', threshold = 1 }"), "labels.rule.threshold", "below 1");
        let chosen = |text: &str| {
            let config = Config::from_toml(Preset::Empty, text, "run.toml").unwrap();
            DataParts::builtin().recipe(&config).unwrap().target.component.to_string()
        };
        assert_eq!(chosen(""), "barrier");
        assert_eq!(chosen(&text("threshold = 0.03")), "barrier(threshold=0.03)");
        let own = text("threshold = 0.03\nrule = { name = 'horizon', threshold = 0.01 }");
        assert_eq!(chosen(&own), "horizon(entry=next_open, threshold=0.01)");
        assert_eq!(chosen(&text("entry = 'close'\nrule = 'horizon'")), "horizon");
        assert_eq!(chosen(&text("rule = 'first_touch'")), "first_touch");
    }

    #[test]
    fn older_keys_are_passed_on() {
        let chosen = |text: &str| {
            let config = Config::from_toml(Preset::Empty, text, "run.toml").unwrap();
            DataParts::builtin().splitter(&config.extended).unwrap().component.to_string()
        };
        assert_eq!(chosen(""), "kfold");
        assert_eq!(chosen("[extended]\nfolds = 3"), "kfold(folds=3)");
        assert_eq!(chosen("[extended]\nfolds = 3\nmethod = { name = 'kfold', folds = 4 }"), "kfold(folds=4)");
        let groups = "[extended]\nmethod = 'combinatorial_purged'\nfolds = 6\ntest_groups = 3";
        assert_eq!(chosen(groups), "combinatorial_purged(folds=6, test_groups=3)");
    }
}
