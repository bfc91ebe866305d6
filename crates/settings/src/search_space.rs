//! The search space: where a study looks for values.

use crate::part::{Domain, Kind, Parameter};
use artifact_core::{Params, is_name};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};
use std::collections::BTreeMap;
use std::fmt;

/// The largest whole number in a domain: small enough to list every value of a range, and larger than any model needs.
const LARGEST_WHOLE: f64 = 1e6;

/// The values that a hyperparameter may take.
///
/// In TOML: a plain value, `{ low = 1e-5, high = 5e-3, log = true }`, `{ low = 0.0, high = 0.5, step = 0.1 }` or
/// `{ choices = [30, 60] }`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "DomainTable")]
pub enum DomainSetting {
    /// Always this value.
    Fixed(Value),
    /// Any number from `low` to `high`, both included; only whole numbers if the hyperparameter takes only those.
    Range {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// Whether values are uniform in the logarithm. Excludes a step.
        log: bool,
        /// The distance between neighbouring values, which divides `high - low` evenly; `None` for every number, or
        /// every whole number.
        step: Option<f64>,
    },
    /// One of these.
    Choices(Vec<Value>),
}

/// The domains that the configuration sets, by the name of the hyperparameter.
///
/// A plain name, `learning_rate`, holds for every model that has such a hyperparameter; `gbdt.learning_rate` holds for
/// one model, and comes first. A hyperparameter without an entry has the domain of its declaration: its model's, or one
/// of [`task_parameters`]; [`Config::domain`](crate::Config::domain) applies these rules. The names themselves are
/// checked by the tuner, which knows the models.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct SearchSpace(BTreeMap<String, DomainSetting>);

pub(crate) const TIME_WINDOW: &str = "time_window";

/// The hyperparameters that every study has, whatever the model: `time_window` and `seq_length`.
pub fn task_parameters() -> [Parameter; 2] {
    let choices = |values: &[i64]| Domain::Categorical(values.iter().copied().map(Value::from).collect());
    [
        Parameter::size(TIME_WINDOW, "The number of rows that a label reads.")
            .search(choices(&[5, 7, 14, 21, 30])),
        Parameter::size("seq_length", "The number of rows that a sequence reads.")
            .search(choices(&[30, 60, 90, 120])),
    ]
}

impl SearchSpace {
    /// The domain that is set for a hyperparameter.
    pub fn get(&self, name: &str) -> Option<&DomainSetting> {
        self.0.get(name)
    }

    /// Sets the domain of a hyperparameter.
    pub fn set(&mut self, name: impl Into<String>, domain: DomainSetting) {
        self.0.insert(name.into(), domain);
    }

    /// The domains that are set, in alphabetical order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &DomainSetting)> {
        self.0.iter().map(|(name, domain)| (name.as_str(), domain))
    }

    /// The first name whose domain is invalid whatever the model, and why.
    pub(crate) fn fault(&self) -> Option<(String, String)> {
        let task = task_parameters();
        let of_task = |name: &str| task.iter().find(|parameter| parameter.name == name);
        self.iter().find_map(|(name, setting)| {
            let (model, parameter) = name.split_once('.').unwrap_or(("any", name));
            if !is_name(model) || !is_name(parameter) {
                let reason = format!(
                    "{name:?} is not a valid name: expected lower-case letters, digits and '_', after a model's name \
                     and '.' if it holds for one model"
                );
                return Some((name.to_owned(), reason));
            }
            let kind = of_task(name).map(|parameter| &parameter.kind);
            setting.fault(kind).map(|reason| (name.to_owned(), reason))
        })
    }
}

impl DomainSetting {
    /// Always this value.
    pub fn fixed(value: impl Into<Value>) -> Self {
        DomainSetting::Fixed(one_form(value.into()))
    }

    /// One of these values.
    pub fn choices<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        DomainSetting::Choices(values.into_iter().map(|value| one_form(value.into())).collect())
    }

    /// The domain of a parameter of this kind.
    ///
    /// # Errors
    ///
    /// Why a parameter of this kind cannot have this domain.
    pub fn domain(&self, kind: &Kind) -> Result<Domain, String> {
        if let Some(reason) = self.fault(Some(kind)) {
            return Err(reason);
        }
        Ok(match self {
            DomainSetting::Fixed(value) => Domain::Fixed(value.clone()),
            DomainSetting::Choices(values) => Domain::Categorical(values.clone()),
            DomainSetting::Range { low, high, log, step } if kind.is_whole() => Domain::Int {
                low: *low as i64,
                high: *high as i64,
                log: *log,
                step: step.map_or(1, |step| step as i64),
            },
            DomainSetting::Range { low, high, log, step } => {
                Domain::Float { low: *low, high: *high, log: *log, step: *step }
            }
        })
    }

    /// What is wrong with the domain, if anything: for a parameter of this kind, or, with `None`, for every kind.
    fn fault(&self, kind: Option<&Kind>) -> Option<String> {
        let whole = kind.is_some_and(Kind::is_whole);
        let bad = |value: &Value| match kind {
            // A kind's own range can be far wider than what can be listed, so whole numbers have a limit of their own.
            Some(kind) => {
                let listed = value.as_f64().is_none_or(|value| value.abs() <= LARGEST_WHOLE);
                !kind.allows(value) || (whole && !listed)
            }
            None => value.is_null(),
        };
        let kind_of = || kind.map_or_else(|| "a finite number".to_owned(), Kind::to_string);
        let values = match self {
            DomainSetting::Choices(values) if values.is_empty() => {
                return Some("choices is empty; list at least one value".into());
            }
            DomainSetting::Choices(values) => values.clone(),
            DomainSetting::Fixed(value) => vec![value.clone()],
            DomainSetting::Range { low, high, .. } => vec![number(*low), number(*high)],
        };
        if let Some(value) = values.iter().find(|value| bad(value)) {
            return Some(format!("{value} is not {}", kind_of()));
        }
        match self {
            DomainSetting::Range { low, high, .. } if low >= high => Some(format!(
                "low is {low} and high is {high}; low must be below high (write a single value as a plain number)"
            )),
            DomainSetting::Range { low, log: true, .. } if *low <= 0.0 => {
                Some(format!("low is {low}; a logarithmic range must start above 0"))
            }
            DomainSetting::Range { log: true, step: Some(step), .. } => {
                Some(format!("a logarithmic range has no step; leave out step = {step} or log"))
            }
            DomainSetting::Range { low, high, step: Some(step), .. } => {
                let steps = (high - low) / step;
                let fits =
                    *step > 0.0 && (!whole || step.fract() == 0.0) && (steps - steps.round()).abs() < 1e-8;
                let kind = if whole { "a whole number" } else { "a number" };
                (!fits).then(|| {
                    format!(
                        "step is {step}; it must be {kind} above 0 that divides the range from {low} to {high} evenly"
                    )
                })
            }
            DomainSetting::Choices(values) => {
                let twice = values.iter().enumerate().find(|(place, value)| values[..*place].contains(value));
                twice.map(|(_, value)| format!("{value} is listed twice"))
            }
            _ => None,
        }
    }
}

/// A number as JSON, or null if it is not finite. Whole numbers get no decimal point: Python, and so Optuna, reads 32
/// as an integer and 32.0 as a float.
fn number(value: f64) -> Value {
    one_form(Number::from_f64(value).map_or(Value::Null, Value::Number))
}

/// The form in which parameters are stored.
fn one_form(value: Value) -> Value {
    // `Params` normalises numbers; going through it keeps settings and stored parameters equal.
    let name = "value";
    [(name, value)].into_iter().collect::<Params>().remove(name).unwrap_or(Value::Null)
}

/// The written form of a domain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainTable {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<Value>>,
}

impl From<DomainSetting> for DomainTable {
    fn from(domain: DomainSetting) -> Self {
        let empty = DomainTable { value: None, low: None, high: None, log: None, step: None, choices: None };
        match domain {
            DomainSetting::Fixed(value) => DomainTable { value: Some(value), ..empty },
            DomainSetting::Range { low, high, log, step } => {
                DomainTable { low: Some(low), high: Some(high), log: Some(log), step, ..empty }
            }
            DomainSetting::Choices(values) => DomainTable { choices: Some(values), ..empty },
        }
    }
}

impl TryFrom<DomainTable> for DomainSetting {
    type Error = &'static str;

    fn try_from(table: DomainTable) -> Result<Self, Self::Error> {
        match table {
            DomainTable {
                value: Some(value),
                low: None,
                high: None,
                log: None,
                step: None,
                choices: None,
            } => Ok(DomainSetting::fixed(value)),
            DomainTable { value: None, low: Some(low), high: Some(high), log, step, choices: None } => {
                Ok(DomainSetting::Range { low, high, log: log.unwrap_or(false), step })
            }
            DomainTable {
                value: None,
                low: None,
                high: None,
                log: None,
                step: None,
                choices: Some(values),
            } => Ok(DomainSetting::choices(values)),
            _ => Err("expected a value, { low = .., high = .., log = .., step = .. } or { choices = [..] }"),
        }
    }
}

/// Whether a table with this key is a domain, and not the domains of one model.
pub(crate) fn is_domain_key(key: &str) -> bool {
    ["value", "low", "high", "log", "step", "choices"].contains(&key)
}

/// An entry of the written search space.
enum Entry {
    Domain(DomainSetting),
    /// TOML reads `gbdt.learning_rate = 0.1` as a table `gbdt`.
    OfModel(BTreeMap<String, DomainSetting>),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = match Value::deserialize(deserializer)? {
            Value::Object(table) if !table.is_empty() && !table.keys().any(|key| is_domain_key(key)) => {
                BTreeMap::deserialize(Value::Object(table)).map(Entry::OfModel)
            }
            domain => DomainSetting::deserialize(domain).map(Entry::Domain),
        };
        entry.map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for SearchSpace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut space = BTreeMap::new();
        for (name, entry) in BTreeMap::<String, Entry>::deserialize(deserializer)? {
            let domains = match entry {
                Entry::Domain(domain) => BTreeMap::from([(name, domain)]),
                Entry::OfModel(own) => own
                    .into_iter()
                    .map(|(parameter, domain)| (format!("{name}.{parameter}"), domain))
                    .collect(),
            };
            for (name, domain) in domains {
                if space.contains_key(&name) {
                    return Err(D::Error::custom(format!("{name} is set twice")));
                }
                space.insert(name, domain);
            }
        }
        Ok(Self(space))
    }
}

// By hand rather than as an untagged enum, whose errors name neither the key nor what was expected.
impl<'de> Deserialize<'de> for DomainSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DomainVisitor;

        impl<'de> Visitor<'de> for DomainVisitor {
            type Value = DomainSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, { low = .., high = .., log = .., step = .. } or { choices = [..] }")
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::fixed(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::fixed(value))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::Fixed(number(value)))
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<DomainSetting, E> {
                Ok(DomainSetting::fixed(value))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<DomainSetting, E> {
                Ok(DomainSetting::fixed(value))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DomainSetting, A::Error> {
                let table = DomainTable::deserialize(MapAccessDeserializer::new(map))?;
                DomainSetting::try_from(table).map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(DomainVisitor)
    }
}
