//! The hyperparameters of one or several models as a search space.

use super::searched::{MODEL, Searched};
use super::{Domain, Point, PointError, Space, SpaceError};
use artifact_core::Params;
use artifact_core::schema::Hyperparameters;
use data_loader::Windows;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The largest number of values of a window that are listed. No window is larger, so every domain fits.
const MOST_WINDOWS: usize = 1_000_000;

/// The search space of the hyperparameters of one or several models, restricted to the combinations that can be fitted.
#[derive(Debug, Clone)]
pub struct HyperparameterSpace {
    space: Space,
    windows: BTreeSet<Windows>,
    /// The names of the models. Only of several is the first dimension the model, and do names have a model's before
    /// them.
    models: Vec<String>,
    /// The declared defaults, in the order of the dimensions.
    defaults: Vec<Option<Value>>,
}

/// A space without a single valid point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmptySpace {
    /// No combination of sequence length and time window fits the data.
    #[error(
        "no seq_length and time_window of tuner.search_space fit the data; even the smallest pair, {} and {}, fails: \
         {reason}",
        windows.seq_length,
        windows.time_window
    )]
    Windows {
        /// The smallest pair.
        windows: Windows,
        /// Why it does not fit, and what helps.
        reason: String,
    },
    /// No two values are compatible.
    #[error(
        "no value of {second} is compatible with any value of {first} ({rule}); add one to tuner.search_space"
    )]
    Constraint {
        /// The first parameter.
        first: String,
        /// The second parameter.
        second: String,
        /// What must hold.
        rule: &'static str,
    },
    /// A domain that the configuration should have refused.
    #[error(transparent)]
    Space(#[from] SpaceError),
}

impl HyperparameterSpace {
    /// Builds the space; `fits` reports why a pair of windows does not fit the data.
    ///
    /// # Errors
    ///
    /// [`EmptySpace`] when nothing can be suggested.
    pub fn new(
        searched: &Searched,
        fits: impl Fn(Windows) -> Result<(), String>,
    ) -> Result<Self, EmptySpace> {
        let values = |name: &str| -> Vec<usize> {
            let domain = searched.domain(name);
            let numbers = domain.and_then(|domain| domain.listed(MOST_WINDOWS)).unwrap_or_default();
            let value = |&number: &f64| domain.and_then(|domain| domain.value(number).as_u64());
            numbers.iter().filter_map(value).map(|value| value as usize).collect()
        };
        let (lengths, windows) = (values("seq_length"), values("time_window"));
        let of_length =
            |&seq_length: &usize| windows.iter().map(move |&time_window| Windows { seq_length, time_window });
        let all: BTreeSet<Windows> = lengths.iter().flat_map(of_length).collect();
        let fitting: BTreeSet<Windows> =
            all.iter().copied().filter(|&windows| fits(windows).is_ok()).collect();
        if fitting.is_empty() {
            // A sequence and its label read seq_length + time_window rows, so this pair needs the fewest.
            let smallest = all.into_iter().min_by_key(|windows| windows.seq_length + windows.time_window);
            let windows = smallest.unwrap_or(Windows { seq_length: 0, time_window: 0 });
            let reason = fits(windows).err().unwrap_or_default();
            return Err(EmptySpace::Windows { windows, reason });
        }
        let models = searched.trainings.iter().map(|training| training.model.component.name.clone());
        let models: Vec<String> = models.collect();
        let mut builder = Space::builder();
        for known in &searched.parameters {
            builder = builder.parameter(known.name.as_str(), known.domain.clone());
            if let Some(place) = known.model {
                builder = builder.when(MODEL, [models[place].as_str().into()]);
            }
        }
        let pair = |windows: &Windows| [windows.seq_length, windows.time_window].map(Value::from);
        builder = builder.allow(["seq_length", "time_window"], fitting.iter().map(pair));
        for restriction in &searched.constraints {
            let Some(allowed) = searched.allowed(restriction) else { continue };
            let [first, second] = &restriction.of;
            let values = |name: &str, number: f64| {
                searched.domain(name).map_or(Value::Null, |domain| domain.value(number))
            };
            let pairs = allowed.iter().flat_map(|(number, others)| {
                others.iter().map(|&other| [values(first, *number), values(second, other)])
            });
            let pairs: Vec<[Value; 2]> = pairs.collect();
            if pairs.is_empty() {
                let (first, second) = (first.clone(), second.clone());
                return Err(EmptySpace::Constraint { first, second, rule: restriction.constraint.rule });
            }
            builder = builder.allow([first.as_str(), second.as_str()], pairs);
        }
        let defaults = searched.parameters.iter().map(|known| known.default.clone()).collect();
        Ok(Self { space: builder.build()?, windows: fitting, models, defaults })
    }

    /// The space that the samplers see.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The windows that fit the data.
    pub fn windows(&self) -> &BTreeSet<Windows> {
        &self.windows
    }

    /// The name of the model that a point fits.
    pub fn model(&self, point: &Point) -> &str {
        let place = if self.has_several_models() { point[0].unwrap_or_default() as usize } else { 0 };
        &self.models[place]
    }

    /// The hyperparameters that a point encodes, by the names that the model declares.
    pub fn hyperparameters(&self, point: &Point) -> Hyperparameters {
        let mut values = self.space.values(point);
        let mut model: Params = if self.has_several_models() {
            values.remove(MODEL);
            let plain = |name: String| name.split_once('.').map_or(name.clone(), |(_, own)| own.to_owned());
            values.into_iter().map(|(name, value)| (plain(name), value)).collect()
        } else {
            values.into_iter().collect()
        };
        let mut size = |name: &str| {
            model.remove(name).and_then(|value| value.as_u64()).map_or(0, |value| value as usize)
        };
        Hyperparameters { seq_length: size("seq_length"), time_window: size("time_window"), model }
    }

    /// The point that encodes these hyperparameters of this model.
    ///
    /// # Errors
    ///
    /// [`PointError`] when one of them lies outside its domain, or their combination is not allowed.
    pub fn point(&self, model: &str, params: &Hyperparameters) -> Result<Point, PointError> {
        let several = self.has_several_models();
        let in_study = |name: &str| if several { format!("{model}.{name}") } else { name.to_owned() };
        let of_model = params.model.iter().map(|(name, value)| (in_study(name), value.clone()));
        let mut values: BTreeMap<String, Value> = of_model.collect();
        if several {
            values.insert(MODEL.to_owned(), model.into());
        }
        values.insert("seq_length".to_owned(), params.seq_length.into());
        values.insert("time_window".to_owned(), params.time_window.into());
        self.space.point(&values)
    }

    fn has_several_models(&self) -> bool {
        self.models.len() > 1
    }

    /// The names of the models, in the order of their numbers in a point.
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// A point of the same model with the model's declared defaults, moved into their domains, and the smallest windows.
    /// What has no default keeps its number.
    pub(crate) fn with_defaults(&self, mut point: Point, rng: &mut ChaCha8Rng) -> Point {
        let dimensions = self.space.dimensions().iter();
        for ((dimension, default), number) in dimensions.zip(&self.defaults).zip(&mut point) {
            if let (Some(number), Some(default)) = (number, default) {
                *number = near(&dimension.domain, default).unwrap_or(*number);
            }
        }
        let windows = self.windows.first().map(|windows| [windows.seq_length, windows.time_window]);
        for (name, value) in ["seq_length", "time_window"].into_iter().zip(windows.into_iter().flatten()) {
            if let Some(place) = self.space.place(name) {
                point[place] = self.space.dimensions()[place].domain.number(&value.into());
            }
        }
        self.space.repair(point, rng)
    }
}

/// The number of a domain that is nearest to a value; `None` for a choice that is not in the domain.
fn near(domain: &Domain, value: &Value) -> Option<f64> {
    let moved = || {
        let value = value.as_f64()?;
        if let Domain::Float { low, high, step: None, .. } = *domain {
            return Some(value.clamp(low, high));
        }
        let axis = domain.axis()?;
        let (low, high) = (axis.value(0.0), axis.value(1.0));
        Some(axis.value(axis.position(value.clamp(low, high))))
    };
    domain.number(value).or_else(moved)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::samplers::with_first;
    use rand::SeedableRng as _;
    use settings::{Config, Preset};
    use trainer_core::ModelParts;

    fn searched(space: &str) -> Searched {
        let text = format!("[labels]\ntime_window = 0\n[tuner.search_space]\n{space}");
        let config = Config::from_toml(Preset::Empty, &text, "run.toml").unwrap();
        Searched::new(&ModelParts::builtin(), &config).unwrap()
    }

    /// A space in which about half of all combinations are invalid.
    pub(crate) fn space() -> HyperparameterSpace {
        let text = "d_model = { choices = [12, 16, 9] }\nnum_heads = { choices = [3, 4] }";
        let fits = |windows: Windows| match windows.seq_length + windows.time_window {
            ..=70 => Ok(()),
            _ => Err("too long".into()),
        };
        HyperparameterSpace::new(&searched(text), fits).unwrap()
    }

    /// A valid point of [`space`].
    pub(crate) fn params() -> Hyperparameters {
        let mut model: Params =
            [("learning_rate", 1e-3), ("dropout_rate", 0.1), ("weight_decay", 1e-4)].into_iter().collect();
        let counts =
            [("num_layers", 2), ("d_model", 12), ("num_heads", 3), ("d_ff_multiple", 4), ("batch_size", 32)];
        counts.into_iter().for_each(|(name, value)| model.set(name, value));
        Hyperparameters { time_window: 5, seq_length: 60, model }
    }

    #[test]
    fn a_space_without_valid_points_is_refused() {
        let error =
            HyperparameterSpace::new(&searched(""), |_| Err("20 rows".into())).unwrap_err().to_string();
        assert!(error.contains("30 and 5") && error.contains("20 rows"), "{error}");
    }

    #[test]
    fn points_and_hyperparameters_round_trip() {
        let space = space();
        let point = space.point("transformer", &params()).unwrap();
        assert_eq!(point[8], Some(1.0), "a choice is encoded as its index");
        assert_eq!(space.hyperparameters(&point), params());
    }

    /// A space of several models.
    pub(crate) fn several() -> HyperparameterSpace {
        let text = "[training]\nmodel = ['linear', 'gbdt', 'transformer']\n[tuner.search_space]\n\
                    seq_length = { choices = [60, 30] }\nd_model = { choices = [12, 16] }\n\
                    num_heads = { choices = [3, 4] }\ngbdt.learning_rate = { low = 0.1, high = 0.2, log = true }";
        let config = Config::from_toml(Preset::Empty, text, "run.toml").unwrap();
        let searched = Searched::new(&ModelParts::builtin(), &config).unwrap();
        HyperparameterSpace::new(&searched, |_| Ok(())).unwrap()
    }

    #[test]
    fn a_point_of_several_models_has_the_parameters_of_one() {
        let space = several();
        for seed in 0..60 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let point = with_first(space.space(), None, &mut rng);
            let (model, params) = (space.model(&point), space.hyperparameters(&point));
            assert_eq!(space.point(model, &params), Ok(point.clone()));
            let own = ModelParts::builtin().models.get(model).unwrap().declaration();
            assert!(params.model.names().all(|name| own.find(name).is_some()), "{model}: {params:?}");
            assert_eq!(own.check(&params.model), Ok(()));
        }
        assert!(space.point("gru", &params()).is_err());
        assert!(space.point("linear", &params()).is_err());
    }

    #[test]
    fn hyperparameters_outside_the_space_are_refused() {
        let space = space();
        let check = |change: fn(&mut Hyperparameters), expected: &str| {
            let mut params = params();
            change(&mut params);
            let error = space.point("transformer", &params).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(|p| p.model.set("learning_rate", 1.0), "learning_rate");
        check(|p| p.time_window = 6, "time_window");
        check(|p| p.model.set("d_ff_multiple", 3), "d_ff_multiple");
        check(|p| p.model.set("d_model", 16), "d_model and num_heads");
        check(|p| drop(p.model.remove("d_model")), "d_model");
        check(|p| p.model.set("width", 9), "width");
        check(|p| (p.seq_length, p.time_window) = (60, 14), "seq_length and time_window");
    }
}
