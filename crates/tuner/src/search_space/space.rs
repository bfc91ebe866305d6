//! The space: its dimensions, its points, and which points are valid.

use super::Domain;
use rand::{Rng, RngExt as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A point of a space: one number per dimension, in the order of the dimensions; `None` for an inactive dimension, one
/// whose condition does not hold. [`Domain`] defines how a number encodes a value.
pub type Point = Vec<Option<f64>>;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// The values it may have.
    pub domain: Domain,
    /// When it is active; `None` for always.
    pub condition: Option<Condition>,
}

/// Makes a parameter active only when an earlier one has one of some values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The index of the earlier dimension.
    pub parent: usize,
    /// The numbers of the earlier dimension for which the condition holds.
    pub numbers: Vec<f64>,
}

/// The allowed combinations of the values of some dimensions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allowed {
    /// The indices of the dimensions.
    pub(super) places: Vec<usize>,
    /// Whether the dimensions share a condition: where it does not hold, there is no combination to check.
    pub(super) conditional: bool,
    /// The allowed numbers of these dimensions, as bits so that they can be looked up. `repair` draws from the set by
    /// index, so its order must never change.
    pub(super) combinations: BTreeSet<Vec<u64>>,
}

/// A search space, built by [`Space::builder`].
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    pub(super) dimensions: Vec<Dimension>,
    pub(super) allowed: Vec<Allowed>,
}

/// Why values do not form a point of a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// The point has more or fewer numbers than the space has dimensions.
    #[error("the point has {found} number{}, expected {expected}, one per parameter", if *found == 1 { "" } else { "s" })]
    Length {
        /// Its numbers.
        found: usize,
        /// The dimensions.
        expected: usize,
    },
    /// A value is missing.
    #[error("{name} is missing, expected a value in its domain")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// A value lies outside its domain.
    #[error("{name} is {value}, which is not in its domain")]
    Outside {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
    },
    /// A value for a parameter that is inactive or unknown.
    #[error("{name} has a value, expected none: its condition does not hold, or there is no such parameter")]
    Unexpected {
        /// The parameter.
        name: String,
    },
    /// A combination that is ruled out.
    #[error("the values of {names} are not an allowed combination")]
    NotAllowed {
        /// The parameters, joined by "and".
        names: String,
    },
}

pub(super) fn key(number: f64) -> u64 {
    // -0.0 equals 0.0 but has other bits; adding 0.0 turns it into 0.0.
    (number + 0.0).to_bits()
}

impl Allowed {
    fn holds(&self, point: &Point) -> bool {
        if self.conditional && self.places.iter().all(|&place| point[place].is_none()) {
            return true;
        }
        let numbers: Option<Vec<u64>> = self.places.iter().map(|&place| point[place].map(key)).collect();
        numbers.is_some_and(|numbers| self.combinations.contains(&numbers))
    }

    /// Redraws as few trailing numbers as possible, uniformly from the allowed combinations.
    fn repair(&self, point: &mut Point, rng: &mut impl Rng) {
        // With `kept` 0 the pool is the whole set, which is never empty, so this always finds a combination.
        for kept in (0..self.places.len()).rev() {
            let same = |combination: &&Vec<u64>| {
                (0..kept).all(|n| point[self.places[n]].map(key) == Some(combination[n]))
            };
            let pool: Vec<&Vec<u64>> = self.combinations.iter().filter(same).collect();
            if pool.is_empty() {
                continue;
            }
            let drawn = pool[rng.random_range(0..pool.len())];
            for (&place, &bits) in self.places.iter().zip(drawn) {
                point[place] = Some(f64::from_bits(bits));
            }
            return;
        }
    }
}

impl Space {
    /// The dimensions, in the order of a point's numbers.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The index of a parameter's dimension; `None` if there is no such parameter.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|dimension| dimension.name == name)
    }

    /// Whether the dimension at index `place` is active. `point` need not reach beyond the dimensions before it.
    pub fn is_active(&self, place: usize, point: &[Option<f64>]) -> bool {
        let holds = |condition: &Condition| {
            point[condition.parent].is_some_and(|number| condition.numbers.contains(&number))
        };
        self.dimensions[place].condition.as_ref().is_none_or(holds)
    }

    /// Checks that a point lies in this space.
    ///
    /// # Errors
    ///
    /// The first [`PointError`] found.
    pub fn check(&self, point: &Point) -> Result<(), PointError> {
        let (found, expected) = (point.len(), self.dimensions.len());
        if found != expected {
            return Err(PointError::Length { found, expected });
        }
        for (place, dimension) in self.dimensions.iter().enumerate() {
            let name = || dimension.name.clone();
            match (self.is_active(place, point), point[place]) {
                (true, None) => return Err(PointError::Missing { name: name() }),
                (false, Some(_)) => return Err(PointError::Unexpected { name: name() }),
                (true, Some(number)) if !dimension.domain.contains(number) => {
                    return Err(PointError::Outside { name: name(), value: number.to_string() });
                }
                _ => {}
            }
        }
        let broken = self.allowed.iter().find(|allowed| !allowed.holds(point));
        broken.map_or(Ok(()), |allowed| Err(self.not_allowed(allowed)))
    }

    /// Whether a point's combinations of numbers are allowed. Each number must already lie in its domain.
    pub fn is_allowed(&self, point: &Point) -> bool {
        self.allowed.iter().all(|allowed| allowed.holds(point))
    }

    /// Redraws as few numbers as possible where a combination is not allowed.
    pub(crate) fn repair(&self, mut point: Point, rng: &mut impl Rng) -> Point {
        // No dimension is in two lists, and no list depends on a dimension of another, so repairing one cannot break
        // another.
        for allowed in &self.allowed {
            if !allowed.holds(&point) {
                allowed.repair(&mut point, rng);
            }
        }
        point
    }

    /// The values that a point encodes, by name, without those of inactive dimensions.
    pub fn values(&self, point: &Point) -> BTreeMap<String, Value> {
        let named = self.dimensions.iter().zip(point);
        named.filter_map(|(d, number)| Some((d.name.clone(), d.domain.value((*number)?)))).collect()
    }

    /// The point that encodes these values. Fixed parameters may be left out.
    ///
    /// # Errors
    ///
    /// [`PointError`] when the values do not form a point of this space.
    pub fn point(&self, values: &BTreeMap<String, Value>) -> Result<Point, PointError> {
        if let Some(name) = values.keys().find(|name| self.place(name).is_none()) {
            return Err(PointError::Unexpected { name: name.clone() });
        }
        let mut point: Point = vec![None; self.dimensions.len()];
        for (place, dimension) in self.dimensions.iter().enumerate() {
            let fixed = match &dimension.domain {
                Domain::Fixed(value) if self.is_active(place, &point) => Some(value),
                _ => None,
            };
            point[place] = match values.get(&dimension.name).or(fixed) {
                None => None,
                Some(value) => Some(dimension.domain.number(value).ok_or_else(|| PointError::Outside {
                    name: dimension.name.clone(),
                    value: value.to_string(),
                })?),
            };
        }
        self.check(&point)?;
        Ok(point)
    }

    fn not_allowed(&self, allowed: &Allowed) -> PointError {
        let names: Vec<&str> =
            allowed.places.iter().map(|&place| self.dimensions[place].name.as_str()).collect();
        PointError::NotAllowed { names: names.join(" and ") }
    }
}
