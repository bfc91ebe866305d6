//! Building a space.

use super::space::{Allowed, Condition, Dimension, Space, key};
use super::{Domain, DomainFault};
use serde_json::Value;
use std::collections::BTreeSet;

/// Collects the parameters of a space; [`SpaceBuilder::build`] checks them.
///
/// ```
/// use serde_json::json;
/// use tuner::search_space::Space;
///
/// let space = Space::builder()
///     .log_float("learning_rate", 1e-5, 1e-1)
///     .stepped_float("dropout", 0.0, 0.5, 0.1)
///     .log_int("width", 16, 512)
///     .categorical("optimizer", [json!("adamw"), json!("sgd"), json!(null)])
///     .float("momentum", 0.0, 0.99)
///     .when("optimizer", [json!("sgd")])
///     .fixed("seed", json!(7))
///     .build()?;
/// assert_eq!(space.dimensions().len(), 6);
/// # Ok::<(), tuner::search_space::SpaceError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SpaceBuilder {
    parameters: Vec<Parameter>,
    combinations: Vec<(Vec<String>, Vec<Vec<Value>>)>,
}

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    domain: Domain,
    when: Option<(String, Vec<Value>)>,
}

/// What is wrong with a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// There are no parameters.
    #[error("the search space has no parameters")]
    Empty,
    /// A malformed domain.
    #[error("the domain of {name} is invalid")]
    Domain {
        /// The parameter.
        name: String,
        /// What is wrong.
        source: DomainFault,
    },
    /// Two parameters with the same name.
    #[error("there are two parameters named {name}, expected one")]
    Twice {
        /// The name.
        name: String,
    },
    /// A condition on something other than an earlier parameter.
    #[error("{name} depends on {parent}, expected a parameter that was added before it")]
    Parent {
        /// The parameter.
        name: String,
        /// The parameter that it depends on.
        parent: String,
    },
    /// A condition before any parameter.
    #[error(
        "there is a condition on {parent} before any parameter; add it after the parameter it applies to"
    )]
    NoParameter {
        /// The parameter that the condition names.
        parent: String,
    },
    /// A value that its parameter cannot have.
    #[error("{name} can never be {value}, which is not in its domain")]
    Value {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
    },
    /// A malformed list of allowed combinations.
    #[error(
        "the allowed combinations of {names} are invalid: {reason}; list at least one, of parameters that all have the \
         same condition or none, depend on no parameter of a list, and are in no other list"
    )]
    Combinations {
        /// The parameters.
        names: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Space {
    /// Starts building a space.
    pub fn builder() -> SpaceBuilder {
        SpaceBuilder::default()
    }
}

impl SpaceBuilder {
    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, domain: Domain) -> Self {
        self.parameters.push(Parameter { name: name.into(), domain, when: None });
        self
    }

    /// Adds a real number from `low` to `high`, both included.
    #[must_use]
    pub fn float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: false, step: None })
    }

    /// Adds a real number whose logarithm is uniform; `low` must be above 0.
    #[must_use]
    pub fn log_float(self, name: impl Into<String>, low: f64, high: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: true, step: None })
    }

    /// Adds a real number that lies a whole number of steps above `low`; so must `high`.
    #[must_use]
    pub fn stepped_float(self, name: impl Into<String>, low: f64, high: f64, step: f64) -> Self {
        self.parameter(name, Domain::Float { low, high, log: false, step: Some(step) })
    }

    /// Adds a whole number from `low` to `high`, both included.
    #[must_use]
    pub fn int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: false, step: 1 })
    }

    /// Adds a whole number whose logarithm is uniform; `low` must be above 0.
    #[must_use]
    pub fn log_int(self, name: impl Into<String>, low: i64, high: i64) -> Self {
        self.parameter(name, Domain::Int { low, high, log: true, step: 1 })
    }

    /// Adds a choice among JSON values, each listed once.
    #[must_use]
    pub fn categorical(self, name: impl Into<String>, choices: impl IntoIterator<Item = Value>) -> Self {
        self.parameter(name, Domain::Categorical(choices.into_iter().collect()))
    }

    /// Adds a constant, which is never searched.
    #[must_use]
    pub fn fixed(self, name: impl Into<String>, value: Value) -> Self {
        self.parameter(name, Domain::Fixed(value))
    }

    /// Makes the parameter added last depend on an earlier one: it is active only when that one has one of `values`.
    #[must_use]
    pub fn when(mut self, parent: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        let when = Some((parent.into(), values.into_iter().collect()));
        match self.parameters.last_mut() {
            Some(last) => last.when = when,
            // This method cannot fail: `build` finds the nameless parameter and reports the condition.
            None => self.parameters.push(Parameter {
                name: String::new(),
                domain: Domain::Fixed(Value::Null),
                when,
            }),
        }
        self
    }

    /// Allows only these combinations of the values of the named parameters. All of them must have the same condition,
    /// on a parameter that is in no such list, or none.
    #[must_use]
    pub fn allow<const N: usize>(
        mut self,
        names: [&str; N],
        combinations: impl IntoIterator<Item = [Value; N]>,
    ) -> Self {
        let combinations = combinations.into_iter().map(Vec::from).collect();
        self.combinations.push((names.map(str::to_owned).into(), combinations));
        self
    }

    /// Checks the parameters and combinations and builds the space.
    ///
    /// # Errors
    ///
    /// The first [`SpaceError`] found.
    pub fn build(self) -> Result<Space, SpaceError> {
        let mut space = Space { dimensions: Vec::new(), allowed: Vec::new() };
        for Parameter { name, domain, when } in self.parameters {
            if let (true, Some((parent, _))) = (name.is_empty(), &when) {
                return Err(SpaceError::NoParameter { parent: parent.clone() });
            }
            if space.place(&name).is_some() {
                return Err(SpaceError::Twice { name });
            }
            domain.check().map_err(|source| SpaceError::Domain { name: name.clone(), source })?;
            let condition =
                when.map(|(parent, values)| condition(&space, &name, &parent, &values)).transpose()?;
            space.dimensions.push(Dimension { name, domain, condition });
        }
        if space.dimensions.is_empty() {
            return Err(SpaceError::Empty);
        }
        let mut taken = BTreeSet::new();
        for (names, combinations) in self.combinations {
            let allowed = allowed(&space, &names, &combinations)?;
            if !allowed.places.iter().all(|place| taken.insert(*place)) {
                return Err(refused(&names, "a parameter is in two lists"));
            }
            space.allowed.push(allowed);
        }
        for allowed in &space.allowed {
            let parent = |&place: &usize| space.dimensions[place].condition.as_ref().map(|on| on.parent);
            if allowed.places.iter().filter_map(parent).any(|parent| taken.contains(&parent)) {
                let names: Vec<String> =
                    allowed.places.iter().map(|&place| space.dimensions[place].name.clone()).collect();
                return Err(refused(&names, "a parameter depends on one that is in a list"));
            }
        }
        Ok(space)
    }
}

fn condition(space: &Space, name: &str, parent: &str, values: &[Value]) -> Result<Condition, SpaceError> {
    let place = space
        .place(parent)
        .ok_or_else(|| SpaceError::Parent { name: name.to_owned(), parent: parent.to_owned() })?;
    let numbers = values.iter().map(|value| number(space, place, value)).collect::<Result<_, _>>()?;
    Ok(Condition { parent: place, numbers })
}

fn allowed(space: &Space, names: &[String], combinations: &[Vec<Value>]) -> Result<Allowed, SpaceError> {
    let places: Option<Vec<usize>> = names.iter().map(|name| space.place(name)).collect();
    let places = places.ok_or_else(|| refused(names, "there is no such parameter"))?;
    let condition = |place: usize| &space.dimensions[place].condition;
    if places.iter().any(|&place| condition(place) != condition(places[0])) {
        return Err(refused(names, "the parameters have different conditions"));
    }
    let conditional = places.iter().any(|&place| condition(place).is_some());
    let keys = |combination: &Vec<Value>| {
        places.iter().zip(combination).map(|(&place, value)| number(space, place, value).map(key)).collect()
    };
    let combinations = combinations.iter().map(keys).collect::<Result<BTreeSet<Vec<u64>>, _>>()?;
    if combinations.is_empty() {
        return Err(refused(names, "the list is empty"));
    }
    Ok(Allowed { places, conditional, combinations })
}

fn number(space: &Space, place: usize, value: &Value) -> Result<f64, SpaceError> {
    let dimension = &space.dimensions[place];
    let unknown = || SpaceError::Value { name: dimension.name.clone(), value: value.to_string() };
    dimension.domain.number(value).ok_or_else(unknown)
}

fn refused(names: &[String], reason: &'static str) -> SpaceError {
    SpaceError::Combinations { names: names.join(" and "), reason }
}

#[cfg(test)]
mod tests {
    use super::super::{Point, PointError};
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn conditional() -> Space {
        Space::builder()
            .categorical("optimizer", [json!("adamw"), json!("sgd")])
            .float("momentum", 0.0, 0.9)
            .when("optimizer", [json!("sgd")])
            .int("width", 1, 4)
            .int("heads", 1, 4)
            .fixed("depth", json!(2))
            .allow(["width", "heads"], [[json!(4), json!(2)], [json!(4), json!(4)], [json!(3), json!(3)]])
            .build()
            .unwrap()
    }

    #[test]
    fn invalid_spaces_are_refused() {
        let check = |builder: SpaceBuilder, expected: &str| {
            let error = builder.build().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        let xy = || Space::builder().int("x", 1, 2).int("y", 1, 2);
        check(Space::builder(), "no parameter");
        check(Space::builder().float("x", 1.0, 0.0), "domain of x");
        check(xy().int("x", 1, 2), "two parameters named x");
        check(xy().when("z", [json!(1)]), "y depends on z");
        check(xy().when("y", [json!(1)]), "y depends on y");
        check(xy().when("x", [json!(3)]), "x can never be 3");
        check(Space::builder().when("x", [json!(3)]), "condition on x before any");
        check(xy().allow(["x", "y"], []), "the list is empty");
        check(xy().allow(["x", "z"], [[json!(1), json!(1)]]), "no such parameter");
        check(xy().allow(["x", "y"], [[json!(1), json!(3)]]), "y can never be 3");
        let dependent = || xy().when("x", [json!(1)]).int("z", 1, 2);
        check(dependent().allow(["y", "z"], [[json!(1), json!(1)]]), "different conditions");
        let both = dependent().allow(["x"], [[json!(1)]]).allow(["y"], [[json!(1)]]);
        check(both, "depends on one that is in a list");
        check(xy().allow(["x"], [[json!(1)]]).allow(["x", "y"], [[json!(1), json!(1)]]), "two lists");
    }

    #[test]
    fn conditions_and_combinations_decide_which_points_are_valid() {
        let space = conditional();
        let values = |text: &str| serde_json::from_str::<BTreeMap<String, Value>>(text).unwrap();
        let good: Point = vec![Some(1.0), Some(0.5), Some(4.0), Some(2.0), Some(2.0)];
        let text = r#"{"optimizer": "sgd", "momentum": 0.5, "width": 4, "heads": 2, "depth": 2}"#;
        assert_eq!(space.point(&values(text)), Ok(good.clone()));
        assert_eq!(space.values(&good), values(text));
        let check = |text: &str, expected: &str| {
            let error: PointError = space.point(&values(text)).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        };
        check(r#"{"optimizer": "adamw", "momentum": 0.5, "width": 4, "heads": 2}"#, "momentum has a value");
        check(r#"{"optimizer": "sgd", "width": 4, "heads": 2}"#, "momentum is missing");
        check(r#"{"optimizer": "sgd", "momentum": 1, "width": 4, "heads": 2}"#, "momentum is 1");
        check(r#"{"optimizer": "adamw", "width": 4, "heads": 3}"#, "width and heads are not an allowed");
        check(r#"{"optimizer": "adamw", "width": 4, "heads": 2, "x": 1}"#, "x has a value");
        check(r#"{"optimizer": "adamw", "width": 4, "heads": 2, "depth": 3}"#, "depth is 3");
    }

    #[test]
    fn combinations_are_checked_only_where_their_condition_holds() {
        let space = Space::builder()
            .categorical("model", [json!("a"), json!("b")])
            .int("a.width", 1, 4)
            .when("model", [json!("a")])
            .int("a.heads", 1, 4)
            .when("model", [json!("a")])
            .allow(["a.width", "a.heads"], [[json!(4), json!(2)]])
            .build()
            .unwrap();
        let point = |width, heads| -> Point { vec![Some(0.0), Some(width), Some(heads)] };
        assert_eq!(space.check(&point(4.0, 2.0)), Ok(()));
        assert!(matches!(space.check(&point(4.0, 3.0)), Err(PointError::NotAllowed { .. })));
        let other: Point = vec![Some(1.0), None, None];
        assert_eq!(space.check(&other), Ok(()));
        let mut rng = ChaCha8Rng::from_seed([0; 32]);
        assert_eq!(space.repair(point(1.0, 2.0), &mut rng), point(4.0, 2.0));
        assert_eq!(space.repair(other.clone(), &mut rng), other);
    }

    #[test]
    fn repair_redraws_as_few_numbers_as_possible() {
        let space = conditional();
        let mut rng = ChaCha8Rng::from_seed([0; 32]);
        let point = |width, heads| -> Point { vec![Some(0.0), None, Some(width), Some(heads), Some(2.0)] };
        assert_eq!(space.repair(point(4.0, 4.0), &mut rng), point(4.0, 4.0));
        assert_eq!(space.repair(point(3.0, 1.0), &mut rng), point(3.0, 3.0));
        let drawn = space.repair(point(1.0, 1.0), &mut rng);
        assert!(space.is_allowed(&drawn), "{drawn:?}");
    }
}
