//! The project's own ten hyperparameters as a space.

use super::{Domain, Point, PointError, Space, SpaceError};
use artifact_core::schema::Hyperparameters;
use data_loader::Windows;
use serde_json::{Number, Value};
use settings::SearchSpace;
use std::collections::{BTreeMap, BTreeSet};

/// The hyperparameters of a model, with the combinations that can be fitted.
#[derive(Debug, Clone)]
pub struct HyperparameterSpace {
    space: Space,
    windows: BTreeSet<Windows>,
}

/// A space without a single valid point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmptySpace {
    /// No combination of sequence length and time window fits the rows.
    #[error(
        "no seq_length and time_window of the search space fit the data: the smallest pair, {} and {}, fails \
         ({reason}); use more rows (data.period), or smaller values in tuner.search_space",
        windows.seq_length,
        windows.time_window
    )]
    Windows {
        /// The smallest pair.
        windows: Windows,
        /// Why it does not fit.
        reason: String,
    },
    /// No number of heads divides any width.
    #[error("no value of num_heads divides any value of d_model; add one to tuner.search_space")]
    Heads,
    /// A domain that the configuration should have refused.
    #[error(transparent)]
    Space(#[from] SpaceError),
}

impl HyperparameterSpace {
    /// Prepares a checked search space; `fits` says whether a pair of windows fits the data, and why not.
    ///
    /// # Errors
    ///
    /// [`EmptySpace`] when nothing can be suggested.
    pub fn new(
        space: &SearchSpace,
        fits: impl Fn(Windows) -> Result<(), String>,
    ) -> Result<Self, EmptySpace> {
        let all = pairs(&space.seq_length, &space.time_window).into_iter();
        let all: BTreeSet<Windows> =
            all.map(|(seq_length, time_window)| Windows { seq_length, time_window }).collect();
        let fitting: BTreeSet<Windows> =
            all.iter().copied().filter(|&windows| fits(windows).is_ok()).collect();
        if fitting.is_empty() {
            let smallest = all.into_iter().min_by_key(|windows| windows.seq_length + windows.time_window);
            let windows = smallest.unwrap_or(Windows { seq_length: 0, time_window: 0 });
            let reason = fits(windows).err().unwrap_or_default();
            return Err(EmptySpace::Windows { windows, reason });
        }
        let mut heads = pairs(&space.d_model, &space.num_heads);
        heads.retain(|(width, heads)| width.is_multiple_of(*heads));
        if heads.is_empty() {
            return Err(EmptySpace::Heads);
        }
        let parameters = space.domains().into_iter();
        let builder = parameters.fold(Space::builder(), |builder, (name, domain, whole)| {
            builder.parameter(name, parameter(domain, whole))
        });
        let values = |(a, b): (usize, usize)| [Value::from(a), Value::from(b)];
        let lengths = fitting.iter().map(|windows| (windows.seq_length, windows.time_window));
        let space = builder
            .allow(["seq_length", "time_window"], lengths.map(values))
            .allow(["d_model", "num_heads"], heads.into_iter().map(values))
            .build()?;
        Ok(Self { space, windows: fitting })
    }

    /// The space that the samplers see.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The windows that fit the data.
    pub fn windows(&self) -> &BTreeSet<Windows> {
        &self.windows
    }

    /// The named values of a point.
    pub fn hyperparameters(&self, point: &Point) -> Hyperparameters {
        let values = self.space.values(point);
        let value = |name: &str| values.get(name).and_then(Value::as_f64).unwrap_or_default();
        let d_model = value("d_model") as usize;
        Hyperparameters {
            learning_rate: value("learning_rate"),
            dropout_rate: value("dropout_rate"),
            weight_decay: value("weight_decay"),
            time_window: value("time_window") as usize,
            seq_length: value("seq_length") as usize,
            num_layers: value("num_layers") as usize,
            d_model,
            num_heads: value("num_heads") as usize,
            d_ff: value("d_ff_multiple") as usize * d_model,
            batch_size: value("batch_size") as usize,
        }
    }

    /// The point whose named values these are.
    ///
    /// # Errors
    ///
    /// [`PointError`] when one of them lies outside the space, or they cannot be fitted together.
    pub fn point(&self, params: &Hyperparameters) -> Result<Point, PointError> {
        let Hyperparameters { d_model, d_ff, .. } = *params;
        // A width that is no multiple has no whole number here, and is so found to lie outside.
        let multiple = match d_ff.checked_div(d_model) {
            Some(multiple) if multiple * d_model == d_ff => Value::from(multiple),
            _ => real(d_ff as f64 / d_model as f64),
        };
        let values: BTreeMap<String, Value> = [
            ("learning_rate", real(params.learning_rate)),
            ("dropout_rate", real(params.dropout_rate)),
            ("weight_decay", real(params.weight_decay)),
            ("time_window", params.time_window.into()),
            ("seq_length", params.seq_length.into()),
            ("num_layers", params.num_layers.into()),
            ("d_model", d_model.into()),
            ("num_heads", params.num_heads.into()),
            ("d_ff_multiple", multiple),
            ("batch_size", params.batch_size.into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        self.space.point(&values)
    }
}

fn pairs(first: &settings::DomainSetting, second: &settings::DomainSetting) -> BTreeSet<(usize, usize)> {
    let list = |domain: &settings::DomainSetting| domain.listed(true).unwrap_or_default();
    let seconds = list(second);
    let pair = |first: f64| seconds.iter().map(move |&second| (first as usize, second as usize));
    list(first).into_iter().flat_map(pair).collect()
}

/// A domain of the configuration as the samplers see it.
fn parameter(domain: &settings::DomainSetting, whole: bool) -> Domain {
    let value = |number: f64| if whole { Value::from(number as i64) } else { real(number) };
    match domain {
        settings::DomainSetting::Fixed(number) => Domain::Fixed(value(*number)),
        settings::DomainSetting::Choices(numbers) => {
            Domain::Categorical(numbers.iter().copied().map(value).collect())
        }
        settings::DomainSetting::Range { low, high, log, step } if whole => Domain::Int {
            low: *low as i64,
            high: *high as i64,
            log: *log,
            step: step.map_or(1, |step| step as i64),
        },
        settings::DomainSetting::Range { low, high, log, step } => {
            Domain::Float { low: *low, high: *high, log: *log, step: *step }
        }
    }
}

/// A real number as JSON. Whole ones have no decimal point: to Python, and so to Optuna, 32 and 32.0 read differently.
fn real(number: f64) -> Value {
    let whole = number.fract() == 0.0 && number.abs() < 1e15;
    if whole {
        Value::from(number as i64)
    } else {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use settings::DomainSetting as Domain;

    /// A space in which about half of all combinations are invalid.
    pub(crate) fn space() -> HyperparameterSpace {
        let search = SearchSpace {
            d_model: Domain::Choices(vec![12.0, 16.0, 9.0]),
            num_heads: Domain::Choices(vec![3.0, 4.0]),
            ..SearchSpace::default()
        };
        let fits = |windows: Windows| match windows.seq_length + windows.time_window {
            ..=70 => Ok(()),
            _ => Err("too long".into()),
        };
        HyperparameterSpace::new(&search, fits).unwrap()
    }

    /// A valid point of [`space`].
    pub(crate) fn params() -> Hyperparameters {
        Hyperparameters {
            learning_rate: 1e-3,
            dropout_rate: 0.1,
            weight_decay: 1e-4,
            time_window: 5,
            seq_length: 60,
            num_layers: 2,
            d_model: 12,
            num_heads: 3,
            d_ff: 48,
            batch_size: 32,
        }
    }

    #[test]
    fn a_space_without_valid_points_is_refused() {
        let search = SearchSpace::default();
        let error = HyperparameterSpace::new(&search, |_| Err("20 rows".into())).unwrap_err().to_string();
        assert!(error.contains("30 and 5") && error.contains("20 rows"), "{error}");
        let search = SearchSpace { d_model: Domain::Fixed(5.0), ..search };
        assert_eq!(HyperparameterSpace::new(&search, |_| Ok(())).unwrap_err(), EmptySpace::Heads);
    }

    #[test]
    fn points_and_hyperparameters_are_two_forms_of_the_same() {
        let space = space();
        let point = space.point(&params()).unwrap();
        assert_eq!(point[8], Some(1.0), "a choice is its place");
        assert_eq!(space.hyperparameters(&point), params());
    }

    #[test]
    fn hyperparameters_from_outside_are_no_point() {
        let space = space();
        let check = |change: fn(&mut Hyperparameters), expected: &str| {
            let mut params = params();
            change(&mut params);
            let error = space.point(&params).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(|p| p.learning_rate = 1.0, "learning_rate");
        check(|p| p.time_window = 6, "time_window");
        check(|p| p.d_ff = 50, "d_ff_multiple");
        check(|p| (p.d_model, p.d_ff) = (16, 32), "d_model and num_heads");
        check(|p| p.d_model = 9, "d_ff_multiple");
        check(|p| (p.seq_length, p.time_window) = (60, 14), "seq_length and time_window");
    }
}
