//! What a study searches, from the declarations of the task and the model.

use super::Domain;
use settings::part::{Constraint, Declaration, Parameter};
use settings::{Config, ConfigError, SearchSpace, task_parameters};
use std::collections::BTreeSet;
use trainer_core::{ModelParts, Training, WEIGHT_DECAY};

/// The largest number of values of a parameter that are combined with those of another one.
pub(super) const MOST_VALUES: usize = 10_000;

/// What a study searches (the hyperparameters of the task and of the chosen model, each with its domain), and what it
/// fits and maximises.
#[derive(Debug, Clone)]
pub struct Searched {
    /// The model, and the objective that is maximised.
    pub training: Training,
    pub(super) parameters: Vec<(&'static str, Domain)>,
    pub(super) constraints: Vec<Constraint>,
}

impl Searched {
    /// Looks up the parts that a configuration names. Its search space overrides the domains that the task and the
    /// chosen model declare.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key of an unknown part or hyperparameter, of a domain that its hyperparameter
    /// cannot have, or of a value that is compatible with no value of another hyperparameter.
    pub fn new(parts: &ModelParts, config: &Config) -> Result<Self, ConfigError> {
        let training = parts.training(&config.training)?;
        let space = &config.tuner.search_space;
        check_names(parts, space)?;
        let model = training.model.part.declaration();
        let given = &config.training.model.params;
        let mut parameters = Vec::new();
        for parameter in in_order(&model) {
            let fixed = given.get(parameter.name).cloned().map(Domain::Fixed);
            let domain = match fixed {
                Some(fixed) => Some(fixed),
                None => config.domain(&parameter).map_err(|reason| fault(parameter.name, reason))?,
            };
            // Every point needs values for both parameters of a constraint: one that is neither set nor searched is
            // fixed at its default.
            let bound = model.constraints.iter().any(|constraint| constraint.of.contains(&parameter.name));
            let domain = domain.or(parameter.default.filter(|_| bound).map(Domain::Fixed));
            parameters.extend(domain.map(|domain| (parameter.name, domain)));
        }
        let searched = Self { training, parameters, constraints: model.constraints };
        searched.check_constraints()?;
        Ok(searched)
    }

    pub(super) fn domain(&self, name: &str) -> Option<&Domain> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, domain)| domain)
    }

    /// The pairs of numbers that a constraint allows: each number of the first parameter with those of the second.
    ///
    /// `None` where a parameter is missing, or has too many values to list; then the fit refuses what is not allowed.
    pub(super) fn allowed(&self, constraint: &Constraint) -> Option<Vec<(f64, Vec<f64>)>> {
        let [first, second] = constraint.of.map(|name| self.domain(name));
        let (first, second) = (first?, second?);
        let (left, right) = (first.listed(MOST_VALUES)?, second.listed(MOST_VALUES)?);
        let compatible = |&number: &f64| {
            let value = first.value(number);
            let holds = |other: &f64| (constraint.holds)(&value, &second.value(*other));
            (number, right.iter().copied().filter(holds).collect())
        };
        Some(left.iter().map(compatible).collect())
    }

    fn check_constraints(&self) -> Result<(), ConfigError> {
        for constraint in &self.constraints {
            let Some(allowed) = self.allowed(constraint) else { continue };
            let [first, second] = constraint.of;
            if let Some((unmatched, _)) = allowed.iter().find(|(_, others)| others.is_empty()) {
                let unmatched = self.domain(first).map(|domain| domain.value(*unmatched)).unwrap_or_default();
                let rule = constraint.rule;
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

/// The parameters in the order in which their values are drawn: the task's two right after the model's weight decay,
/// where they have always been, or first for a model without one.
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
    match space.iter().find(|(name, _)| !known.contains(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let known: Vec<&str> = known.into_iter().collect();
            let reason = format!("{name:?} is not a hyperparameter; expected one of {}", known.join(", "));
            Err(fault(name, reason))
        }
    }
}

fn fault(name: &str, reason: String) -> ConfigError {
    ConfigError::of(format!("tuner.search_space.{name}"), reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Preset;

    fn searched(text: &str) -> Result<Searched, ConfigError> {
        let config = Config::from_toml(Preset::Full, text, "run.toml").unwrap();
        Searched::new(&ModelParts::builtin(), &config)
    }

    #[track_caller]
    fn check(text: &str, parts: &[&str]) {
        let fault = searched(text).unwrap_err().to_string();
        assert!(parts.iter().all(|part| fault.contains(part)), "{fault:?} does not mention {parts:?}");
    }

    #[test]
    fn values_are_drawn_in_a_fixed_order() {
        let names = |text: &str| -> Vec<&str> {
            searched(text).unwrap().parameters.into_iter().map(|(name, _)| name).collect()
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
