//! The space: its dimensions, its points, and which points are valid.

use super::Domain;
use rand::{Rng, RngExt as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A point of a space: one number per dimension, in the dimensions' order; `None` where the dimension's condition does
/// not hold. What the numbers stand for is said at [`Domain`].
pub type Point = Vec<Option<f64>>;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The written name.
    pub name: String,
    /// What it may be.
    pub domain: Domain,
    /// When it is there at all; `None` for always.
    pub condition: Option<Condition>,
}

/// A parameter is there only when an earlier one has one of some values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The place of the earlier one.
    pub parent: usize,
    /// Its numbers for which the condition holds.
    pub numbers: Vec<f64>,
}

/// The combinations of some dimensions that are allowed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allowed {
    /// The places of the dimensions.
    pub(super) places: Vec<usize>,
    /// The allowed numbers at these places, by their bits: to look them up, and in an order that never changes.
    pub(super) combinations: BTreeSet<Vec<u64>>,
}

/// A search space. Made by [`Space::builder`].
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    pub(super) dimensions: Vec<Dimension>,
    pub(super) allowed: Vec<Allowed>,
}

/// Values that are no point of a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// A value is missing.
    #[error("{name} is missing, expected a value of its domain")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// A value lies outside.
    #[error("{name} is {value}, which is not in its domain")]
    Outside {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
    },
    /// A value for a parameter that is not there.
    #[error("{name} has a value, expected none: its condition does not hold, or there is no such parameter")]
    Unexpected {
        /// The parameter.
        name: String,
    },
    /// A combination that is ruled out.
    #[error("the values of {names} do not go together")]
    NotAllowed {
        /// The parameters.
        names: String,
    },
}

pub(super) fn key(number: f64) -> u64 {
    // Negative zero is zero.
    (number + 0.0).to_bits()
}

impl Allowed {
    fn holds(&self, point: &Point) -> bool {
        let numbers: Option<Vec<u64>> = self.places.iter().map(|&place| point[place].map(key)).collect();
        numbers.is_some_and(|numbers| self.combinations.contains(&numbers))
    }

    /// Redraws as few of the last numbers as possible, uniformly over what is allowed.
    fn repair(&self, point: &mut Point, rng: &mut impl Rng) {
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

    /// The place of a parameter.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|dimension| dimension.name == name)
    }

    /// Whether the dimension at `place` is there, by the numbers before it.
    pub fn is_active(&self, place: usize, point: &[Option<f64>]) -> bool {
        let holds = |condition: &Condition| {
            point[condition.parent].is_some_and(|number| condition.numbers.contains(&number))
        };
        self.dimensions[place].condition.as_ref().is_none_or(holds)
    }

    /// Checks that a point is one of this space.
    ///
    /// # Errors
    ///
    /// [`PointError`], the first one found.
    pub fn check(&self, point: &Point) -> Result<(), PointError> {
        for (place, dimension) in self.dimensions.iter().enumerate() {
            let name = || dimension.name.clone();
            match (self.is_active(place, point), point.get(place).copied().flatten()) {
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

    /// Whether the combinations of a point's numbers, which are each in their domain, are allowed.
    pub fn is_allowed(&self, point: &Point) -> bool {
        self.allowed.iter().all(|allowed| allowed.holds(point))
    }

    /// Redraws numbers that are not allowed together, as few as possible.
    pub(crate) fn repair(&self, mut point: Point, rng: &mut impl Rng) -> Point {
        for allowed in &self.allowed {
            if !allowed.holds(&point) {
                allowed.repair(&mut point, rng);
            }
        }
        point
    }

    /// The values that a point stands for, by name; without those of dimensions that are not there.
    pub fn values(&self, point: &Point) -> BTreeMap<String, Value> {
        let named = self.dimensions.iter().zip(point);
        named.filter_map(|(d, number)| Some((d.name.clone(), d.domain.value((*number)?)))).collect()
    }

    /// The point that stands for these values. Fixed parameters may be left out.
    ///
    /// # Errors
    ///
    /// [`PointError`] when there is none.
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
