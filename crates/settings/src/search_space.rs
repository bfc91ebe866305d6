//! The search space: one domain per hyperparameter.

use artifact_core::schema::ModelKind;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// The largest whole number in a domain: every value of a range can be listed, and no model needs more.
const LARGEST_WHOLE: f64 = 1e6;

/// What a hyperparameter may be.
///
/// In TOML: a plain number, `{ low = 1e-5, high = 5e-3, log = true }`, `{ low = 0.0, high = 0.5, step = 0.1 }` or
/// `{ choices = [30, 60] }`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "DomainTable")]
pub enum DomainSetting {
    /// Always this value.
    Fixed(f64),
    /// Any number from `low` to `high`, both included; whole numbers where the hyperparameter is one.
    Range {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
        /// Whether the logarithm is what is uniform. Then there is no step.
        log: bool,
        /// The distance between two values, a whole number of which leads from `low` to `high`; `None` for every
        /// number, or every whole number.
        step: Option<f64>,
    },
    /// One of these.
    Choices(Vec<f64>),
}

/// The domains of all hyperparameters. The defaults suit some thousand rows of daily bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSpace {
    /// Default: 1e-5 to 5e-3, logarithmic.
    pub learning_rate: DomainSetting,
    /// Default: 0 to 0.4.
    pub dropout_rate: DomainSetting,
    /// Default: 1e-6 to 1e-1, logarithmic.
    pub weight_decay: DomainSetting,
    /// Default: 5, 7, 14, 21, 30.
    pub time_window: DomainSetting,
    /// Default: 30, 60, 90, 120.
    pub seq_length: DomainSetting,
    /// Default: 1 to 4.
    pub num_layers: DomainSetting,
    /// Default: 32, 64, 128, 256.
    pub d_model: DomainSetting,
    /// Default: 2, 4, 8. Only divisors of `d_model` are ever suggested.
    pub num_heads: DomainSetting,
    /// `d_ff` as a multiple of `d_model`. Default: 2, 4.
    pub d_ff_multiple: DomainSetting,
    /// Default: 32, 64, 128.
    pub batch_size: DomainSetting,
}

impl Default for SearchSpace {
    fn default() -> Self {
        let choices =
            |values: &[u32]| DomainSetting::Choices(values.iter().copied().map(f64::from).collect());
        Self {
            learning_rate: DomainSetting::Range { low: 1e-5, high: 5e-3, log: true, step: None },
            dropout_rate: DomainSetting::Range { low: 0.0, high: 0.4, log: false, step: None },
            weight_decay: DomainSetting::Range { low: 1e-6, high: 1e-1, log: true, step: None },
            time_window: choices(&[5, 7, 14, 21, 30]),
            seq_length: choices(&[30, 60, 90, 120]),
            num_layers: DomainSetting::Range { low: 1.0, high: 4.0, log: false, step: None },
            d_model: choices(&[32, 64, 128, 256]),
            num_heads: choices(&[2, 4, 8]),
            d_ff_multiple: choices(&[2, 4]),
            batch_size: choices(&[32, 64, 128]),
        }
    }
}

impl SearchSpace {
    /// The space as `model` sees it: a hyperparameter that the model does not read has one value, so that it is never
    /// suggested.
    ///
    /// Heads and feed-forward layers belong to the transformer; layers, width and dropout to all but the linear model.
    #[must_use]
    pub fn for_model(&self, model: ModelKind) -> Self {
        let mut space = self.clone();
        if model != ModelKind::Transformer {
            space.num_heads = DomainSetting::Fixed(1.0);
            space.d_ff_multiple = DomainSetting::Fixed(1.0);
        }
        if model == ModelKind::Linear {
            space.num_layers = DomainSetting::Fixed(1.0);
            space.d_model = DomainSetting::Fixed(1.0);
            space.dropout_rate = DomainSetting::Fixed(0.0);
        }
        space
    }

    /// The domains with their names, in the order in which they are suggested, and whether they are whole numbers.
    pub fn domains(&self) -> [(&'static str, &DomainSetting, bool); 10] {
        [
            ("learning_rate", &self.learning_rate, false),
            ("dropout_rate", &self.dropout_rate, false),
            ("weight_decay", &self.weight_decay, false),
            ("time_window", &self.time_window, true),
            ("seq_length", &self.seq_length, true),
            ("num_layers", &self.num_layers, true),
            ("d_model", &self.d_model, true),
            ("num_heads", &self.num_heads, true),
            ("d_ff_multiple", &self.d_ff_multiple, true),
            ("batch_size", &self.batch_size, true),
        ]
    }
}

impl DomainSetting {
    /// The values, where they can be listed: the choices, the one fixed value, or every whole number of a range.
    pub fn listed(&self, whole: bool) -> Option<Vec<f64>> {
        match self {
            DomainSetting::Fixed(value) => Some(vec![*value]),
            DomainSetting::Choices(values) => Some(values.clone()),
            DomainSetting::Range { low, high, step, .. } if whole => {
                let step = step.map_or(1, |step| (step as usize).max(1));
                let all = (low.ceil() as i64..=high.floor() as i64).step_by(step);
                Some(all.map(|value| value as f64).collect())
            }
            DomainSetting::Range { .. } => None,
        }
    }

    /// The smallest and the largest value.
    pub fn bounds(&self) -> (f64, f64) {
        match self {
            DomainSetting::Fixed(value) => (*value, *value),
            DomainSetting::Range { low, high, .. } => (*low, *high),
            DomainSetting::Choices(values) => {
                values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
                    (low.min(value), high.max(value))
                })
            }
        }
    }

    /// Says what is wrong with the domain, if anything.
    pub(crate) fn fault(&self, whole: bool) -> Option<String> {
        let whole_number = |value: f64| value.fract() == 0.0 && (1.0..=LARGEST_WHOLE).contains(&value);
        let bad = |value: &f64| !value.is_finite() || (whole && !whole_number(*value));
        let kind = if whole { "a whole number from 1 to 1000000" } else { "a finite number" };
        let values = match self {
            DomainSetting::Choices(values) if values.is_empty() => {
                return Some("choices are empty; list at least one".into());
            }
            DomainSetting::Choices(values) => values.clone(),
            DomainSetting::Fixed(value) => vec![*value],
            DomainSetting::Range { low, high, .. } => vec![*low, *high],
        };
        if let Some(value) = values.iter().find(|value| bad(value)) {
            return Some(format!("{value} is not {kind}"));
        }
        match self {
            DomainSetting::Range { low, high, .. } if low >= high => Some(format!(
                "low is {low} and high is {high}; low must be below high (a single value is written as a plain number)"
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
                    format!("step is {step}; it must be {kind} above 0 that leads from {low} to {high}")
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

/// The written form of a domain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainTable {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<f64>>,
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
            } => Ok(DomainSetting::Fixed(value)),
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
            } => Ok(DomainSetting::Choices(values)),
            _ => Err("expected a number, { low = .., high = .., log = .., step = .. } or { choices = [..] }"),
        }
    }
}

// By hand rather than as an untagged enum, whose errors name neither the key nor what was expected.
impl<'de> Deserialize<'de> for DomainSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DomainVisitor;

        impl<'de> Visitor<'de> for DomainVisitor {
            type Value = DomainSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, { low = .., high = .., log = .., step = .. } or { choices = [..] }")
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::Fixed(value as f64))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::Fixed(value as f64))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<DomainSetting, E> {
                Ok(DomainSetting::Fixed(value))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DomainSetting, A::Error> {
                let table = DomainTable::deserialize(MapAccessDeserializer::new(map))?;
                DomainSetting::try_from(table).map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(DomainVisitor)
    }
}
