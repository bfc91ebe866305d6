//! What a study searches, from the declarations of the task and the models.

use super::Domain;
use artifact_core::Component;
use data_loader::{Panel, Subset, Task};
use serde_json::Value;
use settings::part::{Constraint, Declaration, Parameter};
use settings::{Config, ConfigError, SearchSpace, task_parameters};
use std::collections::BTreeSet;
use trainer_core::{ChosenMetric, ModelParts, Training, WEIGHT_DECAY};

/// The largest number of values of a parameter that are combined with those of another one.
pub(super) const MOST_VALUES: usize = 10_000;

/// The parameter of a study over several models that says which one a trial fits.
pub(crate) const MODEL: &str = "model";

/// What a study searches (the hyperparameters of the task and of the models, each with its domain), and what it fits and
/// maximises.
///
/// A study of one model searches the model's hyperparameters by their own names. A study of several searches the
/// parameter `model` too, and the hyperparameters of each model only where it is chosen, as `gbdt.learning_rate`.
#[derive(Debug, Clone)]
pub struct Searched {
    /// The models, at least one, each with the objective that is maximised.
    pub trainings: Vec<Training>,
    /// The objective of the settings, if another one that can be compared between tasks took its place.
    pub(super) replaced: Option<Component>,
    pub(super) parameters: Vec<Searchable>,
    pub(super) constraints: Vec<Restriction>,
}

/// A hyperparameter of a study.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Searchable {
    /// Its name in the study.
    pub(super) name: String,
    /// The place of the only model that has it; `None` for one that every trial has.
    pub(super) model: Option<usize>,
    pub(super) domain: Domain,
    /// The declared default.
    pub(super) default: Option<Value>,
}

/// A constraint on two hyperparameters of one model.
#[derive(Debug, Clone)]
pub(super) struct Restriction {
    /// Their names in the study.
    pub(super) of: [String; 2],
    pub(super) constraint: Constraint,
}

impl Searched {
    /// Looks up the parts that a configuration names. Its search space overrides the domains that the task and the
    /// models declare. Where it varies the task, the objective is one that can be compared between tasks.
    ///
    /// # Errors
    ///
    /// Those of [`Searched::as_written`] and [`Searched::comparable`].
    pub fn new(parts: &ModelParts, config: &Config) -> Result<Self, ConfigError> {
        Self::as_written(parts, config)?.comparable(parts)
    }

    /// Like [`Searched::new`], with the objective of the settings, whether or not its values can be compared. For studies that
    /// an earlier version began.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key of an unknown part or hyperparameter, of a domain that its hyperparameter
    /// cannot have, or of a value that is compatible with no value of another hyperparameter.
    pub fn as_written(parts: &ModelParts, config: &Config) -> Result<Self, ConfigError> {
        let trainings = parts.trainings(&config.training)?;
        check_names(parts, &config.tuner.search_space)?;
        let several = trainings.len() > 1;
        let mut searched =
            Self { trainings, replaced: None, parameters: Vec::new(), constraints: Vec::new() };
        if several {
            let names =
                searched.trainings.iter().map(|training| training.model.component.name.clone().into());
            searched.add(MODEL.to_owned(), None, Domain::Categorical(names.collect()), None);
            for parameter in task_parameters() {
                let domain = config.domain(None, &parameter).map_err(|(key, reason)| fault(&key, reason))?;
                if let Some(domain) = domain {
                    searched.add(parameter.name.to_owned(), None, domain, None);
                }
            }
        }
        for place in 0..searched.trainings.len() {
            searched.add_model(config, place, several)?;
        }
        searched.check_constraints()?;
        Ok(searched)
    }

    /// Adds the hyperparameters of one model; those of the task too if it is the only one.
    fn add_model(&mut self, config: &Config, place: usize, several: bool) -> Result<(), ConfigError> {
        let model = self.trainings[place].model.part.declaration();
        let given = &config.training.model[place].params;
        let in_study = |name: &str| if several { format!("{}.{name}", model.name) } else { name.to_owned() };
        let parameters = if several { model.parameters.clone() } else { in_order(&model) };
        for parameter in parameters {
            let fixed = given.get(parameter.name).cloned().map(Domain::Fixed);
            let domain = match fixed {
                Some(fixed) => Some(fixed),
                None => config
                    .domain(Some(model.name), &parameter)
                    .map_err(|(key, reason)| fault(&key, reason))?,
            };
            // Every point needs values for both parameters of a constraint: one that is neither set nor searched is
            // fixed at its default.
            let bound = model.constraints.iter().any(|constraint| constraint.of.contains(&parameter.name));
            let default = parameter.default;
            let domain = domain.or_else(|| default.clone().filter(|_| bound).map(Domain::Fixed));
            if let Some(domain) = domain {
                self.add(in_study(parameter.name), several.then_some(place), domain, default);
            }
        }
        let restriction = |constraint: &Constraint| Restriction {
            of: constraint.of.map(in_study),
            constraint: *constraint,
        };
        self.constraints.extend(model.constraints.iter().map(restriction));
        Ok(())
    }

    fn add(&mut self, name: String, model: Option<usize>, domain: Domain, default: Option<Value>) {
        self.parameters.push(Searchable { name, model, domain, default });
    }

    /// Checks that the objective says something of predictions of this task.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.objective`.
    pub fn check_task(&self, task: &Task) -> Result<(), ConfigError> {
        self.trainings.iter().try_for_each(|training| training.check_task(task))
    }

    /// Checks that the tickers of a panel can be charged what the settings say.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.spread_bps` or `training.impact`.
    pub fn check_panel<P: Subset>(&self, panel: &Panel<P>) -> Result<(), ConfigError> {
        self.trainings.iter().try_for_each(|training| training.check_panel(panel))
    }

    /// The objective that is maximised.
    pub fn objective(&self) -> &ChosenMetric {
        // `ModelParts::trainings` returns at least one, all with the same objective.
        &self.trainings[0].objective
    }

    /// Whether the study searches over several models.
    pub fn has_several_models(&self) -> bool {
        self.trainings.len() > 1
    }

    pub(crate) fn domain(&self, name: &str) -> Option<&Domain> {
        self.parameters.iter().find(|known| known.name == name).map(|known| &known.domain)
    }

    /// The pairs of numbers that a constraint allows: each number of the first parameter with those of the second.
    ///
    /// `None` where a parameter is missing, or has too many values to list; then the fit refuses what is not allowed.
    pub(super) fn allowed(&self, restriction: &Restriction) -> Option<Vec<(f64, Vec<f64>)>> {
        let [first, second] = &restriction.of;
        let (first, second) = (self.domain(first)?, self.domain(second)?);
        let (left, right) = (first.listed(MOST_VALUES)?, second.listed(MOST_VALUES)?);
        let compatible = |&number: &f64| {
            let value = first.value(number);
            let holds = |other: &f64| (restriction.constraint.holds)(&value, &second.value(*other));
            (number, right.iter().copied().filter(holds).collect())
        };
        Some(left.iter().map(compatible).collect())
    }

    fn check_constraints(&self) -> Result<(), ConfigError> {
        for restriction in &self.constraints {
            let Some(allowed) = self.allowed(restriction) else { continue };
            let [first, second] = &restriction.of;
            if let Some((unmatched, _)) = allowed.iter().find(|(_, others)| others.is_empty()) {
                let unmatched = self.domain(first).map(|domain| domain.value(*unmatched)).unwrap_or_default();
                let rule = restriction.constraint.rule;
                let reason = format!(
                    "no value of {second} is compatible with {unmatched}, since {rule}; add one, or leave \
                     {unmatched} out"
                );
                return Err(fault(first, reason));
            }
        }
        Ok(())
    }
}

/// The parameters of a study's only model in the order in which their values are drawn: the task's two right after the
/// model's weight decay, where they have always been, or first for a model without one.
///
/// The order must not change: draws share one stream of random numbers, so another order gives other suggestions for
/// the same seed.
fn in_order(model: &Declaration) -> Vec<Parameter> {
    let after = model.parameters.iter().position(|parameter| parameter.name == WEIGHT_DECAY);
    let (before, rest) = model.parameters.split_at(after.map_or(0, |place| place + 1));
    before.iter().cloned().chain(task_parameters()).chain(rest.iter().cloned()).collect()
}

/// Refuses a name that no model declares. One that only another model declares is accepted, and not searched.
fn check_names(parts: &ModelParts, space: &SearchSpace) -> Result<(), ConfigError> {
    let declared = parts.models.declarations().flat_map(|declaration| declaration.parameters);
    let known: BTreeSet<&str> =
        task_parameters().into_iter().chain(declared).map(|known| known.name).collect();
    for (name, _) in space.iter() {
        match name.split_once('.') {
            None if known.contains(name) => {}
            None => {
                let known: Vec<&str> = known.into_iter().collect();
                let reason =
                    format!("{name:?} is not a hyperparameter; expected one of {}", known.join(", "));
                return Err(fault(name, reason));
            }
            Some((model, parameter)) => {
                let part = parts.models.get(model).map_err(|error| fault(name, error.to_string()))?;
                let declaration = part.declaration();
                if declaration.find(parameter).is_none() {
                    let known: Vec<&str> = declaration.parameters.iter().map(|known| known.name).collect();
                    let reason = format!(
                        "{parameter:?} is not a hyperparameter of {model}; expected one of {}",
                        known.join(", ")
                    );
                    return Err(fault(name, reason));
                }
            }
        }
    }
    Ok(())
}

fn fault(name: &str, reason: String) -> ConfigError {
    ConfigError::of(format!("tuner.search_space.{name}"), reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Preset;

    fn searched(text: &str) -> Result<Searched, ConfigError> {
        let config = Config::from_toml(Preset::Empty, text, "run.toml").unwrap();
        Searched::new(&ModelParts::builtin(), &config)
    }

    #[track_caller]
    fn check(text: &str, parts: &[&str]) {
        let fault = searched(text).unwrap_err().to_string();
        assert!(parts.iter().all(|part| fault.contains(part)), "{fault:?} does not mention {parts:?}");
    }

    #[test]
    fn values_are_drawn_in_a_fixed_order() {
        let names = |text: &str| -> Vec<String> {
            searched(text).unwrap().parameters.into_iter().map(|known| known.name).collect()
        };
        assert_eq!(
            names(""),
            [
                "learning_rate",
                "dropout_rate",
                "weight_decay",
                "time_window",
                "seq_length",
                "num_layers",
                "d_model",
                "num_heads",
                "d_ff_multiple",
                "batch_size"
            ]
        );
        let linear = names("[training]\nmodel = 'linear'");
        assert_eq!(linear, ["time_window", "seq_length"]);
        let gbdt = names("[training]\nmodel = 'gbdt'");
        assert_eq!(gbdt[..3], ["time_window", "seq_length", "learning_rate"]);
    }

    #[test]
    fn the_documented_domains_are_the_declared_ones() {
        let document = include_str!("../../../../docs/configuration.md");
        let listing = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        assert_eq!(searched(listing).unwrap().parameters, searched("").unwrap().parameters);
    }

    #[test]
    fn the_time_window_is_searched_only_on_request() {
        let of = |text: &str| searched(text).unwrap().domain("time_window").cloned();
        assert_eq!(of(""), Some(Domain::Fixed(5.into())));
        assert_eq!(of("[labels]\ntime_window = 9"), Some(Domain::Fixed(9.into())));
        assert!(matches!(of("[labels]\ntime_window = 0"), Some(Domain::Categorical(_))));
        let space = "[labels]\ntime_window = 9\n[tuner.search_space]\ntime_window = { choices = [3, 4] }";
        assert!(matches!(of(space), Some(Domain::Categorical(_))));
    }

    #[test]
    fn parameters_set_with_the_model_are_not_searched() {
        let searched = searched("[training]\nmodel = { name = 'gru', d_model = 48 }").unwrap();
        assert_eq!(searched.domain("d_model"), Some(&Domain::Fixed(48.into())));
        assert!(searched.domain("num_layers").unwrap().axis().is_some());
    }

    #[test]
    fn several_models_are_one_more_choice() {
        let several = |space: &str| {
            searched(&format!(
                "[training]\nmodel = ['linear', {{ name = 'gru', d_model = 48 }}, 'gbdt']\n[tuner.search_space]\n{space}"
            ))
        };
        let plain = several("").unwrap();
        assert_eq!(plain.parameters[0].name, "model");
        let models = ["linear", "gru", "gbdt"].map(Value::from).to_vec();
        assert_eq!(plain.domain("model"), Some(&Domain::Categorical(models)));
        let names: Vec<&str> = plain.parameters.iter().map(|known| known.name.as_str()).collect();
        assert_eq!(names[..4], ["model", "time_window", "seq_length", "gru.learning_rate"]);
        assert_eq!(plain.domain("gru.d_model"), Some(&Domain::Fixed(48.into())));
        assert!(plain.parameters[3..].iter().all(|known| known.model == Some(1) || known.model == Some(2)));
        let distinct: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());

        let space = several("learning_rate = 0.01\ngbdt.learning_rate = 0.1").unwrap();
        assert_eq!(space.domain("gru.learning_rate"), Some(&Domain::Fixed(0.01.into())));
        assert_eq!(space.domain("gbdt.learning_rate"), Some(&Domain::Fixed(0.1.into())));
        let refused = |space: &str| several(space).unwrap_err().to_string();
        let error = refused("gbdt.width = 3");
        assert!(error.contains("search_space.gbdt.width") && error.contains("max_leaves"), "{error}");
        assert!(refused("cnn.width = 3").contains("\"cnn\" is not a known model"));
        assert!(refused("gru.num_layers = 0").contains("search_space.gru.num_layers"));
        let error = searched("[training]\nmodel = ['gru', { name = 'linear', width = 3 }]").unwrap_err();
        assert!(error.to_string().contains("training.model[1].width"), "{error}");
    }

    #[test]
    fn a_domain_of_one_model_holds_in_its_own_study_too() {
        let searched = searched("[tuner.search_space]\ntransformer.d_model = 32\ngbdt.rows = 5").unwrap();
        assert_eq!(searched.domain("d_model"), Some(&Domain::Fixed(32.into())));
    }

    #[test]
    fn domains_that_only_another_model_has_are_not_checked() {
        let text = |model: &str| {
            format!("[training]\nmodel = '{model}'\n[tuner.search_space]\nd_model = 5\nnum_heads = 2\n")
        };
        for (model, fits) in
            [("transformer", false), ("gru", true), ("lstm", true), ("tcn", true), ("linear", true)]
        {
            assert_eq!(searched(&text(model)).is_ok(), fits, "{model}");
        }
    }

    #[test]
    fn mistakes_are_reported_with_their_key() {
        check("[training]\nmodel = 'cnn'", &["training.model", "cnn", "gru, linear, lstm, tcn, transformer"]);
        check("[training]\nmodel = { name = 'gru', width = 3 }", &["training.model.width", "d_model"]);
        check("[training]\nobjective = 'f2'", &["training.objective", "f2", "mcc"]);
        check("[tuner.search_space]\nwidth = 3", &["tuner.search_space.width", "d_model"]);
        check("[tuner.search_space]\nd_model = 5", &["tuner.search_space.d_model", "num_heads", "5"]);
        check("[tuner.search_space]\ndropout_rate = 1", &["tuner.search_space.dropout_rate", "0.999"]);
        check("[tuner.search_space]\nd_model = { low = 1, high = 9e15 }", &["to 1000000"]);
        check("[tuner.search_space]\nnum_layers = { low = 1, high = 2, step = 0.5 }", &["whole"]);
    }
}
