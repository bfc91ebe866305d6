//! How a part describes itself: name, version, parameters, constraints.

use super::Domain;
use artifact_core::{Component, Params};
use serde_json::Value;
use std::fmt;

/// A part's name, what it does, and its parameters.
///
/// Settings, search spaces, `--help` and documentation are derived from it, so that nothing about a part is written
/// twice.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The name by which it is chosen and stored: lower-case letters, digits and `_`.
    pub name: &'static str,
    /// The version of its behaviour, from 1. Raise it when the same parameters give different results.
    pub version: u32,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// The parameters, in the order in which they are documented and searched.
    pub parameters: Vec<Parameter>,
    /// Which combinations of two parameters are allowed.
    pub constraints: Vec<Constraint>,
}

/// One parameter of a part.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name: lower-case letters, digits and `_`.
    pub name: &'static str,
    /// What it does, with its unit.
    pub doc: &'static str,
    /// Its type and range.
    pub kind: Kind,
    /// Its default; `None` if it is required or optional.
    pub default: Option<Value>,
    /// Whether it may be absent although it has no default.
    pub optional: bool,
    /// The domain that a study searches by default; `None` for a parameter that is not searched by default.
    pub search: Option<Domain>,
}

/// A parameter's type and range. Both bounds of a range are included.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A finite number.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// A whole number.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these strings.
    Choice(Vec<&'static str>),
    /// Any string.
    Text,
    /// A list of at least one string.
    Texts,
}

/// Which combinations of two parameters are allowed; a study suggests no others.
#[derive(Clone, Copy)]
pub struct Constraint {
    /// The names of the two parameters.
    pub of: [&'static str; 2],
    /// The condition as a requirement, such as `num_heads must divide d_model`.
    pub rule: &'static str,
    /// Whether two values are allowed together.
    pub holds: fn(&Value, &Value) -> bool,
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)
    }
}

/// Why a part does not accept its parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The part has no parameter of this name.
    #[error("{}", unknown_parameter(part, name, known))]
    Unknown {
        /// The part.
        part: String,
        /// The name.
        name: String,
        /// The names of the part's parameters; empty if it has none.
        known: String,
    },
    /// A required parameter is missing.
    #[error("{part} needs the parameter {name:?}: {doc}")]
    Missing {
        /// The part.
        part: String,
        /// The name.
        name: String,
        /// What it does.
        doc: String,
    },
    /// A value is of the wrong type or out of range.
    #[error("{name} of {part} is {found}, expected {expected}")]
    Value {
        /// The part.
        part: String,
        /// The name.
        name: String,
        /// The value.
        found: String,
        /// The expected type and range.
        expected: String,
    },
    /// Two values are not allowed together.
    #[error("{part} cannot use {first} with {second}: {rule}")]
    Together {
        /// The part.
        part: String,
        /// The first parameter with its value.
        first: String,
        /// The second parameter with its value.
        second: String,
        /// The requirement that is not met.
        rule: String,
    },
    /// The reference names another version of the part.
    #[error("{part} version {found} is not available; this program has version {known}")]
    Version {
        /// The part.
        part: String,
        /// The version that the reference names.
        found: u32,
        /// The registered version.
        known: u32,
    },
}

fn unknown_parameter(part: &str, name: &str, known: &str) -> String {
    if known.is_empty() {
        return format!("{part} takes no parameters, and has none called {name:?}");
    }
    format!("{part} has no parameter {name:?}; it has {known}")
}

impl ParamError {
    /// The message for a place that names the parameter already, such as an error that begins with its key.
    pub(crate) fn under_key(&self) -> String {
        match self {
            ParamError::Value { found, expected, .. } => format!("found {found}, expected {expected}"),
            ParamError::Unknown { part, known, .. } if known.is_empty() => {
                format!("{part} takes no parameters")
            }
            other => other.to_string(),
        }
    }

    /// The parameter concerned, if the error is about a single one.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            ParamError::Unknown { name, .. }
            | ParamError::Missing { name, .. }
            | ParamError::Value { name, .. } => Some(name),
            ParamError::Together { .. } | ParamError::Version { .. } => None,
        }
    }
}

impl Declaration {
    /// A declaration of version 1 without parameters.
    pub fn new(name: &'static str, doc: &'static str) -> Self {
        Self { name, version: 1, doc, parameters: Vec::new(), constraints: Vec::new() }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds a constraint on two parameters.
    #[must_use]
    pub fn constraint(
        mut self,
        of: [&'static str; 2],
        rule: &'static str,
        holds: fn(&Value, &Value) -> bool,
    ) -> Self {
        self.constraints.push(Constraint { of, rule, holds });
        self
    }

    /// The declared parameter of this name.
    pub fn find(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Checks the given parameters.
    ///
    /// # Errors
    ///
    /// [`ParamError`]: an unknown or missing parameter, a value out of range, or two that are not allowed together.
    pub fn check(&self, given: &Params) -> Result<(), ParamError> {
        let part = || self.name.to_owned();
        for (name, value) in given.iter() {
            let Some(parameter) = self.find(name) else {
                let names: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name).collect();
                let (name, known) = (name.to_owned(), names.join(", "));
                return Err(ParamError::Unknown { part: part(), name, known });
            };
            if !parameter.kind.allows(value) {
                let (found, expected) = (value.to_string(), parameter.kind.to_string());
                return Err(ParamError::Value { part: part(), name: name.to_owned(), found, expected });
            }
        }
        for parameter in &self.parameters {
            let absent = parameter.default.is_none() && !parameter.optional;
            if absent && given.get(parameter.name).is_none() {
                let (name, doc) = (parameter.name.to_owned(), parameter.doc.to_owned());
                return Err(ParamError::Missing { part: part(), name, doc });
            }
        }
        // A default can violate a constraint together with a given value, so check the complete parameters.
        let all = self.complete(given);
        for Constraint { of: [first, second], rule, holds } in &self.constraints {
            if let (Some(a), Some(b)) = (all.get(first), all.get(second))
                && !holds(a, b)
            {
                let text = |name: &str, value: &Value| format!("{name} = {value}");
                let (first, second) = (text(first, a), text(second, b));
                return Err(ParamError::Together { part: part(), first, second, rule: (*rule).to_owned() });
            }
        }
        Ok(())
    }

    /// The given parameters, completed with the defaults of all others.
    pub fn complete(&self, given: &Params) -> Params {
        let default = |parameter: &Parameter| Some((parameter.name, parameter.default.clone()?));
        self.parameters.iter().filter_map(default).collect::<Params>().with_all(given)
    }

    /// The reference to this part with the given parameters; those at their default are left out.
    pub fn reference(&self, given: &Params) -> Component {
        // Stored references must not change when a part gains a parameter whose default keeps the old behaviour.
        let defaults = self.complete(&Params::default());
        let own = given.iter().filter(|(name, value)| defaults.get(name) != Some(value));
        let params = own.map(|(name, value)| (name, value.clone())).collect();
        Component { name: self.name.to_owned(), version: self.version, params }
    }
}

impl Parameter {
    fn new(name: &'static str, doc: &'static str, kind: Kind) -> Self {
        Self { name, doc, kind, default: None, optional: false, search: None }
    }

    /// Any finite number; see [`Parameter::range`] for bounds.
    pub fn float(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, Kind::Float { low: f64::MIN, high: f64::MAX })
    }

    /// A whole number from `low` to `high`, both included.
    pub fn int(name: &'static str, doc: &'static str, low: i64, high: i64) -> Self {
        Self::new(name, doc, Kind::Int { low, high })
    }

    /// A whole number from 1 to 1,000,000.
    pub fn size(name: &'static str, doc: &'static str) -> Self {
        Self::int(name, doc, 1, 1_000_000)
    }

    /// `true` or `false`.
    pub fn flag(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, Kind::Flag)
    }

    /// One of the given strings.
    pub fn choice(name: &'static str, doc: &'static str, choices: &[&'static str]) -> Self {
        Self::new(name, doc, Kind::Choice(choices.to_vec()))
    }

    /// Any string.
    pub fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, Kind::Text)
    }

    /// A list of at least one string.
    pub fn texts(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, Kind::Texts)
    }

    /// Restricts the parameter to numbers in `low ..= high`.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.kind = Kind::Float { low, high };
        self
    }

    /// Sets the default.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Makes the parameter optional: if it is left out, it has no value.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Sets the domain that a study searches by default.
    #[must_use]
    pub fn search(mut self, domain: Domain) -> Self {
        self.search = Some(domain);
        self
    }
}

impl Kind {
    /// Whether a parameter of this kind may have this value.
    pub fn allows(&self, value: &Value) -> bool {
        match self {
            Kind::Float { low, high } => value.as_f64().is_some_and(|value| (*low..=*high).contains(&value)),
            Kind::Int { low, high } => whole(value).is_some_and(|value| (*low..=*high).contains(&value)),
            Kind::Flag => value.is_boolean(),
            Kind::Choice(choices) => value.as_str().is_some_and(|value| choices.contains(&value)),
            Kind::Text => value.is_string(),
            Kind::Texts => {
                value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_string))
            }
        }
    }

    /// Whether all values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self, Kind::Int { .. })
    }
}

fn whole(value: &Value) -> Option<i64> {
    let float = || value.as_f64().filter(|value| value.fract() == 0.0).map(|value| value as i64);
    value.as_i64().or_else(float)
}

/// A bound without long rows of zeros.
fn short(bound: f64) -> String {
    let size = bound.abs();
    if size == 0.0 || (1e-5..1e16).contains(&size) { bound.to_string() } else { format!("{bound:e}") }
}

/// Writes what is expected: `a number from 0 to 1`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Float { low: f64::MIN, high: f64::MAX } => f.write_str("a finite number"),
            Kind::Float { low: f64::MIN_POSITIVE, high: f64::MAX } => f.write_str("a number above 0"),
            Kind::Float { low, high: f64::MAX } => write!(f, "a number of at least {}", short(*low)),
            Kind::Float { low, high } => {
                // Bounds are included, so an open end is declared by the nearest number inside it.
                let open = (*low == f64::MIN_POSITIVE, high.fract() != 0.0 && high.next_up().fract() == 0.0);
                match open {
                    (true, true) => write!(f, "a number above 0 and below {}", short(high.next_up())),
                    (true, false) => write!(f, "a number above 0 and at most {}", short(*high)),
                    (false, true) => {
                        write!(f, "a number of at least {} and below {}", short(*low), short(high.next_up()))
                    }
                    (false, false) => write!(f, "a number from {} to {}", short(*low), short(*high)),
                }
            }
            Kind::Int { low, high } => write!(f, "a whole number from {low} to {high}"),
            Kind::Flag => f.write_str("true or false"),
            Kind::Choice(choices) => write!(f, "one of {}", choices.join(", ")),
            Kind::Text => f.write_str("a string"),
            Kind::Texts => f.write_str("a list of strings"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn declared() -> Declaration {
        Declaration::new("attention", "Looks back.")
            .parameter(Parameter::size("width", "The width.").default(64))
            .parameter(Parameter::size("heads", "The heads.").default(8))
            .parameter(Parameter::float("rate", "The rate.").range(0.0, 0.5))
            .constraint(["width", "heads"], "heads must divide width", |width, heads| {
                width.as_u64().zip(heads.as_u64()).is_some_and(|(w, h)| h > 0 && w % h == 0)
            })
    }

    fn params(value: Value) -> Params {
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check(given: Value, expected: &str) {
        assert_eq!(declared().check(&params(given)).unwrap_err().to_string(), expected);
    }

    #[test]
    fn rejected_parameters_are_named() {
        check(
            json!({"rate": 0.1, "wdth": 3}),
            "attention has no parameter \"wdth\"; it has width, heads, rate",
        );
        check(json!({}), "attention needs the parameter \"rate\": The rate.");
        check(json!({"rate": 0.7}), "rate of attention is 0.7, expected a number from 0 to 0.5");
        check(json!({"rate": "x"}), "rate of attention is \"x\", expected a number from 0 to 0.5");
        check(
            json!({"rate": 0.1, "heads": 2.5}),
            "heads of attention is 2.5, expected a whole number from 1 to 1000000",
        );
        check(
            json!({"rate": 0.1, "width": 6}),
            "attention cannot use width = 6 with heads = 8: heads must divide width",
        );
        declared().check(&params(json!({"rate": 0.5, "width": 16}))).unwrap();
    }

    #[test]
    fn ranges_are_short_and_open_ends_are_stated() {
        let check = |low, high, expected: &str| {
            assert_eq!(Parameter::float("x", "X.").range(low, high).kind.to_string(), expected);
        };
        check(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0, "a number above 0 and below 1");
        check(f64::MIN_POSITIVE, 1.0, "a number above 0 and at most 1");
        check(f64::MIN_POSITIVE, f64::MAX, "a number above 0");
        check(0.0, 1.0 - f64::EPSILON / 2.0, "a number of at least 0 and below 1");
        check(1e-12, f64::MAX, "a number of at least 1e-12");
        check(0.001, 100.0, "a number from 0.001 to 100");
    }

    #[test]
    fn a_part_without_parameters_says_so() {
        let error = Declaration::new("close", "Closes.").check(&params(json!({"window": 3}))).unwrap_err();
        assert_eq!(error.to_string(), "close takes no parameters, and has none called \"window\"");
        assert_eq!(error.under_key(), "close takes no parameters");
    }

    #[test]
    fn a_reference_omits_defaults() {
        let given: Params = [("width", 64.0), ("heads", 4.0), ("rate", 0.25)].into_iter().collect();
        let reference = declared().reference(&given);
        assert_eq!(reference, Component::new("attention", 1).with("heads", 4).with("rate", 0.25));
        let complete = declared().complete(&reference.params);
        assert_eq!(complete.size("width"), Some(64));
        assert_eq!(complete.size("heads"), Some(4));
    }
}
