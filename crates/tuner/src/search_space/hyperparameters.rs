//! A model's hyperparameters as a search space.

use super::searched::Searched;
use super::{Point, PointError, Space, SpaceError};
use artifact_core::Params;
use artifact_core::schema::Hyperparameters;
use data_loader::Windows;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The largest number of values of a window that are listed. No window is larger, so every domain fits.
const MOST_WINDOWS: usize = 1_000_000;

/// The search space of a model's hyperparameters, restricted to the combinations that can be fitted.
#[derive(Debug, Clone)]
pub struct HyperparameterSpace {
    space: Space,
    windows: BTreeSet<Windows>,
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
        first: &'static str,
        /// The second parameter.
        second: &'static str,
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
        let parameters = searched.parameters.iter();
        let mut builder = parameters
            .fold(Space::builder(), |builder, (name, domain)| builder.parameter(*name, domain.clone()));
        let pair = |windows: &Windows| [windows.seq_length, windows.time_window].map(Value::from);
        builder = builder.allow(["seq_length", "time_window"], fitting.iter().map(pair));
        for constraint in &searched.constraints {
            let Some(allowed) = searched.allowed(constraint) else { continue };
            let [first, second] = constraint.of;
            let values = |name: &str, number: f64| {
                searched.domain(name).map_or(Value::Null, |domain| domain.value(number))
            };
            let pairs = allowed.iter().flat_map(|(number, others)| {
                others.iter().map(|&other| [values(first, *number), values(second, other)])
            });
            let pairs: Vec<[Value; 2]> = pairs.collect();
            if pairs.is_empty() {
                let rule = constraint.rule;
                return Err(EmptySpace::Constraint { first, second, rule });
            }
            builder = builder.allow(constraint.of, pairs);
        }
        Ok(Self { space: builder.build()?, windows: fitting })
    }

    /// The space that the samplers see.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The windows that fit the data.
    pub fn windows(&self) -> &BTreeSet<Windows> {
        &self.windows
    }

    /// The hyperparameters that a point encodes.
    pub fn hyperparameters(&self, point: &Point) -> Hyperparameters {
        let mut model: Params = self.space.values(point).into_iter().collect();
        let mut size = |name: &str| {
            model.remove(name).and_then(|value| value.as_u64()).map_or(0, |value| value as usize)
        };
        Hyperparameters { seq_length: size("seq_length"), time_window: size("time_window"), model }
    }

    /// The point that encodes these hyperparameters.
    ///
    /// # Errors
    ///
    /// [`PointError`] when one of them lies outside its domain, or their combination is not allowed.
    pub fn point(&self, params: &Hyperparameters) -> Result<Point, PointError> {
        let of_model = params.model.iter().map(|(name, value)| (name.to_owned(), value.clone()));
        let mut values: BTreeMap<String, Value> = of_model.collect();
        values.insert("seq_length".to_owned(), params.seq_length.into());
        values.insert("time_window".to_owned(), params.time_window.into());
        self.space.point(&values)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use settings::{Config, Preset};
    use trainer_core::ModelParts;

    fn searched(space: &str) -> Searched {
        let text = format!("[labels]\ntime_window = 0\n[tuner.search_space]\n{space}");
        let config = Config::from_toml(Preset::Full, &text, "run.toml").unwrap();
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
        let point = space.point(&params()).unwrap();
        assert_eq!(point[8], Some(1.0), "a choice is encoded as its index");
        assert_eq!(space.hyperparameters(&point), params());
    }

    #[test]
    fn hyperparameters_outside_the_space_are_refused() {
        let space = space();
        let check = |change: fn(&mut Hyperparameters), expected: &str| {
            let mut params = params();
            change(&mut params);
            let error = space.point(&params).unwrap_err().to_string();
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
