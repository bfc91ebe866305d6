//! References to components: which exchangeable part was used, and with which parameters.
//!
//! The contract defines the shape of a reference, not which names exist: whoever runs the part looks its name up. A
//! reference with an unknown name can still be shown, compared and cleaned up.

use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::collections::BTreeMap;
use std::fmt;

/// A reference to a component: a source, feature, target, scaler, splitter, model, metric, sampler or pruner.
///
/// Two references are equal exactly when their canonical JSON is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Component {
    /// The name it is registered under: lower-case letters, digits and `_`.
    pub name: String,
    /// The version of its behaviour, from 1. It changes when the same parameters give different results.
    pub version: u32,
    /// The parameters that differ from the version's defaults. A parameter added later, with a default that leaves
    /// results unchanged, therefore changes no reference.
    pub params: Params,
}

/// The parameters of a component by name, in the order of their names.
///
/// Numbers have one form, the one that canonical JSON reads back: 5.0 is 5.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Params(BTreeMap<String, Value>);

impl Component {
    /// A reference without parameters.
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        Self { name: name.into(), version, params: Params::default() }
    }

    /// The reference with one more parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.set(name, value);
        self
    }

    /// Checks names and version; `field` is the path of this value.
    pub(crate) fn validate(&self, field: &str) -> Result<(), Invalid> {
        let name = is_name(&self.name);
        let expected = "lower-case letters, digits and '_', not empty";
        ensure(name, &format!("{field}.name"), &self.name, expected)?;
        ensure(self.version >= 1, &format!("{field}.version"), self.version, "at least 1")?;
        for name in self.params.names() {
            let at = format!("{field}.params");
            ensure(is_name(name), &at, format!("the name {name:?}"), expected)?;
        }
        Ok(())
    }
}

/// Whether `name` can name a component or a parameter: lower-case letters, digits and `_`, not empty.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

/// Writes the name, `@` and the version unless it is 1, and the parameters: `rsi`, `rsi@2(window=14)`.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.version != 1 {
            write!(f, "@{}", self.version)?;
        }
        if self.params.is_empty() { Ok(()) } else { write!(f, "({})", self.params) }
    }
}

/// Writes `window=14, smooth=true`.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            match value {
                Value::String(text) => write!(f, "{comma}{name}={text}")?,
                value => write!(f, "{comma}{name}={value}")?,
            }
        }
        Ok(())
    }
}

/// Writes a value for people, with three digits where it is a real number: `64`, `0.256`, `4.01e-3`.
pub fn brief(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            let value = number.as_f64().unwrap_or_default();
            if (1e-2..1e4).contains(&value.abs()) { format!("{value:.3}") } else { format!("{value:.2e}") }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Params {
    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a parameter.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), one_form(value.into()));
    }

    /// Removes a parameter, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The parameters, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A number.
    pub fn float(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    /// A whole number from 0.
    pub fn size(&self, name: &str) -> Option<usize> {
        self.get(name)?.as_u64().and_then(|value| usize::try_from(value).ok())
    }

    /// A string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A Boolean.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// These parameters, overridden by those of `over`.
    #[must_use]
    pub fn with_all(&self, over: &Params) -> Params {
        let mut all = self.clone();
        all.0.extend(over.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        all
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut params = Params::default();
        pairs.into_iter().for_each(|(name, value)| params.set(name, value));
        params
    }
}

/// The form in which canonical JSON reads a value back: a whole float becomes an integer.
fn one_form(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(whole(&number).unwrap_or(number)),
        Value::Array(values) => values.into_iter().map(one_form).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, one_form(value))).collect(),
        other => other,
    }
}

fn whole(number: &Number) -> Option<Number> {
    let value = number.as_f64().filter(|_| number.is_f64())?;
    // Canonical JSON also writes some floats beyond 2^53 as digits, but no parameter is that large.
    let exact = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    exact.then(|| Number::from(value as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_pass() {
        assert!(Component::new("alpha_158", 1).validate("features[0]").is_ok());
        for bad in ["", "Rsi", "a-b", "a b", "ä"] {
            let invalid = Component::new(bad, 1).validate("features[0]").unwrap_err();
            assert_eq!(invalid.field, "features[0].name");
        }
        assert_eq!(Component::new("rsi", 0).validate("x").unwrap_err().field, "x.version");
        assert_eq!(Component::new("rsi", 1).with("A", 1).validate("x").unwrap_err().field, "x.params");
    }
}
