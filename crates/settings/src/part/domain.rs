//! The values that a parameter may take.

use super::Axis;
use serde_json::Value;

/// The values that a parameter may take.
///
/// A point of a search space encodes each value as one number, as Optuna's storage does: a number as itself, even in a
/// logarithmic domain, and a choice as its index in the list.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// Always this value; it is never searched.
    Fixed(Value),
    /// A real number from `low` to `high`, both included.
    Float {
        /// The smallest value.
        low: f64,
        /// The largest value; with a step, a whole number of steps above `low`.
        high: f64,
        /// Whether values are uniform in the logarithm. Excludes a step.
        log: bool,
        /// The distance between neighbouring values; `None` for a continuous range.
        step: Option<f64>,
    },
    /// A whole number from `low` to `high`, both included.
    Int {
        /// The smallest value.
        low: i64,
        /// The largest value, a whole number of steps above `low`.
        high: i64,
        /// Whether values are uniform in the logarithm. Requires a `step` of 1.
        log: bool,
        /// The distance between neighbouring values, at least 1.
        step: i64,
    },
    /// One of these JSON values, which are distinct and have no order.
    Categorical(Vec<Value>),
}

/// What is wrong with a domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainFault {
    /// A bound is infinite, NaN, or too far from the other one.
    #[error("its bounds are {low} and {high}, expected finite numbers with a finite difference")]
    NotFinite {
        /// The lower bound.
        low: String,
        /// The upper bound.
        high: String,
    },
    /// The bounds are the wrong way round.
    #[error("low is {low} and high is {high}, expected low to be at most high")]
    Empty {
        /// The lower bound.
        low: String,
        /// The upper bound.
        high: String,
    },
    /// A logarithmic domain reaches 0.
    #[error("low is {low}, expected more than 0 in a logarithmic domain")]
    LogOfZero {
        /// The lower bound.
        low: String,
    },
    /// The step does not fit.
    #[error("the step is {step}, expected a positive number that divides high - low = {high} - {low} evenly")]
    Step {
        /// The step.
        step: String,
        /// The lower bound.
        low: String,
        /// The upper bound.
        high: String,
    },
    /// A step in a logarithmic domain.
    #[error("it is logarithmic and has the step {step}; leave out one of the two")]
    LogStep {
        /// The step.
        step: String,
    },
    /// No choice at all.
    #[error("it has no choices, expected at least one")]
    NoChoices,
    /// A choice is listed twice.
    #[error("the choice {choice} is listed twice")]
    Twice {
        /// The choice.
        choice: String,
    },
}

/// 2^53: up to here a double represents every whole number exactly.
const LARGEST_WHOLE: i64 = 1 << 53;
/// How far a step may miss the upper bound, in steps: decimal fractions such as 0.1 are not exact in binary.
const STEP_TOLERANCE: f64 = 1e-8;

impl Domain {
    /// Checks the domain.
    ///
    /// # Errors
    ///
    /// [`DomainFault`], the first one found.
    pub fn check(&self) -> Result<(), DomainFault> {
        match self {
            Domain::Fixed(_) => Ok(()),
            Domain::Float { low, high, log, step } => check_range(*low, *high, *log, *step),
            Domain::Int { low, high, log, step } => {
                if !(-LARGEST_WHOLE..=LARGEST_WHOLE).contains(low)
                    || !(-LARGEST_WHOLE..=LARGEST_WHOLE).contains(high)
                {
                    return Err(DomainFault::NotFinite { low: low.to_string(), high: high.to_string() });
                }
                // Whole numbers have a step of 1 anyway; in a logarithmic domain any other one is a fault.
                let step = (!log || *step != 1).then_some(*step as f64);
                check_range(*low as f64, *high as f64, *log, step)
            }
            Domain::Categorical(choices) => {
                if choices.is_empty() {
                    return Err(DomainFault::NoChoices);
                }
                let twice =
                    choices.iter().enumerate().find(|(place, choice)| choices[..*place].contains(choice));
                twice.map_or(Ok(()), |(_, choice)| Err(DomainFault::Twice { choice: choice.to_string() }))
            }
        }
    }

    /// The number of the only value, if the domain has just one; then there is nothing to search.
    pub fn single(&self) -> Option<f64> {
        match self {
            // A value that is not a number is encoded like the only entry of a list of choices.
            Domain::Fixed(value) => Some(value.as_f64().unwrap_or(0.0)),
            Domain::Float { low, high, .. } => (low == high).then_some(*low),
            Domain::Int { low, high, .. } => (low == high).then_some(*low as f64),
            Domain::Categorical(choices) => (choices.len() == 1).then_some(0.0),
        }
    }

    /// The axis of a range; `None` for a domain without an order or with a single value.
    pub fn axis(&self) -> Option<Axis> {
        match *self {
            Domain::Float { low, high, log, step } if low < high => Some(Axis::new(low, high, log, step)),
            Domain::Int { low, high, log, step } if low < high => {
                Some(Axis::new(low as f64, high as f64, log, Some(step as f64)))
            }
            _ => None,
        }
    }

    /// Whether the values have an order: a range, or choices that are ascending numbers.
    pub fn is_ordered(&self) -> bool {
        match self {
            Domain::Categorical(choices) => {
                let numbers: Option<Vec<f64>> = choices.iter().map(Value::as_f64).collect();
                numbers.is_some_and(|numbers| numbers.is_sorted_by(|left, right| left < right))
            }
            _ => true,
        }
    }

    /// Whether a number of a point encodes a value of this domain.
    pub fn contains(&self, number: f64) -> bool {
        match self {
            Domain::Fixed(_) => self.single() == Some(number),
            Domain::Categorical(choices) => {
                number.fract() == 0.0 && (0.0..choices.len() as f64).contains(&number)
            }
            Domain::Float { low, high, step, .. } => {
                // Sums of decimal steps are off by a few bits, so a value counts as on the grid if it is close to it: by
                // a small part of a step, or, where the steps are tiny beside the values, by rounding.
                let on_grid = |step: f64| {
                    let steps = ((number - low) / step).round();
                    let distance = (number - (low + steps * step)).abs();
                    distance < STEP_TOLERANCE * step
                        || distance <= 4.0 * f64::EPSILON * number.abs().max(low.abs())
                };
                (*low..=*high).contains(&number) && step.is_none_or(on_grid)
            }
            Domain::Int { low, high, step, .. } => {
                (*low as f64..=*high as f64).contains(&number) && (number - *low as f64) % *step as f64 == 0.0
            }
        }
    }

    /// The value that a number of a point encodes.
    pub fn value(&self, number: f64) -> Value {
        match self {
            Domain::Fixed(value) => value.clone(),
            Domain::Float { .. } => Value::from(number),
            Domain::Int { .. } => Value::from(number as i64),
            Domain::Categorical(choices) => choices.get(number as usize).cloned().unwrap_or(Value::Null),
        }
    }

    /// The number that encodes a value in a point; `None` for a value outside the domain.
    pub fn number(&self, value: &Value) -> Option<f64> {
        let number = match self {
            Domain::Fixed(fixed) => same(fixed, value).then(|| self.single()).flatten(),
            Domain::Float { .. } | Domain::Int { .. } => value.as_f64(),
            Domain::Categorical(choices) => {
                choices.iter().position(|choice| same(choice, value)).map(|place| place as f64)
            }
        };
        number.filter(|&number| self.contains(number))
    }

    /// The numbers that encode all values, in ascending order; `None` for a continuous range, and for a grid of more
    /// than `most` values.
    pub fn listed(&self, most: usize) -> Option<Vec<f64>> {
        let grid = |low: f64, high: f64, step: f64| {
            let steps = ((high - low) / step).round();
            // `min`: the rounded product may exceed the upper bound by a few bits.
            (steps < most as f64)
                .then(|| (0..=steps as usize).map(|k| (low + k as f64 * step).min(high)).collect())
        };
        match *self {
            Domain::Fixed(_) => self.single().map(|single| vec![single]),
            Domain::Categorical(ref choices) => Some((0..choices.len()).map(|place| place as f64).collect()),
            Domain::Int { low, high, step, .. } => grid(low as f64, high as f64, step as f64),
            Domain::Float { low, high, step: Some(step), .. } => grid(low, high, step),
            Domain::Float { .. } => None,
        }
    }
}

/// Whether two values are equal; numbers are compared numerically, so 32 equals 32.0.
fn same(left: &Value, right: &Value) -> bool {
    left == right || left.as_f64().is_some_and(|left| right.as_f64() == Some(left))
}

fn check_range(low: f64, high: f64, log: bool, step: Option<f64>) -> Result<(), DomainFault> {
    let (l, h) = (low.to_string(), high.to_string());
    if !(high - low).is_finite() {
        return Err(DomainFault::NotFinite { low: l, high: h });
    }
    if low > high {
        return Err(DomainFault::Empty { low: l, high: h });
    }
    if log && low <= 0.0 {
        return Err(DomainFault::LogOfZero { low: l });
    }
    let Some(step) = step else { return Ok(()) };
    if log {
        return Err(DomainFault::LogStep { step: step.to_string() });
    }
    let steps = (high - low) / step;
    if !(step > 0.0 && (steps - steps.round()).abs() < STEP_TOLERANCE) {
        return Err(DomainFault::Step { step: step.to_string(), low: l, high: h });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn float(low: f64, high: f64, log: bool, step: Option<f64>) -> Domain {
        Domain::Float { low, high, log, step }
    }

    proptest::proptest! {
        #[test]
        fn every_value_of_a_grid_belongs_to_it(
            low in -1e6..1e6f64,
            step in proptest::sample::select(vec![1e-9, 1e-6, 0.1, 0.25, 3.0]),
            count in 1u32..1000,
            position in 0.0..=1.0f64,
        ) {
            let domain = float(low, low + f64::from(count) * step, false, Some(step));
            let value = domain.axis().unwrap().value(position);
            proptest::prop_assert!(domain.contains(value), "{value} in {domain:?}");
            proptest::prop_assert!(!domain.contains(low + (f64::from(count) - 0.5) * step) || step < 1e-6 * low.abs());
        }
    }

    #[test]
    fn invalid_domains_are_rejected() {
        let check = |domain: Domain, expected: &str| {
            let fault = domain.check().unwrap_err().to_string();
            assert!(fault.contains(expected), "{fault}");
        };
        check(float(f64::NAN, 1.0, false, None), "NaN and 1");
        check(float(f64::MIN, f64::MAX, false, None), "finite difference");
        check(float(2.0, 1.0, false, None), "low is 2");
        check(float(0.0, 1.0, true, None), "more than 0");
        check(float(0.0, 1.0, false, Some(0.3)), "the step is 0.3");
        check(float(0.0, 1.0, false, Some(0.0)), "the step is 0");
        check(float(0.1, 1.0, true, Some(0.3)), "logarithmic");
        check(Domain::Int { low: 1, high: 8, log: true, step: 2 }, "logarithmic");
        check(Domain::Int { low: 1, high: 8, log: false, step: 2 }, "the step is 2");
        check(Domain::Int { low: 0, high: i64::MAX, log: false, step: 1 }, "finite");
        check(Domain::Categorical(vec![]), "no choices");
        check(Domain::Categorical(vec![json!(1), json!("a"), json!(1)]), "1 is listed twice");
        float(0.0, 0.3, false, Some(0.1)).check().unwrap();
        Domain::Int { low: 2, high: 64, log: true, step: 1 }.check().unwrap();
    }

    #[test]
    fn values_and_numbers_convert_both_ways() {
        let choices = Domain::Categorical(vec![json!("adamw"), json!(null), json!(32), json!({"a": [1]})]);
        for (place, value) in [json!("adamw"), json!(null), json!(32), json!({"a": [1]})].iter().enumerate() {
            assert_eq!(choices.number(value), Some(place as f64));
            assert_eq!(&choices.value(place as f64), value);
        }
        assert_eq!(choices.number(&json!(32.0)), Some(2.0), "32 and 32.0 are the same number");
        assert_eq!(choices.number(&json!("sgd")), None);
        let int = Domain::Int { low: 1, high: 9, log: false, step: 4 };
        assert_eq!(
            (int.number(&json!(5)), int.number(&json!(6)), int.value(5.0)),
            (Some(5.0), None, json!(5))
        );
        let stepped = float(0.0, 0.3, false, Some(0.1));
        assert_eq!(stepped.number(&json!(0.1 + 0.2)), None, "just above the bound");
        assert_eq!(stepped.number(&json!(0.2)), Some(0.2));
        assert_eq!(stepped.listed(9).unwrap().len(), 4);
        assert_eq!(Domain::Fixed(json!("x")).number(&json!("x")), Some(0.0));
    }
}
